/** Time to value: how soon customers get what they came for, who waits, and which steps on the way hold them up. */

import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import { AccountLink } from '@/components/AccountLink';
import { ChartFrame } from '@/components/ChartFrame';
import { Empty, ErrorNote, Figure, Lead, Loaded, PageHead, PageTabs, Section, Skeleton } from '@/components/Page';
import { PeriodPicker } from '@/components/PeriodPicker';
import { Printed, SegmentPicker, useGroupName, useSplits } from '@/components/SegmentPicker';
import { SideDrawer } from '@/components/SideDrawer';
import { Rows } from '@/components/Table';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { mayRole, useMe } from '@/lib/me';
import { type Period, periodWords, resolvePeriod } from '@/lib/period';
import { own, wordOf } from '@/lib/words';
import { asOf, type Paged, type Quartiles, type TimeToValue, type ValueAccount, type ValueEvent, type ValueRow } from './api';
import { Curve } from './Curve';
import { EventForm } from './EventForm';
import { MilestoneForm } from './MilestoneForm';
import { Milestones, StuckRows } from './Milestones';
import type { ValueSearch } from './routes';
import css from './Value.module.css';

const route = getRouteApi('/shell/insight/time-to-value');
const least = 10;

export function TimeToValuePage() {
  const { t } = useTranslation('value');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = useCallback(
    (change: Partial<ValueSearch>) =>
      navigate({ search: (old) => ({ ...old, ...change }), replace: !('open' in change || 'tab' in change) }),
    [navigate],
  );
  const me = useMe();
  const mayWrite = mayRole(me, 'manager');
  const period = resolvePeriod(search, { by: 'quarter', last: 8 });
  const open = useCallback((text: string | undefined) => go({ open: text }), [go]);
  const milestones = search.tab === 'milestones';
  const [kind, ...rest] = (search.open ?? '').split(':');
  const key = rest.join(':');
  const title =
    kind === 'accounts'
      ? t(`accounts.${key === 'reached' || key === 'left' ? key : 'waiting'}`)
      : kind === 'event'
        ? t(key ? 'event.edit' : 'event.add')
        : kind === 'milestone'
          ? t(key ? 'milestone.edit' : 'milestone.add')
          : kind === 'stuck'
            ? t('stuck.title')
            : '';
  return (
    <>
      <PageHead
        title={
          <>
            {t('title')} <Printed period={period} search={search} />
          </>
        }
        tabs={
          <PageTabs
            label={t('title')}
            active={search.tab ?? 'value'}
            tabs={[
              { key: 'value', label: t('tab.value') },
              { key: 'milestones', label: t('tab.milestones') },
            ]}
            onChange={(tab) => go({ tab: tab === 'milestones' ? 'milestones' : undefined })}
          />
        }
      >
        <PeriodPicker period={period} onChange={go} />
        <SegmentPicker search={search} onChange={go} />
        {mayWrite && (
          <Button
            variant="default"
            leftSection={<IconPlus size={15} />}
            onClick={() => open(milestones ? 'milestone:' : 'event:')}
          >
            {t(milestones ? 'milestone.add' : 'event.add')}
          </Button>
        )}
      </PageHead>
      {milestones ? (
        <Milestones search={search} period={period} mayWrite={mayWrite} onOpen={open} />
      ) : (
        <Value search={search} period={period} mayWrite={mayWrite} onOpen={open} />
      )}
      <SideDrawer
        opened={title !== ''}
        onClose={() => open(undefined)}
        title={title}
        size={kind === 'accounts' || kind === 'stuck' ? 560 : 480}
      >
        {kind === 'accounts' && <AccountRows state={key} period={period} segment={search.segment} />}
        {kind === 'event' && <EventForm key={key} name={key} mayWrite={mayWrite} onDone={() => open(undefined)} />}
        {kind === 'milestone' && <MilestoneForm key={key} name={key} mayWrite={mayWrite} onDone={() => open(undefined)} />}
        {kind === 'stuck' && <StuckRows stage={key} period={period} segment={search.segment} />}
      </SideDrawer>
    </>
  );
}

