import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { liveKeys } from '@/lib/live';
import { shellRoute } from '@/lib/route';
import { type Kind, kinds, type Sort, sorts } from './api';

export interface GrowthSearch {
  segment?: string;
  split?: string;
  kind?: Kind;
  product?: string;
  sort?: Sort;
  /** Whose peers are open: account|kind|what. */
  open?: string;
}
liveKeys('accounts', 'growth');
liveKeys('imports', 'growth');

const text = (value: unknown) => (typeof value === 'string' && value && value.length <= 500 ? value : undefined);

const growth = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insight/growth',
  validateSearch: (search): GrowthSearch => ({
    segment: text(search.segment),
    kind: kinds.find((one) => one === search.kind),
    product: text(search.product),
    sort: sorts.find((one) => one === search.sort && one !== 'expected'),
    open: text(search.open),
  }),
  loader: messages('insight', 'growth'),
  component: lazyRouteComponent(() => import('./GrowthPage'), 'GrowthPage'),
});

export const growthRoutes = [growth] as const;
