/** Use over time beside its usual range, features by week, and the people behind it. */
import { SegmentedControl, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { ChartFrame } from '@/components/ChartFrame';
import { HeatMap } from '@/components/HeatMap';
import { Loaded, Section } from '@/components/Page';
import { TimeSeries } from '@/components/TimeSeries';
import { addDays, type Day, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import css from './Account.module.css';
import type { TabProps } from './AccountPage';
import { PeopleTable } from './PeopleTab';
import { featuresOf, peopleOf, usageOf } from './queries';
import type { Features, Usage } from './shape';

const whole = (value: number) => format.int(Math.round(value));

export function UsageTab(props: TabProps) {
  const { t } = useTranslation('account');
  return (
    <>
      <UsageChart {...props} full />
      <FeatureMap {...props} weeks={26} />
      <Section id="users" title={t('people.users')} hint={t('people.users_hint')}>
        <PeopleTable {...props} active />
      </Section>
    </>
  );
}

export function UsageChart({ id, search, full = false }: TabProps & { full?: boolean }) {
  const { t } = useTranslation('account');
  const [by, setBy] = useState<'week' | 'day'>('week');
  const [measure, setMeasure] = useState('users');
  const [feature, setFeature] = useState<string | null>(null);
  const to = search.as_of && addDays(search.as_of, -1);
  const usage = useQuery(usageOf(id, { by, measure, feature: feature ?? undefined, to }));
  const features = useQuery({ ...featuresOf(id, 13, search.as_of), enabled: full });
  const people = useQuery(peopleOf(id, search.as_of));
  const left = useMemo(
    () =>
      (people.data?.data ?? [])
        .filter((person) => person.left && person.key_role && person.left_at)
        .map((person) => ({ day: format.wall(person.left_at!).day, label: t(`left_short.${person.key_role}`) })),
    [people.data, t],
  );
  return (
    <Loaded query={usage} rows={5}>
      {(data) => (
        <Series
          usage={data}
          events={left}
          title={t(`usage.${measure}`)}
          aside={
            full && (
              <span className={css.days}>
                <Select
                  aria-label={t('usage.feature')}
                  placeholder={t('usage.all_features')}
                  size="xs"
                  w={150}
                  clearable
                  allowDeselect
                  value={feature}
                  onChange={setFeature}
                  data={(features.data?.data ?? []).map((one) => ({ value: one.feature, label: one.title }))}
                />
                <SegmentedControl
                  size="xs"
                  aria-label={t('usage.measure')}
                  value={measure}
                  onChange={setMeasure}
                  data={['users', 'events', 'active_days'].map((value) => ({ value, label: t(`usage.short_${value}`) }))}
                />
                <SegmentedControl
                  size="xs"
                  aria-label={t('usage.by')}
                  value={by}
                  onChange={(value) => setBy(value as 'week' | 'day')}
                  data={['week', 'day'].map((value) => ({ value, label: t(`usage.${value}`) }))}
                />
              </span>
            )
          }
          height={full ? 240 : 200}
        />
      )}
    </Loaded>
  );
}

function Series({
  usage,
  events,
  title,
  aside,
  height,
}: {
  usage: Usage;
  events: { day: Day; label: string }[];
  title: string;
  aside: React.ReactNode;
  height: number;
}) {
  const { t } = useTranslation('account');
  const { data } = usage;
  const drawn = useMemo(() => {
    const first = data[0]?.from ?? '';
    const shown = data.filter((point) => !point.partial || data.length < 3);
    return {
      days: shown.map((point) => point.from),
      series: [{ label: title, values: shown.map((point) => point.value) }],
      range: {
        low: shown.map((point) => point.usual_low),
        high: shown.map((point) => point.usual_high),
        label: t('usage.usual'),
      },
      events: events.filter((event) => event.day >= first),
    };
  }, [data, events, title, t]);
  const last = data.findLast((point) => !point.partial && point.value !== null);
  const finding =
    last && last.value !== null
      ? last.usual_low !== null && last.usual_high !== null
        ? t(last.value < last.usual_low ? 'usage.below' : last.value > last.usual_high ? 'usage.above' : 'usage.within', {
            value: whole(last.value),
            low: format.number(last.usual_low, 1),
            high: format.number(last.usual_high, 1),
          })
        : t('usage.last', { value: whole(last.value) })
      : t('usage.none');
  return (
    <ChartFrame
      title={title}
      hint={finding}
      finding={finding}
      aside={aside}
      file="usage"
      table={{
        columns: [t('day'), title, t('usage.low'), t('usage.high')],
        rows: data.map((point) => [
          format.day(point.from, 'padded'),
          point.value === null ? null : whole(point.value),
          point.usual_low === null ? null : format.number(point.usual_low, 1),
          point.usual_high === null ? null : format.number(point.usual_high, 1),
        ]),
      }}
      definition={t('usage.definition')}
    >
      <TimeSeries {...drawn} show={whole} height={height} />
    </ChartFrame>
  );
}

export function FeatureMap({ id, search, look, weeks }: TabProps & { weeks: number }) {
  const { t } = useTranslation('account');
  const features = useQuery(featuresOf(id, weeks, search.as_of));
  return (
    <Section id="features" title={t('features.title')} hint={t('features.hint', { weeks: format.int(weeks) })}>
      <Loaded query={features} rows={6} row={24}>
        {(data) => <FeatureGrid data={data} small={weeks > 13} onOpen={() => look({ tab: 'usage' })} />}
      </Loaded>
    </Section>
  );
}

function FeatureGrid({ data, small, onOpen }: { data: Features; small: boolean; onOpen: () => void }) {
  const { t } = useTranslation('account');
  const used = data.data.filter((row) => row.entitled !== false || row.cells.some((cell) => cell));
  const most = Math.max(1, ...used.flatMap((row) => row.cells));
  const label = (row: Features['data'][number]) => (
    <bdi title={row.core ? t('features.core') : undefined} className={row.core ? 'name' : ''}>
      {row.title}
    </bdi>
  );
  if (!used.length) return <p className="quiet">{t('features.none')}</p>;
  return (
    <HeatMap
      label={t('features.title')}
      size={small ? 18 : 22}
      columns={data.weeks.map((week, i) =>
        i % (small ? 5 : 4) === 0 && i < data.weeks.length - 1 ? (
          <span key={week} className={css.week}>
            {format.day(week, 'brief')}
          </span>
        ) : (
          ''
        ),
      )}
      rows={[...used]
        .sort((a, b) => b.cells.reduce((x, y) => x + y, 0) - a.cells.reduce((x, y) => x + y, 0))
        .map((row) => ({
          key: row.feature,
          label: label(row),
          cells: row.cells.map((cell, i) => ({
            value: cell,
            title: t('features.cell', {
              feature: row.title,
              day: format.day(data.weeks[i]!, 'brief'),
              count: cell,
              n: format.int(cell),
            }),
          })),
          after: <span className={row.cells.at(-1) ? '' : 'risk'}>{format.int(row.cells.at(-1) ?? 0)}</span>,
        }))}
      ramp={{ kind: 'sequential', most }}
      legend={[t('features.nobody'), format.int(most)]}
      onOpen={onOpen}
    />
  );
}
