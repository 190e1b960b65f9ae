/** Adoption: who uses what was sold, how broadly and how often, who comes and who falls silent. */
import { SegmentedControl } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { AccountLink } from '@/components/AccountLink';
import { ChartFrame } from '@/components/ChartFrame';
import { Columns } from '@/components/Columns';
import { Trend } from '@/components/Health';
import { HeatMap } from '@/components/HeatMap';
import { Empty, ErrorNote, Figure, Lead, Loaded, PageHead, PageTabs, Section, Skeleton } from '@/components/Page';
import { PeriodPicker } from '@/components/PeriodPicker';
import { Printed, SegmentPicker, useGroupName, useSplits } from '@/components/SegmentPicker';
import { SideDrawer } from '@/components/SideDrawer';
import { Rows } from '@/components/Table';
import { TimeSeries } from '@/components/TimeSeries';
import { ask, type Page } from '@/lib/api';
import type { components } from '@/lib/api.gen';
import { addDays, type Day, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { type Period, periodWords, resolvePeriod } from '@/lib/period';
import { titled } from '@/lib/words';
import css from './AdoptionPage.module.css';
import { type ActivityChurn, type Adoption, type FeatureUse, type HeatTable, type Licences, tabs } from './api';
import type { AdoptionSearch } from './routes';

const route = getRouteApi('/shell/insight/adoption');
const least = 10;
const share = (value: number | null, decimals = 0) => (value === null ? '–' : format.percent(value, decimals));
const percent = (value: number) => format.percent(value);

export function AdoptionPage() {
  const { t } = useTranslation('adoption');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = useCallback(
    (change: Partial<AdoptionSearch>) =>
      navigate({ search: (old) => ({ ...old, ...change }), replace: !('tab' in change || 'feature' in change) }),
    [navigate],
  );
  const period = resolvePeriod(search, { by: 'month', last: 12 });
  const tab = search.tab ?? 'use';
  const timed = tab === 'use' || tab === 'features' || tab === 'accounts';
  const names = useFeatureNames();
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
            active={tab}
            tabs={tabs.map((key) => ({ key, label: t(`tab.${key}`) }))}
            onChange={(key) => go({ tab: key === 'use' ? undefined : (key as AdoptionSearch['tab']) })}
          />
        }
      >
        {timed && <PeriodPicker period={period} onChange={go} />}
        <SegmentPicker search={search} onChange={go} split={tab === 'use'} />
      </PageHead>
      {tab === 'use' && <Use search={search} period={period} go={go} />}
      {tab === 'features' && <Features search={search} period={period} names={names} go={go} />}
      {tab === 'accounts' && <Accounts search={search} period={period} names={names} go={go} />}
      {tab === 'licences' && <LicencesTab segment={search.segment} />}
      {tab === 'drops' && <Drops segment={search.segment} />}
      <SideDrawer
        opened={search.feature !== undefined}
        onClose={() => go({ feature: undefined })}
        title={search.feature && <bdi>{names(search.feature)}</bdi>}
      >
        {search.feature && <WhoUses feature={search.feature} period={period} segment={search.segment} />}
      </SideDrawer>
    </>
  );
}

type Feature = components['schemas']['Feature'];
/** The names of features in the language of the page. */
function useFeatureNames() {
  const { data } = useQuery({
    queryKey: ['features'],
    queryFn: () => ask<Page<Feature>>('GET', '/api/v1/features', { query: { limit: 200 } }),
  });
  return useCallback(
    (key: string) => {
      const feature = data?.data.find((one) => one.key === key);
      return feature ? titled({ ...feature, key }) : key;
    },
    [data],
  );
}

const series = (period: Period) => ({
  by: period.by,
  from: period.from,
  to: period.to,
  calendar: period.calendar,
});
/** The last whole period of the choice as the API's one period, or the days before its end. */
const one = (period: Period) => ({ as_of: addDays(period.to, 1) <= format.today() ? addDays(period.to, 1) : undefined });

