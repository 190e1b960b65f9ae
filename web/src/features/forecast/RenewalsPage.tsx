/** Renewals: what falls due, what of it is committed, possible, likely and expected, what needs somebody, and how good calls were. */
import { Button, SegmentedControl } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import { AccountLink } from '@/components/AccountLink';
import { ChartFrame } from '@/components/ChartFrame';
import { Columns } from '@/components/Columns';
import { bandOf, HealthPill } from '@/components/Health';
import { Empty, ErrorNote, Figure, Lead, Loaded, PageHead, Section, Skeleton } from '@/components/Page';
import { SegmentPicker, useGroupName, useSplits } from '@/components/SegmentPicker';
import { Rows } from '@/components/Table';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { periodWords, units } from '@/lib/period';
import { moneyScale } from '@/lib/scale';
import { wordOf } from '@/lib/words';
import {
  type Accuracy,
  type Filter,
  type Forecast,
  type ForecastRow,
  filters,
  isOpen,
  type Line,
  type Lines,
  nameOf,
  own,
} from './api';
import { CallWords } from './CallWords';
import { RenewalDrawer } from './RenewalDrawer';
import css from './RenewalsPage.module.css';
import type { ForecastSearch } from './routes';

const route = getRouteApi('/shell/insight/renewals');

export function RenewalsPage() {
  const { t } = useTranslation('forecast');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = useCallback(
    (change: Partial<ForecastSearch>) => navigate({ search: (old) => ({ ...old, ...change }), replace: !('open' in change) }),
    [navigate],
  );
  const open = useCallback((line: Line) => go({ open: nameOf(line) }), [go]);
  const by = search.by ?? 'quarter';
  const asked = { by, calendar: format.options.calendar, segment: search.segment, split: search.split };
  const query = useQuery({
    queryKey: ['forecast', 'figures', asked],
    queryFn: () => ask<Forecast>('GET', '/api/v1/forecast', { query: asked }),
    placeholderData: keepPreviousData,
  });
  const answer = query.data;
  const mine = answer?.data.filter((row) => row.group === undefined) ?? [];
  const all = mine.find((row) => row.period === null);
  const groups = answer?.data.filter((row) => row.group !== undefined && row.period === null) ?? [];
  return (
    <>
      <PageHead title={t('title')}>
        <SegmentedControl
          size="xs"
          aria-label={t('by')}
          value={by}
          data={units.map((value) => ({ value, label: t(`insight:period.unit.${value}`) }))}
          onChange={(value) => go({ by: value === 'quarter' ? undefined : (value as ForecastSearch['by']) })}
        />
        <SegmentPicker search={search} onChange={go} />
      </PageHead>
      {query.error && !answer ? (
        <ErrorNote error={query.error} onRetry={() => query.refetch()} />
      ) : !answer || !all ? (
        <Skeleton rows={10} />
      ) : all.lines === 0 ? (
        <Empty title={t('none')}>{t('none_text')}</Empty>
      ) : (
        <>
          <Opening all={all} answer={answer} />
          <Figures all={all} answer={answer} />
          <ByPeriod rows={mine.filter((row) => row.period !== null)} currency={answer.currency} />
          {groups.length > 0 && <Groups groups={groups} search={search} currency={answer.currency} />}
          <Needs search={search} onOpen={open} />
          <LineList search={search} go={go} onOpen={open} />
          <AccuracySection segment={search.segment} />
          <Section title={t('how')}>
            <ul className={css.stack}>
              {(['commit', 'best_case', 'likely', 'expected', 'base_rate', 'amounts'] as const).map((key) => (
                <li key={key}>
                  <b>{t(`figure.${key}`)}.</b> <span className="quiet">{own(answer.definitions[key])}</span>
                </li>
              ))}
            </ul>
            {answer.unjudged > 0 && (
              <p className="dim">{t('insight:unjudged', { count: answer.unjudged, n: format.int(answer.unjudged) })}</p>
            )}
          </Section>
        </>
      )}
      <RenewalDrawer open={search.open} onClose={() => go({ open: undefined })} />
    </>
  );
}

const money = (amount: number | null, currency: string) => (amount === null ? '–' : format.amount(amount, currency));

