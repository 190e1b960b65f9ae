/** Bars, bridges and other drawings by ECharts (SVG), loaded when first drawn. Options come ready from the page; direction, type and colours from here. */
import type { EChartsCoreOption } from 'echarts/core';
import { lazy, Suspense } from 'react';
import { Skeleton } from './Page';

const Drawing = lazy(() => import('./ChartDrawing'));

export interface ChartProps {
  /** Made from the colours of the theme in force; axes are mirrored for Persian here (xAxis of category or time). */
  option: (colours: ChartColours) => EChartsCoreOption;
  height?: number;
  onOpen?: (event: { name: string; seriesName?: string; dataIndex: number }) => void;
}
export interface ChartColours {
  ink: string;
  ink2: string;
  ink3: string;
  line: string;
  surface: string;
  data: string;
  data2: string;
  dataSoft: string;
  good: string;
  watch: string;
  risk: string;
  unknown: string;
}

export function Chart(props: ChartProps) {
  return (
    <div style={{ minHeight: props.height ?? 240 }}>
      <Suspense fallback={<Skeleton rows={4} />}>
        <Drawing {...props} />
      </Suspense>
    </div>
  );
}