function Use({ search, period, go }: { search: AdoptionSearch; period: Period; go: (change: Partial<AdoptionSearch>) => void }) {
  const { t } = useTranslation('adoption');
  const query = useQuery({
    queryKey: ['adoption', series(period), search.segment],
    queryFn: () => ask<Page<Adoption>>('GET', '/api/v1/adoption', { query: { ...series(period), segment: search.segment } }),
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(() => query.data?.data ?? [], [query.data]);
  const lines = useMemo(
    () => ({
      days: rows.map((row) => row.from),
      series: [
        { label: 'WAU/MAU', values: rows.map((row) => row.wau_mau) },
        { label: 'DAU/MAU', values: rows.map((row) => row.working_dau_mau), second: true },
      ],
      scale: [0, Math.max(0.1, ...rows.flatMap((row) => [row.wau_mau ?? 0])) * 1.15] as [number, number],
    }),
    [rows],
  );
  const showDay = useCallback(
    (day: Day) => {
      const row = rows.find((one) => one.from === day);
      return row?.period ? periodWords(row.period) : format.day(day, 'brief');
    },
    [rows],
  );
  if (query.error && !query.data) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (query.isPending) return <Skeleton rows={10} />;
  const now = rows.at(-1);
  const before = rows.at(-2);
  if (!now || rows.every((row) => !row.events)) return <Empty title={t('none')}>{t('none_text')}</Empty>;
  const unit = search.people ? 'people' : 'accounts';
  const value = (row: Adoption, kind: 'new' | 'returning' | 'resurrecting' | 'dormant') => row[`${unit}_${kind}`];
  const figures: [string, string, string, number | null, number][] = [
    ['breadth', share(now.breadth), t('about.breadth'), diff(now.breadth, before?.breadth, 100), 1],
    ['wau_mau', share(now.wau_mau), t('about.wau_mau'), diff(now.wau_mau, before?.wau_mau, 100), 1],
    [
      'working_dau_mau',
      share(now.working_dau_mau, 1),
      t('about.working_dau_mau'),
      diff(now.working_dau_mau, before?.working_dau_mau, 100),
      1,
    ],
    [
      'days_per_week',
      now.days_per_week === null ? '–' : format.number(now.days_per_week, 1),
      t('about.days_per_week'),
      diff(now.days_per_week, before?.days_per_week, 1),
      1,
    ],
    [
      'events_per_person',
      now.events_per_person === null ? '–' : format.number(now.events_per_person, 1),
      t('about.events_per_person'),
      diff(now.events_per_person, before?.events_per_person, 1),
      1,
    ],
    [
      'power_users',
      format.int(now.power_users),
      t('about.power_users', { share: share(now.power_share, 1) }),
      diff(now.power_users, before?.power_users, 1),
      0,
    ],
  ];
  const words = (row: Adoption) => (row.period ? periodWords(row.period) : format.day(row.from));
  return (
    <>
      <Lead
        then={t('lead.then', {
          fresh: format.int(now.accounts_new),
          back: format.int(now.accounts_resurrecting),
          silent: format.int(now.accounts_dormant),
        })}
      >
        {t('lead.use', {
          period: words(now),
          people: format.int(now.people),
          active: format.int(now.active_accounts),
          all: format.int(now.accounts),
        })}
      </Lead>
      <div className={css.strip}>
        {figures.map(([key, text, note, change, decimals]) => (
          <Figure
            key={key}
            label={t(`name.${key}`)}
            value={now.people < least ? '–' : text}
            change={
              now.people < least || change === null ? null : <Moved change={change} noise={noise(key, now)} decimals={decimals} />
            }
            note={now.people < least ? t('insight:few_of', { n: format.int(now.people) }) : note}
          />
        ))}
      </div>
      <ChartFrame
        title={t('life.title', { unit: t(`unit.${unit}`) })}
        file="adoption-lifecycle"
        finding={t('life.finding', {
          period: words(now),
          fresh: format.int(value(now, 'new')),
          stayed: format.int(value(now, 'returning')),
          back: format.int(value(now, 'resurrecting')),
          silent: format.int(value(now, 'dormant')),
        })}
        definition={t('life.definition')}
        aside={
          <SegmentedControl
            size="xs"
            aria-label={t('life.unit')}
            value={unit}
            data={(['accounts', 'people'] as const).map((key) => ({ value: key, label: t(`unit.${key}`) }))}
            onChange={(key) => go({ people: key === 'people' || undefined })}
          />
        }
        table={{
          columns: [t('period'), ...(['new', 'returning', 'resurrecting', 'dormant'] as const).map((kind) => t(`life.${kind}`))],
          rows: rows.map((row) => [
            words(row),
            ...(['new', 'returning', 'resurrecting', 'dormant'] as const).map((kind) => format.int(value(row, kind))),
          ]),
        }}
      >
        <Columns
          label={t('life.title', { unit: t(`unit.${unit}`) })}
          show={format.compact}
          columns={rows.map((row) => ({
            key: row.from,
            label: words(row),
            text: format.int(value(row, 'new') + value(row, 'returning') + value(row, 'resurrecting')),
            title: t('life.finding', {
              period: words(row),
              fresh: format.int(value(row, 'new')),
              stayed: format.int(value(row, 'returning')),
              back: format.int(value(row, 'resurrecting')),
              silent: format.int(value(row, 'dormant')),
            }),
            parts: [
              { value: value(row, 'returning'), colour: 'var(--v-data-fill)' },
              { value: value(row, 'resurrecting'), colour: 'var(--v-data2)' },
              { value: value(row, 'new'), colour: 'var(--v-good-fill)' },
              { value: -value(row, 'dormant'), colour: 'var(--v-unknown-fill)' },
            ],
          }))}
          legend={[
            { colour: 'var(--v-good-fill)', label: t('life.new') },
            { colour: 'var(--v-data2)', label: t('life.resurrecting') },
            { colour: 'var(--v-data-fill)', label: t('life.returning') },
            { colour: 'var(--v-unknown-fill)', label: t('life.dormant') },
          ]}
        />
      </ChartFrame>
      <div className={css.halves}>
        <ChartFrame
          title={t('sticky.title')}
          file="adoption-stickiness"
          finding={t('sticky.finding', { wau: share(now.wau_mau), dau: share(now.working_dau_mau, 1) })}
          definition={t('sticky.definition')}
          table={{
            columns: [t('period'), 'WAU/MAU', 'DAU/MAU'],
            rows: rows.map((row) => [words(row), share(row.wau_mau, 1), share(row.working_dau_mau, 1)]),
          }}
        >
          {rows.length < 2 ? (
            <p className="quiet">{t('sticky.short')}</p>
          ) : (
            <TimeSeries
              days={lines.days}
              series={lines.series}
              scale={lines.scale}
              show={percent}
              showDay={showDay}
              named
              height={220}
            />
          )}
        </ChartFrame>
        <Churn search={search} period={period} />
      </div>
      {search.split && <Split search={search} period={period} />}
      {now.unjudged > 0 && (
        <Section>
          <p className="quiet">{t('insight:unjudged', { count: now.unjudged, n: format.int(now.unjudged) })}</p>
        </Section>
      )}
    </>
  );
}
/** In points: what the share of so many cases moves by chance alone; of means no margin is known. */
function noise(key: string, row: Adoption): number {
  const ratio =
    key === 'wau_mau' ? row.wau_mau : key === 'working_dau_mau' ? row.working_dau_mau : key === 'breadth' ? row.breadth : null;
  const cases = key === 'breadth' ? row.active_accounts : row.people;
  return ratio === null ? Number.POSITIVE_INFINITY : 100 * 1.96 * Math.sqrt((2 * ratio * (1 - ratio)) / Math.max(1, cases));
}
/** An arrow only beyond noise. */
const Moved = ({ change, noise, decimals }: { change: number; noise: number; decimals: number }) =>
  Math.abs(change) > noise ? (
    <Trend change={change} decimals={decimals} />
  ) : (
    <span className="dim">{format.signed(change, decimals)}</span>
  );
const diff = (now: number | null, before: number | null | undefined, times: number) =>
  now === null || before === null || before === undefined ? null : (now - before) * times;

function Churn({ search, period }: { search: AdoptionSearch; period: Period }) {
  const { t } = useTranslation('adoption');
  const unit = search.people ? 'person' : 'account';
  const query = useQuery({
    queryKey: ['adoption', 'churn', series(period), search.segment, unit],
    queryFn: () =>
      ask<Page<ActivityChurn>>('GET', '/api/v1/adoption/churn', { query: { ...series(period), segment: search.segment, unit } }),
    placeholderData: keepPreviousData,
  });
  return (
    <Loaded query={query}>
      {({ data }) => {
        const now = data.at(-1);
        const words = (row: ActivityChurn) => (row.period ? periodWords(row.period) : format.day(row.from));
        return (
          <ChartFrame
            title={t('churn.title')}
            file="activity-churn"
            finding={
              now && t('churn.finding', { period: words(now), churned: format.int(now.churned), start: format.int(now.start) })
            }
            definition={t('churn.definition')}
            table={{
              columns: [t('period'), t('churn.start'), t('churn.churned'), t('churn.joined'), t('churn.end'), t('churn.title')],
              rows: data.map((row) => [
                words(row),
                format.int(row.start),
                format.int(row.churned),
                format.int(row.joined),
                format.int(row.end),
                share(row.churn, 1),
              ]),
            }}
          >
            <Columns
              label={t('churn.title')}
              show={percent}
              columns={data.map((row) => ({
                key: row.from,
                label: words(row),
                parts: [{ value: row.churn ?? 0, colour: 'var(--v-data-fill)' }],
                text: share(row.churn, 1),
                few: row.start < least ? t('few') : undefined,
                title: t('churn.finding', { period: words(row), churned: format.int(row.churned), start: format.int(row.start) }),
              }))}
            />
          </ChartFrame>
        );
      }}
    </Loaded>
  );
}

function Split({ search, period }: { search: AdoptionSearch; period: Period }) {
  const { t } = useTranslation('adoption');
  const name = useGroupName(search.split);
  const splits = useSplits();
  const by = splits.data?.find((row) => row.value === search.split)?.label ?? search.split;
  const query = useQuery({
    queryKey: ['adoption', 'split', one(period), search.segment, search.split],
    queryFn: () =>
      ask<Page<Adoption>>('GET', '/api/v1/adoption', { query: { ...one(period), segment: search.segment, split: search.split } }),
  });
  return (
    <Loaded query={query}>
      {({ data }) => (
        <ChartFrame
          title={t('split', { by })}
          hint={t('last_28', { day: format.day(period.to) })}
          file="adoption-split"
          table={{
            columns: [
              t('insight:group'),
              t('name.active'),
              t('name.people'),
              t('name.breadth'),
              'WAU/MAU',
              t('name.days_per_week'),
            ],
            rows: data.map((row) => [
              name(row.group),
              row.active_accounts,
              row.people,
              share(row.breadth),
              share(row.wau_mau),
              row.days_per_week === null ? '–' : format.number(row.days_per_week, 1),
            ]),
          }}
        >
          <Rows
            label={t('split', { by })}
            rows={data}
            rowKey={(row) => row.group ?? ''}
            columns={[
              { key: 'group', title: t('insight:group'), render: (row) => <bdi>{name(row.group)}</bdi> },
              { key: 'active', title: t('name.active'), numeric: true, render: (row) => format.int(row.active_accounts) },
              { key: 'people', title: t('name.people'), numeric: true, render: (row) => format.int(row.people) },
              {
                key: 'breadth',
                title: t('name.breadth'),
                numeric: true,
                render: (row) => (row.people < least ? t('few') : share(row.breadth)),
              },
              {
                key: 'wau',
                title: 'WAU/MAU',
                numeric: true,
                render: (row) => (row.people < least ? t('few') : share(row.wau_mau)),
              },
              {
                key: 'days',
                title: t('name.days_per_week'),
                numeric: true,
                render: (row) =>
                  row.people < least || row.days_per_week === null ? t('few') : format.number(row.days_per_week, 1),
              },
            ]}
          />
        </ChartFrame>
      )}
    </Loaded>
  );
}

function Features({
  search,
  period,
  names,
  go,
}: {
  search: AdoptionSearch;
  period: Period;
  names: (key: string) => string;
  go: (change: Partial<AdoptionSearch>) => void;
}) {
  const { t } = useTranslation('adoption');
  const query = useQuery({
    queryKey: ['adoption', 'features', one(period), search.segment],
    queryFn: () =>
      ask<Page<FeatureUse>>('GET', '/api/v1/adoption/features', { query: { ...one(period), segment: search.segment } }),
  });
  return (
    <Loaded query={query}>
      {({ data }) => {
        const rows = [...data].sort((a, b) => (b.share ?? -1) - (a.share ?? -1));
        const core = rows.filter((row) => row.core && row.share !== null);
        const weakest = core.at(-1);
        if (!rows.length) return <Empty title={t('features.none')}>{t('features.none_text')}</Empty>;
        return (
          <>
            {weakest && (
              <Lead then={t('features.then')}>
                {t('features.lead', {
                  feature: names(weakest.feature),
                  using: format.int(weakest.using),
                  all: format.int(weakest.entitled),
                })}
              </Lead>
            )}
            <ChartFrame
              title={t('features.title')}
              hint={t('last_28', { day: format.day(period.to) })}
              file="feature-adoption"
              definition={t('features.definition')}
              table={{
                columns: [
                  t('features.name'),
                  t('features.core'),
                  t('features.entitled'),
                  t('features.using'),
                  t('features.share'),
                  t('name.people'),
                  t('features.people_share'),
                  t('features.beyond'),
                  t('features.events'),
                ],
                rows: rows.map((row) => [
                  names(row.feature),
                  row.core ? t('features.is_core') : '',
                  format.int(row.entitled),
                  format.int(row.using),
                  share(row.share),
                  format.int(row.people),
                  share(row.people_share),
                  format.int(row.beyond_plan),
                  format.int(row.events),
                ]),
              }}
            >
              <Rows
                label={t('features.title')}
                rows={rows}
                rowKey={(row) => row.feature}
                onOpen={(row) => go({ feature: row.feature })}
                columns={[
                  {
                    key: 'name',
                    title: t('features.name'),
                    render: (row) => (
                      <>
                        <bdi className="name">{names(row.feature)}</bdi>{' '}
                        {row.core && <span className="dim">{t('features.is_core')}</span>}
                      </>
                    ),
                  },
                  {
                    key: 'share',
                    title: t('features.share'),
                    render: (row) =>
                      row.entitled < least ? (
                        <span className="dim">{t('few')}</span>
                      ) : (
                        <>
                          <span className={css.bar} aria-hidden="true">
                            <i style={{ width: `${Math.round(100 * (row.share ?? 0))}%` }} />
                          </span>
                          {share(row.share)}
                        </>
                      ),
                  },
                  {
                    key: 'using',
                    title: t('features.using'),
                    numeric: true,
                    render: (row) => t('features.of', { using: format.int(row.using), all: format.int(row.entitled) }),
                  },
                  { key: 'people', title: t('name.people'), numeric: true, render: (row) => format.int(row.people) },
                  {
                    key: 'people_share',
                    title: t('features.people_share'),
                    numeric: true,
                    render: (row) => share(row.people_share),
                  },
                  { key: 'beyond', title: t('features.beyond'), numeric: true, render: (row) => format.int(row.beyond_plan) },
                  { key: 'unknown', title: t('features.unknown'), numeric: true, render: (row) => format.int(row.plan_unknown) },
                ]}
              />
            </ChartFrame>
          </>
        );
      }}
    </Loaded>
  );
}

const useHeat = (period: Period, segment: string | undefined, limit: number) =>
  useQuery({
    queryKey: ['adoption', 'heatmap', one(period), segment, limit],
    queryFn: () => ask<HeatTable>('GET', '/api/v1/adoption/heatmap', { query: { ...one(period), segment, limit } }),
  });

/** Behind a feature: the accounts that use it, and those whose plan has it and do not. */
function WhoUses({ feature, period, segment }: { feature: string; period: Period; segment?: string }) {
  const { t } = useTranslation('adoption');
  const query = useHeat(period, segment, 500);
  return (
    <Loaded query={query}>
      {(heat) => {
        const at = heat.features.indexOf(feature);
        const rows = heat.data
          .map((row) => ({ ...row, events: row.cells[at] ?? null }))
          .filter((row) => row.events !== null)
          .sort((a, b) => (a.events ?? 0) - (b.events ?? 0));
        const idle = rows.filter((row) => row.events === 0).length;
        return (
          <div className={css.stack}>
            <p>{t('features.idle', { count: idle, n: format.int(idle), all: format.int(rows.length) })}</p>
            <p className="quiet">{t('last_28', { day: format.day(period.to) })}</p>
            <Rows
              label={t('features.accounts')}
              rows={rows}
              rowKey={(row) => row.account}
              columns={[
                { key: 'name', title: t('insight:account'), render: (row) => <AccountLink id={row.account} name={row.name} /> },
                {
                  key: 'events',
                  title: t('features.events'),
                  numeric: true,
                  render: (row) => (row.events ? format.int(row.events) : t('features.not_used')),
                },
              ]}
            />
            {heat.data.length === 500 && <p className="dim">{t('features.most')}</p>}
          </div>
        );
      }}
    </Loaded>
  );
}

function Accounts({
  search,
  period,
  names,
  go,
}: {
  search: AdoptionSearch;
  period: Period;
  names: (key: string) => string;
  go: (change: Partial<AdoptionSearch>) => void;
}) {
  const { t } = useTranslation('adoption');
  const query = useHeat(period, search.segment, 40);
  return (
    <Loaded query={query}>
      {(heat) => {
        if (!heat.data.length) return <Empty title={t('none')}>{t('none_text')}</Empty>;
        const most = Math.max(...heat.data.flatMap((row) => row.cells.map((cell) => cell ?? 0)));
        const idle = heat.data.reduce((sum, row) => sum + row.cells.filter((cell) => cell === 0).length, 0);
        return (
          <>
            <Lead>{t('heat.lead', { count: idle, n: format.int(idle), accounts: format.int(heat.data.length) })}</Lead>
            <ChartFrame
              title={t('heat.title')}
              hint={t('last_28', { day: format.day(period.to) })}
              file="feature-heatmap"
              finding={t('heat.lead', { count: idle, n: format.int(idle), accounts: format.int(heat.data.length) })}
              definition={t('heat.definition')}
              table={{
                columns: [t('insight:account'), ...heat.features.map(names), t('heat.total')],
                rows: heat.data.map((row) => [row.name, ...row.cells, row.total]),
              }}
            >
              <HeatMap
                label={t('heat.title')}
                size={30}
                ramp={{ kind: 'sequential', most: Math.sqrt(most) }}
                columns={heat.features.map((key) => <bdi key={key}>{names(key)}</bdi>)}
                onOpen={(_, column) => go({ feature: heat.features[column] })}
                legend={[t('heat.few'), t('heat.many')]}
                rows={heat.data.map((row) => ({
                  key: row.account,
                  label: <AccountLink id={row.account} name={row.name} />,
                  after: format.int(row.total),
                  cells: row.cells.map((cell, i) => ({
                    // The root keeps a few large customers from paling all others.
                    value: cell === null ? null : Math.sqrt(cell),
                    text: cell ? format.int(cell) : '',
                    title: t(cell === null ? 'heat.not_in_plan' : 'heat.cell', {
                      account: row.name,
                      feature: names(heat.features[i]!),
                      n: format.int(cell ?? 0),
                    }),
                  })),
                }))}
              />
            </ChartFrame>
          </>
        );
      }}
    </Loaded>
  );
}

function LicencesTab({ segment }: { segment?: string }) {
  const { t } = useTranslation('adoption');
  const query = useQuery({
    queryKey: ['adoption', 'licences', segment],
    queryFn: () => ask<{ data: Licences[] }>('GET', '/api/v1/adoption/licences', { query: { segment } }),
  });
  return (
    <Loaded query={query}>
      {({ data }) => {
        const seats = data.reduce((sum, row) => sum + row.seats, 0);
        const people = data.reduce((sum, row) => sum + row.people, 0);
        const idle = data.reduce((sum, row) => sum + row.idle, 0);
        if (!seats) return <Empty title={t('licences.none')}>{t('licences.none_text')}</Empty>;
        const age = (row: Licences) =>
          row.age_to === null
            ? t('licences.older', { from: format.int(row.age_from) })
            : t('licences.age', { from: format.int(row.age_from), to: format.int(row.age_to) });
        return (
          <>
            <Lead then={idle ? t('licences.idle', { count: idle, n: format.int(idle) }) : undefined}>
              {t('licences.lead', {
                people: format.int(people),
                seats: format.int(seats),
                share: format.percent(people / seats),
              })}
            </Lead>
            <ChartFrame
              title={t('licences.title')}
              file="licences-by-age"
              definition={t('licences.definition')}
              finding={t('licences.lead', {
                people: format.int(people),
                seats: format.int(seats),
                share: format.percent(people / seats),
              })}
              table={{
                columns: [
                  t('licences.days'),
                  t('licences.accounts'),
                  t('licences.seats'),
                  t('name.people'),
                  t('licences.use'),
                  t('licences.median'),
                  t('licences.over'),
                  t('common:unknown'),
                ],
                rows: data.map((row) => [
                  age(row),
                  row.accounts,
                  row.seats,
                  row.people,
                  share(row.utilisation),
                  share(row.median),
                  row.over,
                  row.unknown,
                ]),
              }}
            >
              <Columns
                label={t('licences.title')}
                show={percent}
                height={260}
                scale={[0, Math.max(1, ...data.map((row) => row.utilisation ?? 0))]}
                columns={data.map((row) => ({
                  key: String(row.age_from),
                  label: age(row),
                  parts: [{ value: row.utilisation ?? 0, colour: 'var(--v-data-fill)' }],
                  text: share(row.utilisation),
                  few: row.accounts < least ? t('insight:few_of', { n: format.int(row.accounts) }) : undefined,
                  title: t('licences.bar', {
                    age: age(row),
                    share: share(row.utilisation),
                    people: format.int(row.people),
                    seats: format.int(row.seats),
                    accounts: format.int(row.accounts),
                  }),
                }))}
              />
            </ChartFrame>
          </>
        );
      }}
    </Loaded>
  );
}

type Drop = components['schemas']['UsageDrop'];
function Drops({ segment }: { segment?: string }) {
  const { t } = useTranslation('adoption');
  const query = useQuery({
    queryKey: ['adoption', 'drops', segment],
    queryFn: () =>
      ask<Page<Drop> & { drops: number; judged: number; without_base: number; source_silent: boolean }>(
        'GET',
        '/api/v1/adoption/drops',
        {
          query: { segment, limit: 200 },
        },
      ),
  });
  return (
    <Loaded query={query}>
      {(answer) => (
        <>
          <Lead then={t('drops.then', { judged: format.int(answer.judged), without: format.int(answer.without_base) })}>
            {answer.source_silent ? t('drops.silent') : t('drops.lead', { count: answer.drops, n: format.int(answer.drops) })}
          </Lead>
          <Section title={t('drops.title')}>
            <Rows
              label={t('drops.title')}
              rows={answer.data}
              rowKey={(row) => row.account ?? ''}
              empty={t('drops.none')}
              columns={[
                {
                  key: 'name',
                  title: t('insight:account'),
                  render: (row) => <AccountLink id={row.account ?? ''} name={row.name ?? null} />,
                },
                { key: 'people', title: t('drops.people'), render: (row) => fell(row.people_usual, row.people_now) },
                {
                  key: 'people_by',
                  title: t('drops.beyond'),
                  numeric: true,
                  render: (row) => (row.people_deviation == null ? '–' : format.number(Math.abs(row.people_deviation), 1)),
                },
                { key: 'events', title: t('drops.events'), render: (row) => fell(row.events_usual, row.events_now) },
                {
                  key: 'events_by',
                  title: t('drops.beyond'),
                  numeric: true,
                  render: (row) => (row.events_deviation == null ? '–' : format.number(Math.abs(row.events_deviation), 1)),
                },
              ]}
            />
            <p className="dim">{t('drops.definition')}</p>
          </Section>
        </>
      )}
    </Loaded>
  );
}
const fell = (usual: number | null | undefined, now: number | null | undefined) =>
  usual == null || now == null
    ? '–'
    : `${format.number(usual, 1)} ${format.options.language === 'fa' ? '←' : '→'} ${format.number(now, 1)}`;
