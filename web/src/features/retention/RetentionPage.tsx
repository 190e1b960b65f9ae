/** Retention: four figures with their margins and meanings, the bridge that shows where they come from, cohorts, and the year that ends with each month. */
import { SegmentedControl, Select } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { ChartFrame } from '@/components/ChartFrame';
import { Trend } from '@/components/Health';
import { Empty, ErrorNote, Figure, Lead, PageHead, Section, Skeleton } from '@/components/Page';
import { PeriodPicker } from '@/components/PeriodPicker';
import { Printed, SegmentPicker, useGroupName, useSplits } from '@/components/SegmentPicker';
import { Rows } from '@/components/Table';
import { TimeSeries } from '@/components/TimeSeries';
import { ask } from '@/lib/api';
import { addDays, type Day, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { type Period, previousOf, resolvePeriod, startOf } from '@/lib/period';
import { moneyScale, signedAmount } from '@/lib/scale';
import { isolate, own } from '@/lib/words';
import { type Mode, modes, type Retention, type RetentionPeriod, readOpen, sumOf, type Value } from './api';
import { axisStart, Bridge, type BridgeBar } from './Bridge';
import { useClosed, useRestated } from './Closed';
import { CohortMap } from './CohortMap';
import { RetentionDrawer } from './RetentionDrawer';
import css from './RetentionPage.module.css';
import type { RetentionSearch } from './routes';

const route = getRouteApi('/shell/insight/retention');
const least = 10;

/** The time just as long before it. */
function before(period: Period): { from: Day; to: Day } {
  let from = period.from;
  if (period.custom) {
    const days = Math.round((Date.parse(period.to) - Date.parse(period.from)) / 86_400_000) + 1;
    from = addDays(period.from, -days);
  } else for (let i = 0; i < period.count; i++) from = previousOf(from, period.by, period.calendar);
  return { from, to: addDays(period.from, -1) };
}

export function RetentionPage() {
  const { t } = useTranslation('retention');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = useCallback(
    (change: Partial<RetentionSearch>) => navigate({ search: (old) => ({ ...old, ...change }), replace: !('open' in change) }),
    [navigate],
  );
  const period = resolvePeriod(search, { by: 'month', last: 12 });
  const mode: Mode = search.mode ?? 'snapshot';
  const api = mode === 'flow' ? 'flow' : 'snapshot';
  const index = mode === 'flow' ? undefined : search.index; // two days are compared in prices of the first
  const get = (from: Day, to: Day, split?: string) => ({
    queryKey: ['retention', 'range', from, to, api, search.segment, split, index],
    queryFn: () =>
      ask<Retention>('GET', '/api/v1/retention', {
        query: { by: 'range', from, to, mode: api, segment: search.segment, split, index },
      }),
    placeholderData: keepPreviousData,
  });
  const now = useQuery(get(period.from, period.to));
  const earlier = before(period);
  const then = useQuery({ ...get(earlier.from, earlier.to), placeholderData: undefined });
  const open = useCallback((text: string | undefined) => go({ open: text }), [go]);
  const shown = now.data?.periods[0];
  const past = then.data?.periods[0];
  const label = shown?.period ?? `${period.from}..${period.to}`;

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
        {mode !== 'flow' && <PricesOf index={search.index} onChange={(name) => go({ index: name })} />}
        <SegmentedControl
          size="xs"
          aria-label={t('mode.label')}
          value={mode}
          data={modes.map((value) => ({ value, label: t(`mode.${value}`) }))}
          onChange={(value) => go({ mode: value === 'snapshot' ? undefined : (value as Mode) })}
        />
      </PageHead>
      {now.error && !now.data ? (
        <ErrorNote error={now.error} onRetry={() => now.refetch()} />
      ) : !shown || !now.data ? (
        <Skeleton rows={10} />
      ) : shown.amounts.customers_start === 0 && shown.amounts.customers_end === 0 && shown.amounts.renewals_due === 0 ? (
        <Empty title={t('none')}>{t('none_text')}</Empty>
      ) : (
        <>
          <Opening period={shown} currency={now.data.currency} mode={mode} />
          <Figures now={shown} past={past} data={now.data} mode={mode} onOpen={open} />
          {shown.unjudged > 0 && (
            <Section>
              <p className="quiet">{t('insight:unjudged', { count: shown.unjudged, n: format.int(shown.unjudged) })}</p>
            </Section>
          )}
          <BridgeSection now={shown} currency={now.data.currency} mode={mode} period={period} onOpen={open} />
          {search.split && (
            <Split search={search} query={get(period.from, period.to, search.split)} currency={now.data.currency} mode={mode} />
          )}
          <div className={css.halves}>
            <CohortMap
              of={search.of ?? 'revenue'}
              by={search.cby ?? 'quarter'}
              calendar={period.calendar}
              segment={search.segment}
              amounts={search.amounts ?? false}
              rows={9}
              onOpen={(cohort, since) => open(`cohort:${cohort}:${since}`)}
              aside={
                <CohortSwitches
                  of={search.of ?? 'revenue'}
                  amounts={search.amounts ?? false}
                  onChange={(of, amounts) => go({ of, amounts })}
                />
              }
            />
            <Lines period={period} search={search} onOpen={open} />
          </div>
        </>
      )}
      <RetentionDrawer
        asked={readOpen(search.open)}
        behind={{
          period: label,
          calendar: period.calendar,
          mode: api,
          segment: search.segment,
          index,
          cohorts: { of: search.of ?? 'revenue', by: search.cby ?? 'quarter' },
        }}
        onClose={() => open(undefined)}
        onOpen={open}
      />
    </>
  );
}