function Value({
  search,
  period,
  mayWrite,
  onOpen,
}: {
  search: ValueSearch;
  period: Period;
  mayWrite: boolean;
  onOpen: (open: string) => void;
}) {
  const { t } = useTranslation('value');
  const name = useGroupName(search.split);
  const splits = useSplits(search.split !== undefined);
  const query = useQuery({
    queryKey: ['time-to-value', asOf(period), period.by, period.count, period.calendar, search.segment, search.split],
    queryFn: () =>
      ask<TimeToValue>('GET', '/api/v1/time-to-value', {
        query: {
          as_of: asOf(period),
          by: period.by,
          calendar: period.calendar,
          periods: Math.min(120, period.custom ? period.count : period.count + 1),
          cohorts: 'yes',
          segment: search.segment,
          split: search.split,
        },
      }),
    placeholderData: keepPreviousData,
  });
  const events = useQuery({
    queryKey: ['value-events'],
    queryFn: () => ask<{ data: ValueEvent[] }>('GET', '/api/v1/value-events'),
  });
  if (query.error && !query.data) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data) return <Skeleton rows={10} />;
  const answer = query.data;
  const all = answer.data.find((row) => row.cohort === null && row.group === null);
  const cohorts = answer.data.filter((row) => row.cohort !== null && row.group === null && row.accounts > 0);
  const groups = answer.data.filter((row) => row.cohort === null && row.group !== null);
  const left = answer.no_data + answer.no_event + answer.no_start;
  return (
    <>
      {!all || all.accounts === 0 ? (
        <Empty title={t('none')} action={mayWrite && <Button onClick={() => onOpen('event:')}>{t('event.add')}</Button>}>
          {own(answer.note) || t('none_text')}
        </Empty>
      ) : all.accounts < least ? (
        <Lead>{t('insight:few_of', { n: format.int(all.accounts) })}</Lead>
      ) : (
        <>
          <Lead then={t('lead.then', { waiting: format.int(all.waiting), left: format.int(all.left) })}>
            {all.p50 === null
              ? t('lead.not_half', { share: format.percent(all.reached / all.accounts) })
              : t('lead.half', {
                  days: format.days(Math.round(all.p50)),
                  low: format.int(Math.round(all.p50_low ?? 0)),
                  high: all.p50_high === null ? '∞' : format.int(Math.round(all.p50_high)),
                })}
          </Lead>
          <div className={css.strip}>
            <Figure
              large
              label={t('name.median')}
              value={all.p50 === null ? '–' : format.days(round(all.p50))}
              note={t('about.median', { p25: number(all.p25), p75: number(all.p75) })}
              onOpen={() => onOpen('accounts:reached')}
            />
            <Figure large label={t('name.within_30')} value={percent(all.within_30)} note={t('about.within_30')} />
            <Figure large label={t('name.within_90')} value={percent(all.within_90)} note={t('about.within_90')} />
            <Figure
              large
              label={t('name.waiting')}
              value={format.int(all.waiting)}
              note={t('about.waiting', { left: format.int(all.left), all: format.int(all.accounts) })}
              onOpen={() => onOpen('accounts:waiting')}
            />
          </div>
          <ChartFrame
            title={t('curve.title')}
            file="time-to-value"
            finding={
              all.p50 === null
                ? t('lead.not_half', { share: format.percent(all.reached / all.accounts) })
                : t('curve.finding', { days: format.days(round(all.p50)) })
            }
            definition={`${own(answer.definition)} ${t('curve.marks')}`}
            table={{
              columns: [t('curve.days'), t('curve.at_risk'), t('curve.reached'), t('curve.share'), t('low'), t('high')],
              rows: answer.curve.map((step) => [
                format.int(step.day),
                format.int(step.at_risk),
                format.int(step.reached),
                format.percent(step.share, 1),
                format.percent(step.low, 1),
                format.percent(step.high, 1),
              ]),
            }}
          >
            <Curve
              label={all.p50 === null ? t('curve.title') : t('curve.finding', { days: format.days(round(all.p50)) })}
              steps={answer.curve}
              censored={answer.censored}
              daysLabel={t('curve.days')}
              marks={(
                [
                  [all.p25, 0.25],
                  [all.p50, 0.5],
                  [all.p75, 0.75],
                ] as const
              ).flatMap(([day, share]) => (day === null ? [] : [{ day, share, text: format.days(round(day)) }]))}
            />
          </ChartFrame>
          {search.split && (
            <QuartileTable
              title={t('by', { by: splits.data?.find((one) => one.value === search.split)?.label ?? search.split })}
              first={t('insight:group')}
              rows={groups}
              label={(row) => name(row.group)}
            />
          )}
          <QuartileTable
            title={t('cohorts')}
            first={t('started')}
            rows={cohorts}
            label={(row) => periodWords(row.cohort ?? '')}
          />
        </>
      )}
      {left > 0 && (
        <Section>
          <p className="quiet">
            {t('left_out', {
              n: format.int(left),
              data: format.int(answer.no_data),
              event: format.int(answer.no_event),
              start: format.int(answer.no_start),
            })}
          </p>
        </Section>
      )}
      <Section title={t('event.title')} hint={t('event.hint')}>
        <Loaded query={events}>
          {({ data }) => (
            <Rows
              label={t('event.title')}
              rows={data}
              rowKey={(row) => row.key}
              onOpen={(row) => onOpen(`event:${row.key}`)}
              empty={t('event.none')}
              columns={[
                { key: 'event', title: t('event.event'), render: (row) => <code>{row.event}</code> },
                {
                  key: 'product',
                  title: t('event.product'),
                  render: (row) => <bdi>{row.product ? wordOf('product', row.product) : t('event.every')}</bdi>,
                },
                { key: 'plan', title: t('event.plan'), render: (row) => <bdi>{row.plan ?? t('event.every')}</bdi> },
                { key: 'clock', title: t('event.clock'), render: (row) => t(`clock.${row.clock}`) },
              ]}
            />
          )}
        </Loaded>
      </Section>
    </>
  );
}
const round = (days: number) => Math.round(days * 10) / 10;
const number = (days: number | null) => (days === null ? '–' : format.number(days, 1));
const percent = (value: number | null) => (value === null ? '–' : format.percent(value / 100));
const interval = (row: Quartiles) =>
  row.p50_low === null ? '' : `${format.number(row.p50_low, 1)}–${row.p50_high === null ? '∞' : format.number(row.p50_high, 1)}`;

