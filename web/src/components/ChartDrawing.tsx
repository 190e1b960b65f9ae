import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import {
  AriaComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
} from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import type { ChartColours, ChartProps } from './Chart';

use([
  BarChart,
  LineChart,
  CustomChart,
  ScatterChart,
  GridComponent,
  TooltipComponent,
  LegendComponent,
  MarkLineComponent,
  MarkAreaComponent,
  AriaComponent,
  SVGRenderer,
]);

const names: Record<keyof ChartColours, string> = {
  ink: '--v-ink',
  ink2: '--v-ink2',
  ink3: '--v-ink3',
  line: '--v-line',
  surface: '--v-surface',
  data: '--v-data-fill',
  data2: '--v-data2',
  dataSoft: '--v-data-soft',
  good: '--v-good-fill',
  watch: '--v-watch-fill',
  risk: '--v-risk-fill',
  unknown: '--v-unknown-fill',
};
type Axis = Record<string, unknown>;
const each = (axis: unknown, change: (axis: Axis) => Axis) =>
  Array.isArray(axis) ? axis.map((one: Axis) => change(one)) : axis ? change(axis as Axis) : axis;

/** ECharts has no direction: the horizontal axis runs backwards and the value axis stands at the right in Persian. */
function direct(option: Record<string, unknown>): Record<string, unknown> {
  if (document.documentElement.dir !== 'rtl') return option;
  return {
    ...option,
    xAxis: each(option.xAxis, (axis) => ({ ...axis, inverse: !axis.inverse })),
    yAxis: each(option.yAxis, (axis) => ({ position: 'right', ...axis })),
    tooltip: option.tooltip ? { ...(option.tooltip as object), extraCssText: 'direction:rtl;text-align:start' } : undefined,
  };
}

export default function ChartDrawing({ option, height = 240, onOpen }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const host = box.current;
    if (!host) return;
    const style = getComputedStyle(document.documentElement);
    const colours = Object.fromEntries(
      Object.entries(names).map(([key, name]) => [key, style.getPropertyValue(name).trim()]),
    ) as unknown as ChartColours;
    const chart = init(host, undefined, { renderer: 'svg' });
    const base = {
      textStyle: { fontFamily: style.getPropertyValue('--v-font'), fontSize: 11, color: colours.ink3 },
      animationDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 240,
    };
    chart.setOption({ ...base, ...direct(option(colours) as Record<string, unknown>) } as EChartsCoreOption);
    if (onOpen)
      chart.on('click', (event) =>
        onOpen({ name: String(event.name), seriesName: event.seriesName, dataIndex: event.dataIndex }),
      );
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(host);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [option, onOpen]);
  return <div ref={box} dir="ltr" style={{ width: '100%', height }} />;
}
