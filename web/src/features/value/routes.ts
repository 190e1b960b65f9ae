import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { type PeriodSearch, periodSearch } from '@/lib/period';
import { shellRoute } from '@/lib/route';

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
}
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
  }),
  loader: messages('insight', 'value'),
  component: lazyRouteComponent(() => import('./LifetimePage'), 'LifetimePage'),
});

export const valueRoutes = [time, lifetime] as const;
