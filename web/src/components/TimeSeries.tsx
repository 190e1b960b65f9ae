/**
 * Lines in time (uPlot), loaded when first drawn. Time runs in reading direction: newest at the left in Persian. A line is labelled at
 * its end; the usual range is a band; events are dotted verticals with a word.
 */
import { lazy, Suspense } from 'react';
import { Skeleton } from './Page';
import type { TimeSeriesProps } from './TimeSeriesPlot';

const Plot = lazy(() => import('./TimeSeriesPlot'));

export function TimeSeries(props: TimeSeriesProps) {
  return (
    <div style={{ height: props.height ?? 200 }}>
      <Suspense fallback={<Skeleton rows={3} />}>
        <Plot {...props} />
      </Suspense>
    </div>
  );
}
