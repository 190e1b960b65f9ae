import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { liveKeys } from '@/lib/live';
import { type PeriodSearch, periodSearch, type Unit, units } from '@/lib/period';
import { shellRoute } from '@/lib/route';
import { type Mode, modes } from './api';

export interface RetentionSearch extends PeriodSearch {
  segment?: string;
  split?: string;
  mode?: Mode;
  /** The price index in whose prices the end counts. */
  index?: string;
  /** Of the cohorts: what, by which unit, as amounts. */
  of?: 'customers';
  cby?: Unit;
  amounts?: true;
  open?: string;
}
export interface CohortsSearch {
  segment?: string;
  of?: 'customers' | 'usage' | 'people';
  by?: 'week' | Unit;
  cal?: 'gregorian' | 'persian';
  amounts?: true;
  open?: string;
}
liveKeys('imports', 'retention', 'cohorts', 'rates');

const text = (value: unknown) => (typeof value === 'string' && value && value.length <= 200 ? value : undefined);

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insight',
  beforeLoad: () => {
    throw redirect({ to: '/insight/retention' });
  },
});
const retention = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insight/retention',
  validateSearch: (search): RetentionSearch => ({
    ...periodSearch(search),
    segment: text(search.segment),
    split: text(search.split),
    mode: modes.slice(1).includes(search.mode as Mode) ? (search.mode as Mode) : undefined,
    index: text(search.index),
    of: search.of === 'customers' ? 'customers' : undefined,
    cby: units.includes(search.cby as Unit) && search.cby !== 'quarter' ? (search.cby as Unit) : undefined,
    amounts: search.amounts === true ? true : undefined,
    open: text(search.open),
  }),
  loader: messages('insight', 'retention'),
  component: lazyRouteComponent(() => import('./RetentionPage'), 'RetentionPage'),
});
const cohorts = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insight/cohorts',
  validateSearch: (search): CohortsSearch => ({
    segment: text(search.segment),
    of: (['customers', 'usage', 'people'] as const).find((one) => one === search.of),
    by: (['week', 'month', 'year'] as const).find((one) => one === search.by),
    cal: (['gregorian', 'persian'] as const).find((one) => one === search.cal),
    amounts: search.amounts === true ? true : undefined,
    open: text(search.open),
  }),
  loader: messages('insight', 'retention'),
  component: lazyRouteComponent(() => import('./CohortsPage'), 'CohortsPage'),
});
const rates = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insight/rates',
  loader: messages('insight', 'retention'),
  component: lazyRouteComponent(() => import('./RatesPage'), 'RatesPage'),
});

export const retentionRoutes = [index, retention, cohorts, rates] as const;