/** As it was paid, or in the prices of the first day by an index; offered where the organisation has an index. */
function PricesOf({ index, onChange }: { index?: string; onChange: (index: string | undefined) => void }) {
  const { t } = useTranslation('retention');
  const indices = useQuery({
    queryKey: ['rates', 'indices'],
    queryFn: () => ask<{ data: { name: string }[] }>('GET', '/api/v1/price-indices'),
    select: ({ data }) => [...new Set(data.map((one) => one.name))],
  });
  const names = [...new Set([...(indices.data ?? []), ...(index ? [index] : [])])];
  if (!names.length) return null;
  return (
    <Select
      size="xs"
      w={190}
      aria-label={t('prices.label')}
      data={[
        { value: '', label: t('prices.paid') },
        ...names.map((name) => ({ value: `=${name}`, label: t('prices.of', { name: isolate(name) }) })),
      ]}
      value={index ? `=${index}` : ''}
      onChange={(value) => onChange(value?.slice(1) || undefined)}
    />
  );
}

export function CohortSwitches({
  of,
  amounts,
  onChange,
}: {
  of: 'revenue' | 'customers';
  amounts: boolean;
  onChange: (of: 'customers' | undefined, amounts: true | undefined) => void;
}) {
  const { t } = useTranslation('retention');
  return (
    <span className={css.switches}>
      <SegmentedControl
        size="xs"
        aria-label={t('cohorts.of')}
        value={of}
        data={(['revenue', 'customers'] as const).map((value) => ({ value, label: t(`cohorts.kind.${value}`) }))}
        onChange={(value) => onChange(value === 'customers' ? 'customers' : undefined, amounts || undefined)}
      />
      <SegmentedControl
        size="xs"
        aria-label={t('cohorts.as')}
        value={amounts ? 'amounts' : 'shares'}
        data={['shares', 'amounts'].map((value) => ({ value, label: t(`cohorts.${value}`) }))}
        onChange={(value) => onChange(of === 'customers' ? 'customers' : undefined, value === 'amounts' || undefined)}
      />
    </span>
  );
}

function Opening({ period, currency, mode }: { period: RetentionPeriod; currency: string; mode: Mode }) {
  const { t } = useTranslation('retention');
  const { amounts, figures } = period;
  if (mode === 'renewals')
    return amounts.renewals_due ? (
      <Lead
        then={t('lead.renewals_then', {
          done: format.int(amounts.renewals_done!),
          due: format.int(amounts.renewals_due),
        })}
      >
        {t('lead.renewals', {
          due: format.amount(amounts.due!, currency),
          share: figures.renewal_rate?.value == null ? '–' : format.percent(figures.renewal_rate.value, 1),
        })}
      </Lead>
    ) : (
      <Lead>{t('lead.nothing_due')}</Lead>
    );
  if (!amounts.start || figures.nrr?.value == null) return <Lead>{t('lead.no_start', { day: format.day(period.from) })}</Lead>;
  const lost = amounts.start - amounts.kept_gross!;
  const won = amounts.kept_net! - amounts.kept_gross!;
  return (
    <Lead then={t('lead.customers', { kept: format.int(amounts.customers_kept!), all: format.int(amounts.customers_start!) })}>
      {t('lead.revenue', {
        day: format.day(period.from),
        nrr: format.percent(figures.nrr.value, 1),
        lost: format.amount(lost, currency),
        won: format.amount(won, currency),
      })}
    </Lead>
  );
}

