/** Satisfaction: NPS, CSAT and effort in waves with their margins; what may be said of a change, and the answers behind each figure. */
import { Button, SegmentedControl } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import { AccountLink } from '@/components/AccountLink';
import { ChartFrame } from '@/components/ChartFrame';
import { Columns } from '@/components/Columns';
import { Trend } from '@/components/Health';
import { Empty, ErrorNote, Figure, Lead, Loaded, PageHead, Section, Skeleton } from '@/components/Page';
import { PeriodPicker } from '@/components/PeriodPicker';
import { Printed, SegmentPicker, useGroupName, useSplits } from '@/components/SegmentPicker';
import { SideDrawer } from '@/components/SideDrawer';
import { Rows } from '@/components/Table';
import { ask } from '@/lib/api';
import { addDays, type Day, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { periodWords, resolvePeriod } from '@/lib/period';
import { own, type Words } from '@/lib/words';
import type { SatisfactionSearch } from './routes';
import css from './SatisfactionPage.module.css';

const route = getRouteApi('/shell/insight/satisfaction');

interface Wave {
  span: string;
  from: Day;
  to: Day;
  open: boolean;
  group: string | null;
  n: number;
  accounts: number;
  hidden: boolean;
  value: number | null;
  low: number | null;
  high: number | null;
  good: number | null;
  middle: number | null;
  bad: number | null;
  mean: number | null;
  mean_percent: number | null;
  target: 'below' | 'within' | 'above' | null;
  arr_weighted: number | null;
  arr_heard: number | null;
  change: number | null;
  change_low: number | null;
  change_high: number | null;
  trend: 'unknown' | 'same' | 'up' | 'down' | null;
  invited: number | null;
  replied: number | null;
  response: number | null;
  response_low: number | null;
  response_high: number | null;
}
interface Satisfaction {
  data: Wave[];
  kind: 'nps' | 'csat' | 'ces';
  per: 'person' | 'answer';
  trailing_days: number;
  scale: { min: number; max: number; good_from: number };
  definition: Words;
  trend_rule: Words;
  target?: { low: number; high: number };
  hidden_below: number;
  other_scales: number;
  unjudged: number;
  response_note?: Words;
}
interface Answer {
  answered_at: string;
  account: string;
  name: string;
  person: string | null;
  score: number;
  class: 'good' | 'middle' | 'bad';
  counts: boolean;
  comment: string | null;
  answer: string;
}
interface Answers {
  data: Answer[];
  has_more: boolean;
  next_cursor: string | null;
  answers: number;
}

export function SatisfactionPage() {
  const { t } = useTranslation('satisfaction');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = useCallback(
    (change: Partial<SatisfactionSearch>) => navigate({ search: (old) => ({ ...old, ...change }), replace: !('wave' in change) }),
    [navigate],
  );
  const kind = search.kind ?? 'nps';
  const usual = kind === 'nps' ? 'person' : 'answer';
  const per = search.per ?? usual;
  const period = resolvePeriod(search, { by: 'quarter', last: 4 });
  const behind = addDays(period.to, 1);
  const asked = {
    kind,
    per,
    by: period.by,
    calendar: period.calendar,
    // The period under way belongs to it, unless days were chosen.
    periods: Math.min(120, period.custom ? period.count : period.count + 1),
    as_of: period.custom && behind <= format.today() ? behind : undefined,
    segment: search.segment,
  };
  const query = useQuery({
    queryKey: ['satisfaction', asked],
    queryFn: () => ask<Satisfaction>('GET', '/api/v1/satisfaction', { query: asked }),
    placeholderData: keepPreviousData,
  });
  const say = (value: number | null) =>
    value === null ? '–' : kind === 'nps' ? format.signed(value, 0) : format.percent(value / 100, 1);
  const answers = query.data;
  const trailing = answers?.data.find((wave) => wave.span === 'trailing');
  const waves = answers?.data.filter((wave) => wave.span !== 'trailing') ?? [];
  const shown = answers?.data.find((wave) => `${wave.from}..${wave.to}` === search.wave);
  const open = (wave: Wave) => go({ wave: `${wave.from}..${wave.to}` });
  return (
    <>
      <PageHead
        title={
          <>
            {t('title')} <Printed period={period} search={search} />
          </>
        }
      >
        <PeriodPicker period={period} onChange={go} />
        <SegmentPicker search={search} onChange={go} />
        <SegmentedControl
          size="xs"
          aria-label={t('kind.label')}
          value={kind}
          data={(['nps', 'csat', 'ces'] as const).map((value) => ({ value, label: t(`kind.${value}`) }))}
          onChange={(value) => go({ kind: value === 'nps' ? undefined : (value as 'csat' | 'ces'), per: undefined })}
        />
      </PageHead>
      {query.error && !answers ? (
        <ErrorNote error={query.error} onRetry={() => query.refetch()} />
      ) : !answers || !trailing ? (
        <Skeleton rows={10} />
      ) : waves.every((wave) => wave.n === 0) && trailing.n === 0 ? (
        <Empty title={t('none', { kind: t(`kind.${kind}`) })}>{t('none_text')}</Empty>
      ) : (
        <>
          <Opening data={answers} trailing={trailing} say={say} />
          <div className={css.strip}>
            <Figure
              large
              label={t(`name.${kind}`)}
              value={trailing.hidden ? '–' : say(trailing.value)}
              margin={
                trailing.low !== null && trailing.high !== null ? (
                  <span title={t('insight:interval', { low: say(trailing.low), high: say(trailing.high) })}>
                    {t('insight:margin', { margin: format.number((trailing.high - trailing.low) / 2, 1) })}
                  </span>
                ) : undefined
              }
              change={<Change wave={trailing} />}
              onOpen={() => open(trailing)}
              note={
                trailing.hidden
                  ? t('insight:few_of', { n: format.int(trailing.n) })
                  : t('about.value', {
                      n: format.int(trailing.n),
                      accounts: format.int(trailing.accounts),
                      days: format.days(answers.trailing_days),
                    })
              }
            />
            <Figure
              large
              label={t('name.weighted')}
              value={trailing.hidden ? '–' : say(trailing.arr_weighted)}
              note={t('about.weighted', { heard: trailing.arr_heard === null ? '–' : format.percent(trailing.arr_heard / 100) })}
            />
            <Figure
              large
              label={t(kind === 'nps' ? 'name.shares' : 'name.mean')}
              value={
                trailing.hidden
                  ? '–'
                  : kind === 'nps'
                    ? format.percent((trailing.good ?? 0) / 100)
                    : format.number(trailing.mean ?? 0, 1)
              }
              note={
                kind === 'nps'
                  ? t('about.shares', {
                      passives: trailing.middle === null ? '–' : format.percent(trailing.middle / 100),
                      detractors: trailing.bad === null ? '–' : format.percent(trailing.bad / 100),
                    })
                  : t('about.mean', {
                      min: format.int(answers.scale.min),
                      max: format.int(answers.scale.max),
                      from: format.int(answers.scale.good_from),
                    })
              }
            />
            <Figure
              large
              label={t('name.response')}
              value={trailing.response === null ? '–' : format.percent(trailing.response / 100)}
              margin={
                trailing.response_low !== null && trailing.response_high !== null
                  ? t('insight:margin', { margin: format.number((trailing.response_high - trailing.response_low) / 2, 1) })
                  : undefined
              }
              note={
                trailing.response === null
                  ? t('about.no_response')
                  : t('about.response', {
                      replied: format.int(trailing.replied ?? 0),
                      invited: format.int(trailing.invited ?? 0),
                    })
              }
            />
          </div>
          <ChartFrame
            title={t('waves.title', { kind: t(`kind.${kind}`) })}
            file={`${kind}-waves`}
            finding={waves
              .filter((wave) => !wave.hidden)
              .map((wave) => `${periodWords(wave.span)}: ${say(wave.value)}`)
              .join(t('list'))}
            definition={`${own(answers.definition)} ${own(answers.trend_rule)}`}
            aside={
              <SegmentedControl
                size="xs"
                aria-label={t('per.label')}
                value={per}
                data={(['person', 'answer'] as const).map((value) => ({ value, label: t(`per.${value}`) }))}
                onChange={(value) => go({ per: value === usual ? undefined : (value as 'person' | 'answer') })}
              />
            }
            table={{
              columns: [t('wave'), t('n'), t('value'), t('low'), t('high'), t('name.weighted'), t('trend.title')],
              rows: waves.map((wave) => [
                periodWords(wave.span),
                format.int(wave.n),
                ...(wave.hidden
                  ? ['–', '–', '–', '–']
                  : [say(wave.value), say(wave.low), say(wave.high), say(wave.arr_weighted)]),
                t(`trend.${wave.trend ?? 'unknown'}`),
              ]),
            }}
          >
            <Columns
              label={t('waves.title', { kind: t(`kind.${kind}`) })}
              points
              height={270}
              show={(value) => (kind === 'nps' ? format.signed(value) : format.percent(value / 100))}
              scale={kind === 'nps' ? undefined : [0, 100]}
              band={answers.target && { ...answers.target, label: t('waves.target') }}
              onOpen={(i) => open(waves[i]!)}
              columns={waves.map((wave) => ({
                key: wave.span,
                label: wave.open ? `${periodWords(wave.span)} (${t('insight:so_far')})` : periodWords(wave.span),
                parts: [{ value: wave.value ?? 0, colour: 'var(--v-data)' }],
                interval: wave.low !== null && wave.high !== null ? [wave.low, wave.high] : undefined,
                text: say(wave.value),
                few: wave.hidden ? t('insight:few_of', { n: format.int(wave.n) }) : undefined,
                title: wave.hidden
                  ? `${periodWords(wave.span)}: ${t('insight:few_of', { n: format.int(wave.n) })}`
                  : t('waves.point', {
                      wave: periodWords(wave.span),
                      value: say(wave.value),
                      low: say(wave.low),
                      high: say(wave.high),
                      n: format.int(wave.n),
                    }),
              }))}
            />
          </ChartFrame>
          <Section title={t('waves.table')}>
            <Rows
              label={t('waves.table')}
              rows={waves}
              rowKey={(wave) => wave.span}
              onOpen={open}
              columns={[
                { key: 'wave', title: t('wave'), render: (wave) => periodWords(wave.span) },
                { key: 'n', title: t('n'), numeric: true, render: (wave) => format.int(wave.n) },
                {
                  key: 'value',
                  title: t(`kind.${kind}`),
                  numeric: true,
                  render: (wave) => (wave.hidden ? <span className="dim">{t('hidden')}</span> : say(wave.value)),
                },
                { key: 'change', title: t('trend.title'), render: (wave) => <Change wave={wave} words /> },
                {
                  key: 'weighted',
                  title: t('name.weighted'),
                  numeric: true,
                  render: (wave) => (wave.hidden ? '–' : say(wave.arr_weighted)),
                },
                {
                  key: 'heard',
                  title: t('heard'),
                  numeric: true,
                  render: (wave) => (wave.arr_heard === null ? '–' : format.percent(wave.arr_heard / 100)),
                },
                {
                  key: 'response',
                  title: t('name.response'),
                  numeric: true,
                  render: (wave) => (wave.response === null ? '–' : format.percent(wave.response / 100)),
                },
                ...(kind === 'csat'
                  ? [
                      {
                        key: 'target',
                        title: t('target.title'),
                        render: (wave: Wave) => (wave.target ? t(`target.${wave.target}`) : '–'),
                      },
                    ]
                  : []),
              ]}
            />
            {answers.other_scales > 0 && (
              <p className="dim">{t('other_scales', { count: answers.other_scales, n: format.int(answers.other_scales) })}</p>
            )}
            {answers.unjudged > 0 && (
              <p className="dim">{t('insight:unjudged', { count: answers.unjudged, n: format.int(answers.unjudged) })}</p>
            )}
          </Section>
          {search.split && <Split asked={asked} split={search.split} say={say} />}
        </>
      )}
      <SideDrawer
        opened={search.wave !== undefined}
        onClose={() => go({ wave: undefined })}
        title={shown && shown.span !== 'trailing' ? periodWords(shown.span) : t('answers.title')}
        size={560}
      >
        {search.wave && <AnswerList wave={search.wave} kind={kind} per={per} segment={search.segment} />}
      </SideDrawer>
    </>
  );
}

/** A change is said only where it is real; else that nothing is known of one. */
function Change({ wave, words = false }: { wave: Wave; words?: boolean }) {
  const { t } = useTranslation('satisfaction');
  if (wave.trend === 'up' || wave.trend === 'down') return <Trend change={wave.change} decimals={1} />;
  if (!words) return <span className="dim">{t(`trend.${wave.trend ?? 'unknown'}`)}</span>;
  return (
    <span
      className="dim"
      title={
        wave.change_low === null || wave.change_high === null
          ? undefined
          : t('trend.interval', { low: format.signed(wave.change_low, 1), high: format.signed(wave.change_high, 1) })
      }
    >
      {t(`trend.${wave.trend ?? 'unknown'}`)}
    </span>
  );
}

function Opening({ data, trailing, say }: { data: Satisfaction; trailing: Wave; say: (value: number | null) => string }) {
  const { t } = useTranslation('satisfaction');
  if (trailing.hidden)
    return (
      <Lead>
        {t('lead.few', {
          n: format.int(trailing.n),
          least: format.int(data.hidden_below),
          days: format.days(data.trailing_days),
        })}
      </Lead>
    );
  return (
    <Lead then={t(`lead.trend.${trailing.trend ?? 'unknown'}`)}>
      {t(`lead.${data.kind}`, {
        days: format.days(data.trailing_days),
        value: say(trailing.value),
        good: trailing.good === null ? '–' : format.percent(trailing.good / 100),
        bad: trailing.bad === null ? '–' : format.percent(trailing.bad / 100),
        from: format.int(data.scale.good_from),
        max: format.int(data.scale.max),
        target: trailing.target ? t(`lead.target.${trailing.target}`) : '',
      })}
    </Lead>
  );
}

function Split({
  asked,
  split,
  say,
}: {
  asked: Record<string, string | number | undefined>;
  split: string;
  say: (value: number | null) => string;
}) {
  const { t } = useTranslation('satisfaction');
  const name = useGroupName(split);
  const splits = useSplits();
  const by = splits.data?.find((one) => one.value === split)?.label ?? split;
  const query = useQuery({
    queryKey: ['satisfaction', 'split', asked, split],
    queryFn: () => ask<Satisfaction>('GET', '/api/v1/satisfaction', { query: { ...asked, periods: 1, split } }),
  });
  return (
    <Loaded query={query}>
      {(answer) => {
        const rows = answer.data.filter((wave) => wave.span === 'trailing');
        return (
          <ChartFrame
            title={t('split', { by, days: format.days(answer.trailing_days) })}
            file={`${answer.kind}-by-${split}`}
            table={{
              columns: [t('insight:group'), t('n'), t('value'), t('low'), t('high')],
              rows: rows.map((wave) => [
                name(wave.group),
                wave.n,
                ...(wave.hidden ? ['–', '–', '–'] : [say(wave.value), say(wave.low), say(wave.high)]),
              ]),
            }}
          >
            <Rows
              label={t('split', { by, days: format.days(answer.trailing_days) })}
              rows={rows}
              rowKey={(wave) => wave.group ?? ''}
              columns={[
                { key: 'group', title: t('insight:group'), render: (wave) => <bdi>{name(wave.group)}</bdi> },
                { key: 'n', title: t('n'), numeric: true, render: (wave) => format.int(wave.n) },
                {
                  key: 'value',
                  title: t(`kind.${answer.kind}`),
                  numeric: true,
                  render: (wave) =>
                    wave.hidden || wave.low === null || wave.high === null ? (
                      <span className="dim">{t('hidden')}</span>
                    ) : (
                      <>
                        {say(wave.value)}{' '}
                        <span className="dim">
                          {t('insight:margin', { margin: format.number((wave.high - wave.low) / 2, 1) })}
                        </span>
                      </>
                    ),
                },
                { key: 'trend', title: t('trend.title'), render: (wave) => <Change wave={wave} words /> },
              ]}
            />
          </ChartFrame>
        );
      }}
    </Loaded>
  );
}

function AnswerList({ wave, kind, per, segment }: { wave: string; kind: string; per: string; segment?: string }) {
  const { t } = useTranslation('satisfaction');
  const [from, to] = wave.split('..');
  const query = useInfiniteQuery({
    queryKey: ['satisfaction', 'answers', wave, kind, per, segment],
    queryFn: ({ pageParam }) =>
      ask<Answers>('GET', '/api/v1/satisfaction/answers', {
        query: { kind, per, from, to, segment, limit: 50, cursor: pageParam },
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data) return <Skeleton />;
  const all = query.data.pages.flatMap((page) => page.data);
  return (
    <div className={css.stack}>
      <p className="quiet">
        {t('answers.lead', {
          count: query.data.pages[0]!.answers,
          n: format.int(query.data.pages[0]!.answers),
          from: format.day(from!),
          to: format.day(addDays(to!, -1)),
        })}
      </p>
      <ul>
        {all.map((one) => (
          <li key={one.answer} className={css.answer}>
            <div className={css.head}>
              <span className={`${css.score} ${one.class === 'good' ? 'good' : one.class === 'bad' ? 'risk' : ''}`}>
                {format.int(one.score)}
              </span>
              <span className="dim">{t(`class.${kind}.${one.class}`)}</span>
              <AccountLink id={one.account} name={one.name} />
              <span className={`dim ${css.when}`}>{format.ago(one.answered_at)}</span>
            </div>
            {one.comment && (
              <p className={css.comment}>
                <bdi>{one.comment}</bdi>
              </p>
            )}
            {!one.counts && <p className="dim">{t('answers.earlier')}</p>}
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Button variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          {t('answers.more')}
        </Button>
      )}
    </div>
  );
}