function Opening({ all, answer }: { all: ForecastRow; answer: Forecast }) {
  const { t } = useTranslation('forecast');
  return (
    <Lead then={all.needs ? t('lead_needs', { count: all.needs, n: format.int(all.needs) }) : t('lead_calm')}>
      {t('lead', {
        count: all.lines,
        n: format.int(all.lines),
        due: money(all.due, answer.currency),
        day: format.day(answer.to),
        commit: money(all.commit, answer.currency),
      })}
    </Lead>
  );
}

function Figures({ all, answer }: { all: ForecastRow; answer: Forecast }) {
  const { t } = useTranslation('forecast');
  const share = (amount: number) => (all.due > 0 ? t('of_due', { share: format.percent(amount / all.due, 0) }) : undefined);
  const { low, high } = all.expected;
  return (
    <div className={css.figures}>
      <Figure
        label={t('figure.due')}
        value={money(all.due, answer.currency)}
        note={[
          t('uncalled', { count: all.uncalled, n: format.int(all.uncalled) }),
          all.not_converted > 0 && t('not_converted', { count: all.not_converted, n: format.int(all.not_converted) }),
        ]
          .filter(Boolean)
          .join(' ')}
      />
      <Figure
        label={t('figure.commit')}
        value={money(all.commit, answer.currency)}
        note={[share(all.commit), all.expansion > 0 && t('expansion', { amount: money(all.expansion, answer.currency) })]
          .filter(Boolean)
          .join(' ')}
      />
      <Figure label={t('figure.likely')} value={money(all.likely, answer.currency)} note={share(all.likely)} />
      <Figure label={t('figure.best_case')} value={money(all.best_case, answer.currency)} note={share(all.best_case)} />
      <Figure
        label={t('figure.expected')}
        value={money(all.expected.mean, answer.currency)}
        note={
          low !== null && high !== null
            ? t('nine_of_ten', { low: money(low, answer.currency), high: money(high, answer.currency) })
            : undefined
        }
      />
    </div>
  );
}

function ByPeriod({ rows, currency }: { rows: ForecastRow[]; currency: string }) {
  const { t } = useTranslation('forecast');
  const most = Math.max(1, ...rows.map((row) => Math.max(row.due, row.expected.high ?? 0)));
  const scale = moneyScale(most, currency);
  const parts = (row: ForecastRow) => [
    { value: row.commit, colour: 'var(--v-data-fill)' },
    { value: row.best_case - row.commit, colour: 'var(--v-data2)' },
    { value: row.due - row.best_case, colour: 'var(--v-unknown-fill)' },
  ];
  return (
    <ChartFrame
      title={t('periods')}
      hint={scale.unit}
      file="renewals"
      definition={t('periods_how')}
      table={{
        columns: [
          t('period'),
          t('lines'),
          ...(['due', 'commit', 'likely', 'best_case', 'expected'] as const).map((key) => t(`figure.${key}`)),
          t('range'),
        ],
        rows: rows.map((row) => [
          periodWords(row.period!),
          row.lines,
          money(row.due, currency),
          money(row.commit, currency),
          money(row.likely, currency),
          money(row.best_case, currency),
          money(row.expected.mean, currency),
          `${money(row.expected.low, currency)} – ${money(row.expected.high, currency)}`,
        ]),
      }}
    >
      <Columns
        label={t('periods')}
        height={220}
        show={scale.show}
        scale={[0, most * 1.1]}
        legend={[
          { colour: 'var(--v-data-fill)', label: t('figure.commit') },
          { colour: 'var(--v-data2)', label: t('figure.best_case') },
          { colour: 'var(--v-unknown-fill)', label: t('rest') },
        ]}
        columns={rows.map((row) => ({
          key: row.period!,
          label: periodWords(row.period!),
          parts: parts(row),
          interval:
            row.lines && row.expected.low !== null && row.expected.high !== null
              ? ([row.expected.low, row.expected.high] as [number, number])
              : undefined,
          text: row.due ? scale.show(row.due) : undefined,
          title: `${periodWords(row.period!)}: ${money(row.due, currency)}; ${t('figure.commit')} ${money(row.commit, currency)}`,
        }))}
      />
    </ChartFrame>
  );
}