const keys: Record<Mode, string[]> = {
  snapshot: ['nrr', 'grr', 'logo_retention', 'quick_ratio'],
  flow: ['nrr', 'grr', 'logo_retention', 'quick_ratio'],
  renewals: ['renewal_rate', 'renewal_rate_terms', 'grr', 'logo_retention'],
};

function Figures({
  now,
  past,
  data,
  mode,
  onOpen,
}: {
  now: RetentionPeriod;
  past: RetentionPeriod | undefined;
  data: Retention;
  mode: Mode;
  onOpen: (open: string) => void;
}) {
  const { t } = useTranslation('retention');
  return (
    <div className={css.figures}>
      {keys[mode].map((key) => {
        const value = now.figures[key]!;
        const ratio = key === 'quick_ratio';
        const base = key.startsWith('renewal') ? now.amounts.renewals_due! : now.amounts.customers_start!;
        const change = changeOf(value, past?.figures[key], ratio);
        const margin = value.low !== null && value.high !== null ? (value.high - value.low) / 2 : null;
        const definition = data.definitions.find((one) => one.key === key);
        return (
          <Figure
            key={key}
            large
            label={t(`name.${key}`)}
            value={valueText(value, ratio, t('insight:not_applicable'))}
            margin={
              margin !== null && value.value !== null ? (
                <span title={t('insight:interval', { low: format.percent(value.low!, 1), high: format.percent(value.high!, 1) })}>
                  {t('insight:margin', { margin: format.number(margin * 100, 1) })}
                </span>
              ) : null
            }
            change={ratio ? null : change /* no margin: nothing says whether it is beyond noise */}
            onOpen={() => onOpen(`figure:${key}`)}
            note={
              <>
                {t(`definition.${mode}.${key}`, {
                  kept: format.int(now.amounts.customers_kept!),
                  all: format.int(now.amounts.customers_start!),
                  done: format.int(now.amounts.renewals_done!),
                  due: format.int(now.amounts.renewals_due!),
                  days: format.days(data.rules.grace_days),
                  defaultValue: own(definition?.definition),
                })}
                {value.if_renewed !== null && ` ${t('if_renewed', { value: format.percent(value.if_renewed, 1) })}`}
                {base < least && value.state === 'known' && ` ${t('insight:few_of', { n: format.int(base) })}`}
              </>
            }
          />
        );
      })}
    </div>
  );
}
const valueText = (value: Value, ratio: boolean, none: string) =>
  value.state === 'infinite'
    ? '∞'
    : value.value === null
      ? none
      : ratio
        ? format.number(value.value, 1)
        : format.percent(value.value, 1);

/** A change is an arrow only where it is beyond both margins. */
function changeOf(value: Value, past: Value | undefined, ratio: boolean) {
  if (value.value === null || past?.value == null) return null;
  const change = value.value - past.value;
  if (ratio) return <Trend change={change} decimals={1} />;
  const half = (one: Value) => (one.low === null || one.high === null ? 0 : (one.high - one.low) / 2);
  const noise = Math.hypot(half(value), half(past));
  return Math.abs(change) > noise ? (
    <Trend change={change * 100} decimals={1} />
  ) : (
    <span className="dim">{format.signed(change * 100, 1)}</span>
  );
}

