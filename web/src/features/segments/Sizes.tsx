/** How many were in a segment every seven days of the last 13 weeks, as its rule would have judged. */
import { useCallback, useMemo } from 'react';
import { Chart, type ChartColours } from '@/components/Chart';
import { ChartFrame } from '@/components/ChartFrame';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import type { Preview } from './segment';

export function Sizes({ sizes, members, file }: { sizes: Preview['sizes']; members: number; file: string }) {
  const { t } = useTranslation('segments');
  const points = useMemo(
    () => [...sizes.map((one) => ({ day: one.day, n: one.members })), { day: format.today(), n: members }],
    [sizes, members],
  );
  const option = useCallback(
    (colours: ChartColours) => ({
      grid: { top: 14, bottom: 24, left: 44, right: 44 },
      xAxis: {
        type: 'category',
        data: points.map((one) => format.day(one.day, 'brief')),
        axisLine: { lineStyle: { color: colours.ink3 } },
        axisTick: { show: false },
        axisLabel: { color: colours.ink3 },
        boundaryGap: false,
      },
      yAxis: {
        type: 'value',
        minInterval: 1,
        splitNumber: 3,
        axisLabel: { color: colours.ink3, formatter: (value: number) => format.int(value) },
        splitLine: { lineStyle: { color: colours.line } },
      },
      tooltip: { trigger: 'axis', valueFormatter: (value: number) => format.int(value) },
      series: [
        {
          type: 'line',
          name: t('members'),
          data: points.map((one) => one.n),
          symbolSize: 5,
          lineStyle: { color: colours.data, width: 2 },
          itemStyle: { color: colours.data },
          endLabel: { show: true, formatter: () => format.int(members), color: colours.ink, fontSize: 12, fontWeight: 600 },
        },
      ],
    }),
    [points, members, t],
  );
  const first = points[0]?.n ?? 0;
  return (
    <ChartFrame
      title={t('size_title', { from: format.int(first), to: format.int(members) })}
      hint={t('size_hint')}
      finding={t('size_title', { from: format.int(first), to: format.int(members) })}
      file={`segment-${file}`}
      table={{ columns: [t('day'), t('members')], rows: points.map((one) => [format.day(one.day), format.int(one.n)]) }}
    >
      <Chart option={option} height={180} />
    </ChartFrame>
  );
}
