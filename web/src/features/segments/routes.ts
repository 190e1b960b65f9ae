import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { shellRoute } from '@/lib/route';

const segments = createRoute({
  getParentRoute: () => shellRoute,
  path: '/health/segments',
  validateSearch: (search): { tab?: 'touch'; add?: boolean } => ({
    tab: search.tab === 'touch' ? 'touch' : undefined,
    add: search.add ? true : undefined,
  }),
  loader: messages('segments', 'rule'),
  component: lazyRouteComponent(() => import('./SegmentsPage'), 'SegmentsPage'),
});
const tabs = ['members', 'unknown', 'history', 'rule'] as const;
const segment = createRoute({
  getParentRoute: () => shellRoute,
  path: '/health/segments/$key',
  validateSearch: (search): { tab?: (typeof tabs)[number] } => ({ tab: tabs.find((one) => one === search.tab) }),
  loader: messages('segments', 'rule'),
  component: lazyRouteComponent(() => import('./SegmentPage'), 'SegmentPage'),
});

export const segmentRoutes = [segments, segment] as const;