function BridgeSection({
  now,
  currency,
  mode,
  period,
  onOpen,
}: {
  now: RetentionPeriod;
  currency: string;
  mode: Mode;
  period: Period;
  onOpen: (open: string) => void;
}) {
  const { t } = useTranslation('retention');
  const a = now.amounts;
  const last = addDays(now.to, -1);
  const persian = format.options.language === 'fa';
  const changes: [string, number, ('end' | 'middle')?][] =
    mode === 'renewals'
      ? [
          ['due', a.due!, 'end'],
          ['lost_due', -(a.due! - a.renewed!)],
          ['renewed', a.renewed!, 'end'],
        ]
      : [
          ['start', a.start!, 'end'],
          ['expansion', sumOf(a, 'expansion')],
          ['contraction', -sumOf(a, 'contraction')],
          ['churn', -a.churn!],
          ['same', a.start! + sumOf(a, 'expansion') - sumOf(a, 'contraction') - a.churn!, 'middle'],
          ['returned', a.returned!],
          ['new', a.new!],
          ['fx', a.fx!],
          ...(['usage_level', 'inflation'] as const).filter((key) => a[key]).map((key): [string, number] => [key, a[key]!]),
          ['end', a.end!, 'end'],
        ];
  const scale = moneyScale(Math.max(...changes.map(([, value]) => Math.abs(value))), currency);
  const amount = (value: number) => (persian ? scale.show(value) : format.amount(value, currency));
  const bars: BridgeBar[] = changes.map(([key, value, whole]) => {
    const tiny = scale.show(Math.abs(value)) === scale.show(0);
    const text =
      whole || value === 0
        ? amount(value)
        : persian && !tiny
          ? sign(value) + scale.show(Math.abs(value))
          : signedAmount(value, currency);
    const name =
      key === 'start' || key === 'end'
        ? t(`bar.${key}_on`, { day: format.day(key === 'start' ? now.from : last, 'brief') })
        : t(`bar.${key}`);
    return {
      key,
      label: name,
      whole,
      value,
      text,
      title: t('bar.title', { name, amount: whole ? format.amount(value, currency) : signedAmount(value, currency) }),
    };
  });
  const start = axisStart(bars);
  const title = t(mode === 'renewals' ? 'bridge.renewals' : 'bridge.title');
  return (
    <ChartFrame
      title={title}
      hint={
        <>
          {persian && `${scale.unit}؛ `}
          {mode !== 'renewals' && t('bridge.rate', { day: format.day(now.from) })}
          {start > 0 && t(mode === 'renewals' ? 'bridge.axis_only' : 'bridge.axis', { amount: format.amount(start, currency) })}
        </>
      }
      finding={t('bridge.finding', { bars: bars.map((bar) => bar.title).join(t('list')) })}
      file={`bridge-${now.period}`}
      aside={<ClosedChips period={period} onOpen={onOpen} />}
      table={{
        columns: [t('bridge.part'), unitOf(currency)],
        rows: changes.map(([, value], i) => [bars[i]!.label, format.money(value, currency).split(' ')[0]!]),
      }}
      definition={t(`bridge.definition.${mode}`)}
    >
      <Bridge
        label={title}
        bars={bars}
        start={start}
        brackets={
          mode === 'renewals'
            ? []
            : [
                { first: 1, last: 3, label: t('bridge.counted') },
                { first: 5, last: bars.length - 2, label: t('bridge.outside') },
              ]
        }
        onOpen={(key) => onOpen(`amount:${key}`)}
      />
    </ChartFrame>
  );
}
const unitOf = (currency: string) => format.money(0, currency).split(' ').slice(1).join(' ');
const sign = (value: number) => format.signed(value > 0 ? 1 : -1).replace(/[1۱]/, '');

/** What of the period stands closed, and what was learnt since. */
function ClosedChips({ period, onOpen }: { period: Period; onOpen: (open: string) => void }) {
  const { t } = useTranslation('retention');
  const closed = useClosed();
  const latest = closed.data?.data
    .filter((one) => addDays(one.to_day, -1) <= period.to)
    .sort((x, y) => (x.to_day < y.to_day ? 1 : -1))[0];
  const restated = useRestated(latest?.label);
  const count = restated.data?.restated_accounts ?? 0;
  return (
    <span className={css.chips}>
      <button type="button" className={css.chip} onClick={() => onOpen('books')}>
        <IconLock size={13} aria-hidden="true" />
        {latest ? t('closed.chip', { day: format.day(addDays(latest.to_day, -1)) }) : t('closed.open_books')}
      </button>
      {latest && count > 0 && (
        <button type="button" className={css.chip} onClick={() => onOpen(`closed:${latest.label}`)}>
          {t('closed.count', { count, n: format.int(count) })}
        </button>
      )}
    </span>
  );
}

function Split({
  search,
  query,
  currency,
  mode,
}: {
  search: RetentionSearch;
  query: { queryKey: unknown[]; queryFn: () => Promise<Retention> };
  currency: string;
  mode: Mode;
}) {
  const { t } = useTranslation('retention');
  const answer = useQuery(query);
  const splits = useSplits();
  const name = useGroupName(search.split);
  const by = splits.data?.find((one) => one.value === search.split)?.label ?? search.split;
  return (
    <ChartFrame
      title={t('split.title', { by })}
      file="retention-split"
      definition={t('split.definition')}
      table={{
        columns: [t('insight:group'), t('split.customers'), ...keys[mode].map((key) => t(`name.${key}`))],
        rows: (answer.data?.periods ?? []).map((row) => [
          name(row.group ?? null),
          row.amounts.customers_start ?? 0,
          ...keys[mode].map((key) => valueText(row.figures[key]!, key === 'quick_ratio', '–')),
        ]),
      }}
    >
      {answer.error ? (
        <ErrorNote error={answer.error} onRetry={() => answer.refetch()} />
      ) : (
        <Rows
          label={t('split.title', { by })}
          rows={answer.data?.periods.filter((row) => row.amounts.customers_start || row.amounts.end)}
          rowKey={(row) => row.group ?? ''}
          columns={[
            { key: 'group', title: t('insight:group'), render: (row) => <bdi>{name(row.group ?? null)}</bdi> },
            {
              key: 'n',
              title: t('split.customers'),
              numeric: true,
              render: (row) => format.int(row.amounts.customers_start ?? 0),
            },
            {
              key: 'arr',
              title: t('rows.start'),
              numeric: true,
              render: (row) => format.amount(row.amounts.start ?? 0, currency),
            },
            ...keys[mode].map((key) => ({
              key,
              title: t(`name.${key}`),
              numeric: true,
              render: (row: RetentionPeriod) =>
                (row.amounts.customers_start ?? 0) < least ? (
                  <span className="dim">{t('split.few')}</span>
                ) : (
                  <>
                    {valueText(row.figures[key]!, key === 'quick_ratio', '–')}{' '}
                    {row.figures[key]!.low !== null && (
                      <span className="dim">
                        {t('insight:margin', {
                          margin: format.number((row.figures[key]!.high! - row.figures[key]!.low!) * 50, 1),
                        })}
                      </span>
                    )}
                  </>
                ),
            })),
          ]}
        />
      )}
    </ChartFrame>
  );
}