function QuartileTable({
  title,
  first,
  rows,
  label,
}: {
  title: string;
  first: string;
  rows: ValueRow[];
  label: (row: ValueRow) => string;
}) {
  const { t } = useTranslation('value');
  const few = (row: ValueRow, text: string) => (row.accounts < least ? <span className="dim">{t('too_few')}</span> : text);
  return (
    <ChartFrame
      title={title}
      file="time-to-value-quartiles"
      table={{
        columns: [
          first,
          t('accounts.all'),
          t('accounts.reached'),
          t('accounts.waiting'),
          '25%',
          t('name.median'),
          '75%',
          t('name.within_90'),
        ],
        rows: rows.map((row) => [
          label(row),
          row.accounts,
          row.reached,
          row.waiting,
          ...(row.accounts < least
            ? ['–', '–', '–', '–']
            : [number(row.p25), number(row.p50), number(row.p75), percent(row.within_90)]),
        ]),
      }}
    >
      <Rows
        label={title}
        rows={rows}
        rowKey={(row) => `${row.cohort} ${row.group}`}
        columns={[
          { key: 'label', title: first, render: (row) => <bdi>{label(row)}</bdi> },
          { key: 'accounts', title: t('accounts.all'), numeric: true, render: (row) => format.int(row.accounts) },
          { key: 'reached', title: t('accounts.reached'), numeric: true, render: (row) => format.int(row.reached) },
          { key: 'waiting', title: t('accounts.waiting'), numeric: true, render: (row) => format.int(row.waiting) },
          { key: 'p25', title: format.percent(0.25), numeric: true, render: (row) => few(row, number(row.p25)) },
          {
            key: 'p50',
            title: t('name.median'),
            numeric: true,
            render: (row) =>
              row.accounts < least ? (
                <span className="dim">{t('too_few')}</span>
              ) : (
                <>
                  {number(row.p50)} <span className="dim">{interval(row)}</span>
                </>
              ),
          },
          { key: 'p75', title: format.percent(0.75), numeric: true, render: (row) => few(row, number(row.p75)) },
          { key: 'within', title: t('name.within_90'), numeric: true, render: (row) => few(row, percent(row.within_90)) },
        ]}
      />
    </ChartFrame>
  );
}

function AccountRows({ state, period, segment }: { state: string; period: Period; segment?: string }) {
  const { t } = useTranslation('value');
  const which = state === 'reached' || state === 'left' ? state : 'waiting';
  const query = useQuery({
    queryKey: ['time-to-value', 'accounts', which, asOf(period), segment],
    queryFn: () =>
      ask<Paged<ValueAccount> & { accounts: number }>('GET', '/api/v1/time-to-value/accounts', {
        query: { state: which, as_of: asOf(period), segment, limit: 200 },
      }),
  });
  return (
    <Loaded query={query}>
      {(answer) => (
        <div className={css.stack}>
          <Rows
            label={t(`accounts.${which}`)}
            rows={answer.data}
            rowKey={(row) => row.account}
            empty={t('insight:rows_none')}
            columns={[
              { key: 'name', title: t('insight:account'), render: (row) => <AccountLink id={row.account} name={row.name} /> },
              { key: 'start', title: t('started'), render: (row) => format.day(row.start, 'short') },
              { key: 'days', title: t('curve.days'), numeric: true, render: (row) => format.int(row.days) },
              { key: 'event', title: t('event.event'), render: (row) => <code>{row.event}</code> },
            ]}
          />
          {answer.has_more && (
            <p className="dim">{t('insight:more', { shown: format.int(200), all: format.int(answer.accounts) })}</p>
          )}
        </div>
      )}
    </Loaded>
  );
}
