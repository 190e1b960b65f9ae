/** Survival: how long customers last, whether groups differ, and what goes with leaving sooner. */
import { SegmentedControl } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ChartFrame } from '@/components/ChartFrame';
import { Empty, Figure, Lead, Loaded, PageHead, Section } from '@/components/Page';
import { PeriodPicker } from '@/components/PeriodPicker';
import { useRuleCatalogue, valueText } from '@/components/rule';
import { Printed, SegmentPicker, useGroupName } from '@/components/SegmentPicker';
import { Rows } from '@/components/Table';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { resolvePeriod } from '@/lib/period';
import { own } from '@/lib/words';
import { asOf } from './api';
import { Curves, lineColours } from './Curves';
import type { SurvivalSearch } from './routes';
import css from './Value.module.css';
import type { Effects, Survival, SurvivalRow } from './worth';

type Say = (key: string, values?: Record<string, unknown>) => string;

const route = getRouteApi('/shell/insight/survival');
const percent = (value: number | null) => (value === null ? '–' : format.percent(value / 100, 1));
const months = (value: number | null) => (value === null ? '–' : format.number(value, 1));

export function SurvivalPage() {
  const { t } = useTranslation('worth');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = (change: Partial<SurvivalSearch>) => navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const period = resolvePeriod(search, { by: 'month', last: 12 });
  const name = useGroupName(search.split);
  const query = useQuery({
    queryKey: ['lifetime', 'survival', asOf(period), period.calendar, search.segment, search.split, search.groups],
    queryFn: () =>
      ask<Survival>('GET', '/api/v1/survival', {
        query: {
          as_of: asOf(period),
          calendar: period.calendar,
          segment: search.segment,
          split: search.split,
          groups: search.groups,
        },
      }),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <PageHead
        title={
          <>
            {t('survival.title')} <Printed period={period} search={search} />
          </>
        }
      >
        {search.split && (
          <SegmentedControl
            aria-label={t('survival.groups')}
            value={search.groups ?? 'start'}
            onChange={(value) => go({ groups: value === 'now' ? 'now' : undefined })}
            data={[
              { value: 'start', label: t('survival.start') },
              { value: 'now', label: t('survival.now') },
            ]}
          />
        )}
        <PeriodPicker period={period} onChange={go} units={['month', 'quarter', 'year']} />
        <SegmentPicker search={search} onChange={go} />
      </PageHead>
      <Loaded query={query}>
        {(answer) => {
          const all = answer.data[0]!;
          if (!all.lives) return <Empty title={t('survival.none')}>{own(answer.note)}</Empty>;
          const label = (row: SurvivalRow) =>
            row.group === null ? t('survival.all') : row.group === '' ? t('unknown') : name(row.group);
          const drawn = answer.data.length > 1 ? answer.data.slice(1, 1 + lineColours.length) : answer.data;
          return (
            <>
              <Lead then={own(answer.verdict) || own(answer.note)}>
                {all.at_12_low === null
                  ? t('survival.lead_short', { n: format.int(all.lives), ended: format.int(all.ended) })
                  : t('survival.lead', { share: percent(all.at_12), low: percent(all.at_12_low), high: percent(all.at_12_high) })}
              </Lead>
              <div className={css.strip}>
                <Figure
                  large
                  label={t('survival.at', { months: format.int(12) })}
                  value={percent(all.at_12)}
                  margin={all.at_12_low === null ? undefined : range(percent(all.at_12_low), percent(all.at_12_high), t)}
                />
                <Figure large label={t('survival.at', { months: format.int(36) })} value={percent(all.at_36)} />
                <Figure
                  large
                  label={t('survival.mean')}
                  value={months(all.mean)}
                  margin={all.mean_low === null ? undefined : range(months(all.mean_low), months(all.mean_high), t)}
                  note={t('survival.mean_note', { months: format.int(Math.round(answer.horizon)) })}
                />
                <Figure
                  large
                  label={t('survival.median')}
                  value={months(all.median)}
                  note={all.median === null ? t('survival.not_half') : range(months(all.median_low), months(all.median_high), t)}
                />
              </div>
              <ChartFrame
                title={t('survival.curve')}
                file="survival"
                finding={
                  own(answer.verdict) ||
                  t('survival.lead', { share: percent(all.at_12), low: percent(all.at_12_low), high: percent(all.at_12_high) })
                }
                table={{
                  columns: [
                    t('group'),
                    t('survival.month'),
                    t('survival.at_risk'),
                    t('lost'),
                    t('survival.share'),
                    t('from'),
                    t('to'),
                    t('survival.hazard'),
                  ],
                  rows: answer.data.flatMap((row) =>
                    row.curve
                      .filter((step) => step.ended > 0)
                      .map((step) => [
                        label(row),
                        step.month,
                        step.at_risk,
                        step.ended,
                        format.percent(step.share, 1),
                        format.percent(step.low, 1),
                        format.percent(step.high, 1),
                        format.number(step.hazard, 3),
                      ]),
                  ),
                }}
              >
                {drawn.length > 1 && (
                  <div className={css.legend}>
                    {drawn.map((row, i) => (
                      <span key={row.group}>
                        <i style={{ background: lineColours[i] }} />
                        <bdi>{label(row)}</bdi>
                      </span>
                    ))}
                  </div>
                )}
                <Curves
                  label={t('survival.curve')}
                  axisLabel={t('survival.axis')}
                  end={Math.max(12, Math.ceil(all.longest))}
                  lines={drawn.map((row, i) => ({
                    key: row.group ?? '',
                    label: label(row),
                    colour: lineColours[i]!,
                    steps: true,
                    points: row.curve.map((step) => ({ at: step.month, share: step.share, low: step.low, high: step.high })),
                  }))}
                />
              </ChartFrame>
              {answer.data.length > 1 && (
                <Section title={t('survival.compare')}>
                  <Rows
                    label={t('survival.compare')}
                    rows={answer.data}
                    rowKey={(row) => row.group ?? '\u0000'}
                    columns={[
                      { key: 'group', title: t('group'), render: (row) => <bdi>{label(row)}</bdi> },
                      { key: 'lives', title: t('survival.lives'), numeric: true, render: (row) => format.int(row.lives) },
                      { key: 'ended', title: t('lost'), numeric: true, render: (row) => format.int(row.ended) },
                      { key: 'expected', title: t('survival.expected'), numeric: true, render: (row) => months(row.expected) },
                      {
                        key: 'at_12',
                        title: t('survival.at', { months: format.int(12) }),
                        numeric: true,
                        render: (row) => percent(row.at_12),
                      },
                      {
                        key: 'interval',
                        title: t('interval'),
                        render: (row) =>
                          row.at_12_low === null ? '–' : range(percent(row.at_12_low), percent(row.at_12_high), t),
                      },
                      { key: 'mean', title: t('survival.mean'), numeric: true, render: (row) => months(row.mean) },
                    ]}
                  />
                </Section>
              )}
              <EffectsPart asked={{ as_of: asOf(period), calendar: period.calendar, segment: search.segment }} />
              <Section title={t('how')}>
                <p className="quiet">{own(answer.definition)}</p>
                {answer.unjudged > 0 && (
                  <p className="dim">{t('insight:unjudged', { count: answer.unjudged, n: format.int(answer.unjudged) })}</p>
                )}
              </Section>
            </>
          );
        }}
      </Loaded>
    </>
  );
}

const range = (low: string, high: string, t: Say) => t('between', { low, high });

function EffectsPart({ asked }: { asked: Record<string, string | undefined> }) {
  const { t } = useTranslation('worth');
  const query = useQuery({
    queryKey: ['lifetime', 'effects', asked],
    queryFn: () => ask<Effects>('GET', '/api/v1/survival/effects', { query: asked }),
    placeholderData: keepPreviousData,
  });
  const catalogue = useRuleCatalogue();
  const inUnit = (key: string, value: number) =>
    valueText(
      value,
      catalogue?.facts.find((one) => one.key === key),
      catalogue?.currency ?? '',
    );
  return (
    <Section title={t('effects.title')} hint={t('effects.hint')}>
      <Loaded query={query}>
        {(answer) => (
          <div className={css.stack}>
            {answer.verdict && <p className={answer.proportional === 'no' ? css.warned : 'quiet'}>{own(answer.verdict)}</p>}
            {answer.note && <p className={css.refused}>{own(answer.note)}</p>}
            {answer.data.length > 0 && (
              <Rows
                label={t('effects.title')}
                rows={answer.data}
                rowKey={(row) => `${row.fact} ${row.value ?? ''}`}
                columns={[
                  { key: 'title', title: t('effects.fact'), render: (row) => <bdi>{own(row.title)}</bdi> },
                  {
                    key: 'step',
                    title: t('effects.step'),
                    numeric: true,
                    render: (row) => (row.step === null ? '' : inUnit(row.fact, row.step)),
                  },
                  { key: 'ratio', title: t('effects.ratio'), numeric: true, render: (row) => format.number(row.ratio, 2) },
                  {
                    key: 'interval',
                    title: t('interval'),
                    render: (row) => range(format.number(row.low, 2), format.number(row.high, 2), t),
                  },
                  {
                    key: 'word',
                    title: t('effects.reads'),
                    render: (row) => t(row.low > 1 ? 'effects.sooner' : row.high < 1 ? 'effects.later' : 'effects.unsure'),
                  },
                  { key: 'changes', title: t('effects.age'), render: (row) => (row.changes ? t('effects.changes') : '') },
                ]}
              />
            )}
            <p className="dim">{own(answer.definition)}</p>
            {answer.left_out_words && <p className="dim">{own(answer.left_out_words)}</p>}
          </div>
        )}
      </Loaded>
    </Section>
  );
}