/** Of each of the last thirteen months: the twelve months that end with it. */
function Lines({ period, search, onOpen }: { period: Period; search: RetentionSearch; onOpen: (open: string) => void }) {
  const { t } = useTranslation('retention');
  const end = startOf(period.to, 'month', period.calendar);
  let from = end;
  for (let i = 0; i < 12; i++) from = previousOf(from, 'month', period.calendar);
  const mode = search.mode === 'flow' ? 'flow' : 'snapshot';
  const index = mode === 'flow' ? undefined : search.index;
  const query = useQuery({
    queryKey: ['retention', 'lines', from, end, period.calendar, mode, search.segment, index],
    queryFn: () =>
      ask<Retention>('GET', '/api/v1/retention', {
        query: {
          by: 'month',
          span: 12,
          from,
          to: addDays(end, 27),
          calendar: period.calendar,
          mode,
          segment: search.segment,
          index,
        },
      }),
    placeholderData: keepPreviousData,
  });
  const points = useMemo(() => query.data?.periods ?? [], [query.data]);
  const chart = useMemo(() => {
    const of = (key: string) =>
      points.map((one) => ((one.amounts.customers_start ?? 0) < least ? null : (one.figures[key]?.value ?? null)));
    const both = [of('nrr'), of('grr')] as const;
    const known = both.flat().filter((value) => value !== null);
    const low = Math.min(1, ...known);
    const high = Math.max(1, ...known);
    const pad = Math.max(0.02, (high - low) * 0.12);
    return {
      days: points.map((one) => addDays(one.to, -1)),
      series: [
        { label: t('lines.net'), values: both[0] },
        { label: t('lines.gross'), values: both[1], second: true },
      ],
      scale: [low - pad, high + pad] as [number, number],
      known: known.length,
    };
  }, [points, t]);
  const pick = useCallback(
    (day: Day) => {
      const one = points.find((point) => addDays(point.to, -1) === day);
      if (one) onOpen(`point:${one.period}`);
    },
    [points, onOpen],
  );
  const last = points.at(-1);
  return (
    <ChartFrame
      title={t('lines.title')}
      file="retention-12-months"
      finding={
        last?.figures.nrr?.value == null || last.figures.grr?.value == null
          ? undefined
          : t('lines.finding', {
              net: format.percent(last.figures.nrr.value, 1),
              gross: format.percent(last.figures.grr.value, 1),
            })
      }
      definition={t('lines.definition')}
      table={{
        columns: [t('lines.ends'), t('lines.net'), t('lines.gross')],
        rows: points.map((one) => [
          format.day(addDays(one.to, -1), 'short'),
          ...['nrr', 'grr'].map((key) => (one.figures[key]?.value == null ? null : format.percent(one.figures[key].value, 1))),
        ]),
      }}
    >
      {query.error && !query.data ? (
        <ErrorNote error={query.error} onRetry={() => query.refetch()} />
      ) : query.isPending ? (
        <Skeleton rows={4} />
      ) : chart.known < 2 ? (
        <p className="quiet">{t('lines.short')}</p>
      ) : (
        <TimeSeries
          days={chart.days}
          series={chart.series}
          scale={chart.scale}
          show={percent}
          showDay={month}
          named
          level={1}
          height={300}
          onOpen={pick}
        />
      )}
    </ChartFrame>
  );
}
const percent = (value: number) => format.percent(value, 1);
const month = (day: Day) => format.day(day, 'month');
