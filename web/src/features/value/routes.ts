import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { liveKeys } from '@/lib/live';
import { type PeriodSearch, periodSearch } from '@/lib/period';
import { shellRoute } from '@/lib/route';
import { lifetimeTabs } from './worth';

export interface ValueSearch extends PeriodSearch {
  segment?: string;
  split?: string;
  tab?: 'milestones';
  /** accounts:waiting · event:KEY · event: (new) · milestone:KEY · stuck:STAGE. */
  open?: string;
}
export interface LifetimeSearch extends PeriodSearch {
  segment?: string;
  split?: string;
  tab?: (typeof lifetimeTabs)[number];
}
export interface SurvivalSearch extends PeriodSearch {
  segment?: string;
  split?: string;
  groups?: 'now';
}
liveKeys('imports', 'time-to-value', 'milestones', 'lifetime');

const text = (value: unknown) => (typeof value === 'string' && value && value.length <= 200 ? value : undefined);

const time = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insight/time-to-value',
  validateSearch: (search): ValueSearch => ({
    ...periodSearch(search),
    segment: text(search.segment),
    split: text(search.split),
    tab: search.tab === 'milestones' ? 'milestones' : undefined,
    open: text(search.open),
  }),
  loader: messages('insight', 'value', 'rule'),
  component: lazyRouteComponent(() => import('./TimeToValuePage'), 'TimeToValuePage'),
});
const lifetime = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insight/lifetime-value',
  validateSearch: (search): LifetimeSearch => ({
    ...periodSearch(search),
    segment: text(search.segment),
    split: text(search.split),
    tab: lifetimeTabs.find((tab) => tab === search.tab),
  }),
  loader: messages('insight', 'value', 'worth'),
  component: lazyRouteComponent(() => import('./LifetimePage'), 'LifetimePage'),
});
const survival = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insight/survival',
  validateSearch: (search): SurvivalSearch => ({
    ...periodSearch(search),
    segment: text(search.segment),
    split: text(search.split),
    groups: search.groups === 'now' ? 'now' : undefined,
  }),
  loader: messages('insight', 'worth'),
  component: lazyRouteComponent(() => import('./SurvivalPage'), 'SurvivalPage'),
});

export const valueRoutes = [time, lifetime, survival] as const;
