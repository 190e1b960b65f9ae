/** Cohorts as a heat map: what is left of those who began in a period, at its end and at the end of each since. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ChartFrame } from '@/components/ChartFrame';
import { HeatMap, type Ramp } from '@/components/HeatMap';
import { Empty, Lead, Loaded } from '@/components/Page';
import { ask } from '@/lib/api';
import { type Calendar, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { periodWords } from '@/lib/period';
import { moneyScale } from '@/lib/scale';
import type { Cohorts } from './api';
import css from './RetentionPage.module.css';

export type CohortOf = 'revenue' | 'customers' | 'usage' | 'people';
const least = 10;

export function CohortMap({
  of,
  by,
  calendar,
  segment,
  amounts,
  onOpen,
  aside,
  rows = 24,
  lead,
}: {
  of: CohortOf;
  by: 'week' | 'month' | 'quarter' | 'year';
  calendar: Calendar;
  segment?: string;
  amounts: boolean;
  onOpen?: (cohort: string, since: number) => void;
  aside?: ReactNode;
  /** The newest so many cohorts are shown. */
  rows?: number;
  /** Opens the page with what is so, then this. */
  lead?: string;
}) {
  const { t } = useTranslation('retention');
  const usage = of === 'usage' || of === 'people';
  const query = useQuery({
    queryKey: ['cohorts', of, by, calendar, segment],
    queryFn: () =>
      ask<Cohorts>('GET', '/api/v1/cohorts', {
        query: { of: usage ? 'usage' : of, unit: of === 'people' ? 'person' : undefined, by, calendar, segment },
      }),
  });
  return (
    <Loaded query={query}>
      {(data) => {
        const all = data.cohorts.slice(-rows);
        if (!all.length) return <Empty title={t('cohorts.none')}>{t('cohorts.none_text')}</Empty>;
        const start = (one: Cohorts['cohorts'][number]) => one.start ?? one.size;
        const columns = Math.max(...all.map((one) => one.active.length));
        const money = of === 'revenue' && amounts;
        const most = Math.max(...all.flatMap((one) => one.active));
        const scale = money ? moneyScale(most, data.currency ?? '') : null;
        const text = (one: Cohorts['cohorts'][number], k: number) => {
          const left = one.active[k]!;
          if (scale) return scale.show(left);
          if (amounts) return format.int(left);
          return start(one) ? format.int(Math.round((100 * left) / start(one))) : '–';
        };
        const ramp: Ramp = usage ? { kind: 'sequential', most: 100 } : { kind: 'diverging', middle: 100, reach: 22 };
        const few = all.some((one) => one.size < least);
        const title = t(`cohorts.title.${of}`, { unit: t(`cohorts.since.${by}`) });
        const last = all.filter((one) => one.active.length > 12 / { week: 1, month: 1, quarter: 3, year: 12 }[by]);
        const at = 12 / { week: 1, month: 1, quarter: 3, year: 12 }[by];
        const kept =
          last.length && by !== 'week'
            ? last.reduce((sum, one) => sum + one.active[at]!, 0) / last.reduce((sum, one) => sum + start(one), 0)
            : null;
        const found = kept === null ? null : t('cohorts.finding', { share: format.percent(kept), of: t(`cohorts.what.${of}`) });
        return (
          <>
            {lead && <Lead then={found ? lead : undefined}>{found ?? lead}</Lead>}
            <ChartFrame
              title={title}
              hint={scale ? scale.unit : undefined}
              finding={kept === null ? title : t('cohorts.finding', { share: format.percent(kept), of: t(`cohorts.what.${of}`) })}
              file={`cohorts-${of}-${by}`}
              aside={aside}
              table={{
                columns: [t('cohorts.started'), 'n', ...Array.from({ length: columns }, (_, k) => format.int(k))],
                rows: all.map((one) => [periodWords(one.cohort), one.size, ...one.active.map((_, k) => text(one, k))]),
              }}
              definition={
                <>
                  {t(`cohorts.definition.${usage ? 'usage' : of}`)}
                  {few && ` ${t('cohorts.few', { least: format.int(least) })}`}
                  {data.not_converted
                    ? ` ${t('cohorts.not_converted', { count: data.not_converted, n: format.int(data.not_converted) })}`
                    : ''}
                </>
              }
            >
              <HeatMap
                label={title}
                corner={
                  <span className={css.cohort}>
                    <span>{t('cohorts.started')}</span>
                    <span>{t('insight:n')}</span>
                  </span>
                }
                columns={Array.from({ length: columns }, (_, k) => format.int(k))}
                size={columns > 16 ? 28 : 38}
                ramp={ramp}
                onOpen={onOpen && ((r, k) => onOpen(all[r]!.cohort, k))}
                legend={usage ? [t('cohorts.none_left'), t('cohorts.all_left')] : [t('cohorts.lost'), t('cohorts.grown')]}
                rows={all.map((one) => ({
                  key: one.cohort,
                  label: (
                    <span className={css.cohort}>
                      <span>{periodWords(one.cohort)}</span>
                      <span className="dim">{format.int(one.size)}</span>
                    </span>
                  ),
                  cells: one.active.map((left, k) => {
                    const share = start(one) ? (100 * left) / start(one) : null;
                    return {
                      value: one.size < least ? (usage ? 1 : 100) : share,
                      text: text(one, k),
                      title: t('cohorts.cell', {
                        cohort: periodWords(one.cohort),
                        since: t(`cohorts.after.${by}`, { count: k, n: format.int(k) }),
                        left: text(one, k),
                        n: format.int(one.size),
                      }),
                    };
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