function Groups({ groups, search, currency }: { groups: ForecastRow[]; search: ForecastSearch; currency: string }) {
  const { t } = useTranslation('forecast');
  const name = useGroupName(search.split);
  const splits = useSplits(true);
  const title = t('groups', { by: splits.data?.find((one) => one.value === search.split)?.label ?? search.split });
  return (
    <Section title={title}>
      <Rows
        label={title}
        rows={groups}
        rowKey={(row) => row.group ?? ''}
        columns={[
          { key: 'group', title: t('insight:group'), render: (row) => <bdi>{name(row.group ?? null)}</bdi> },
          { key: 'lines', title: t('lines'), numeric: true, render: (row) => format.int(row.lines) },
          ...(['due', 'commit', 'likely', 'best_case'] as const).map((key) => ({
            key,
            title: t(`figure.${key}`),
            numeric: true,
            render: (row: ForecastRow) => money(row[key], currency),
          })),
          { key: 'expected', title: t('figure.expected'), numeric: true, render: (row) => money(row.expected.mean, currency) },
          { key: 'needs', title: t('needs.short'), numeric: true, render: (row) => format.int(row.needs) },
        ]}
      />
    </Section>
  );
}

function Needs({ search, onOpen }: { search: ForecastSearch; onOpen: (line: Line) => void }) {
  const { t } = useTranslation('forecast');
  const asked = { by: search.by, calendar: format.options.calendar, segment: search.segment, limit: 8 };
  const query = useQuery({
    queryKey: ['forecast', 'needs', asked],
    queryFn: () => ask<Lines>('GET', '/api/v1/forecast/needs', { query: asked }),
  });
  return (
    <Section id="needs" title={t('needs.title')} hint={t('needs.hint')}>
      <Loaded query={query} rows={4}>
        {(lines) => (
          <>
            {lines.lines === 0 && <p className="quiet">{t('needs.none')}</p>}
            <ul>
              {lines.data.map((line) => (
                <li key={nameOf(line)} className={css.need}>
                  <button type="button" className={css.door} onClick={() => onOpen(line)}>
                    <bdi className="name">{line.name}</bdi>{' '}
                    <span className="quiet">
                      {line.needs.map((one) => one.text).join(format.options.language === 'fa' ? '؛ ' : '; ')}
                    </span>
                  </button>
                  <span className={line.days_left < 0 ? 'risk' : 'quiet'}>{format.fromToday(line.due_on)}</span>
                </li>
              ))}
            </ul>
            {lines.has_more && (
              <p className="dim">{t('insight:more', { shown: format.int(lines.data.length), all: format.int(lines.lines) })}</p>
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}

function LineList({
  search,
  go,
  onOpen,
}: {
  search: ForecastSearch;
  go: (change: Partial<ForecastSearch>) => void;
  onOpen: (line: Line) => void;
}) {
  const { t } = useTranslation('forecast');
  const asked = {
    by: search.by,
    calendar: format.options.calendar,
    segment: search.segment,
    only: search.only ?? 'all',
    limit: 50,
  };
  const query = useInfiniteQuery({
    queryKey: ['forecast', 'lines', asked],
    queryFn: ({ pageParam }) => ask<Lines>('GET', '/api/v1/forecast/lines', { query: { ...asked, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  const currency = query.data?.pages[0]?.currency ?? '';
  return (
    <Section id="renewals" title={t('list')}>
      <div className={css.filters}>
        <SegmentedControl
          size="xs"
          aria-label={t('filter.label')}
          value={search.only ?? 'all'}
          data={['all', ...filters].map((value) => ({ value, label: t(`filter.${value}`) }))}
          onChange={(value) => go({ only: value === 'all' ? undefined : (value as Filter) })}
        />
      </div>
      <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch }} rows={8}>
        {({ pages }) => (
          <Rows
            label={t('list')}
            rows={pages.flatMap((page) => page.data)}
            rowKey={nameOf}
            onOpen={onOpen}
            columns={[
              { key: 'due', title: t('due_on'), render: (line) => format.day(line.due_on) },
              { key: 'name', title: t('insight:account'), render: (line) => <AccountLink id={line.id} name={line.name} /> },
              {
                key: 'product',
                title: t('product'),
                render: (line) => <bdi>{line.product ? wordOf('product', line.product) : '–'}</bdi>,
              },
              { key: 'owner', title: t('owner'), render: (line) => <bdi>{line.owner_name ?? '–'}</bdi> },
              {
                key: 'amount',
                title: t('figure.due'),
                numeric: true,
                render: (line) =>
                  line.amount === null ? format.amount(line.own_amount, line.currency) : format.amount(line.amount, currency),
              },
              { key: 'health', title: t('health'), render: (line) => <HealthPill score={line.score} band={bandOf(line.band)} /> },
              { key: 'call', title: t('call.title'), render: (line) => <CallWords line={line} /> },
              {
                key: 'model',
                title: t('model.title'),
                render: (line) =>
                  isOpen(line) && (
                    <>
                      <span className="num">{format.percent(line.model.probability, 0)}</span>{' '}
                      <span className="dim">{t(`model.${line.model.source}`)}</span>
                    </>
                  ),
              },
              {
                key: 'counts',
                title: t('counts'),
                render: (line) => t(line.stage === 'open' ? `category.${line.category}` : `stage.${line.stage}`),
              },
              {
                key: 'needs',
                title: t('needs.short'),
                render: (line) => (
                  <Button size="compact-xs" variant={line.needs.length ? 'light' : 'subtle'} onClick={() => onOpen(line)}>
                    {line.needs.length ? t(`need.${line.needs[0]!.need}`) : t('open')}
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {query.hasNextPage && (
        <Button className={css.more} variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          {t('more')}
        </Button>
      )}
    </Section>
  );
}

function AccuracySection({ segment }: { segment?: string }) {
  const { t } = useTranslation('forecast');
  const query = useQuery({
    queryKey: ['forecast', 'accuracy', segment],
    queryFn: () => ask<Accuracy>('GET', '/api/v1/forecast/accuracy', { query: { segment, calendar: format.options.calendar } }),
  });
  return (
    <Section id="accuracy" title={t('accuracy.title')} hint={t('accuracy.hint')}>
      <Loaded query={query} rows={4}>
        {(answer) =>
          answer.data.every((row) => row.lines === 0) ? (
            <p className="quiet">{t('accuracy.none')}</p>
          ) : (
            <>
              <Rows
                label={t('accuracy.title')}
                rows={answer.data}
                rowKey={(row) => `${row.who} ${row.name} ${row.days}`}
                columns={[
                  {
                    key: 'who',
                    title: t('accuracy.who'),
                    render: (row) =>
                      row.name === null ? (
                        t(`accuracy.${row.who}`)
                      ) : (
                        <bdi>{row.who === 'model' ? t(`model.${row.name}`) : row.name}</bdi>
                      ),
                  },
                  { key: 'days', title: t('accuracy.days'), numeric: true, render: (row) => format.int(row.days) },
                  {
                    key: 'lines',
                    title: t('lines'),
                    numeric: true,
                    render: (row) =>
                      row.few && row.lines ? t('accuracy.few', { n: format.int(row.lines) }) : format.int(row.lines),
                  },
                  {
                    key: 'said',
                    title: t('accuracy.said'),
                    numeric: true,
                    render: (row) => money(row.forecast, answer.currency),
                  },
                  { key: 'came', title: t('accuracy.came'), numeric: true, render: (row) => money(row.actual, answer.currency) },
                  {
                    key: 'bias',
                    title: t('accuracy.bias'),
                    numeric: true,
                    render: (row) => (row.bias === null ? '–' : format.signedPercent(row.bias, 1)),
                  },
                  {
                    key: 'mape',
                    title: 'MAPE',
                    numeric: true,
                    render: (row) => (row.mape === null ? '–' : format.percent(row.mape, 1)),
                  },
                  {
                    key: 'error',
                    title: t('accuracy.error'),
                    numeric: true,
                    render: (row) => (row.error === null ? '–' : format.percent(row.error, 1)),
                  },
                ]}
              />
              <p className="dim">{own(answer.definition)}</p>
            </>
          )
        }
      </Loaded>
    </Section>
  );
}
