import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { shellRoute } from '@/lib/route';

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/health',
  beforeLoad: () => {
    throw redirect({ to: '/health/scorecards' });
  },
});
const scorecards = createRoute({
  getParentRoute: () => shellRoute,
  path: '/health/scorecards',
  validateSearch: (search): { add?: boolean } => (search.add ? { add: true } : {}),
  loader: messages('health', 'rule'),
  component: lazyRouteComponent(() => import('./ScorecardsPage'), 'ScorecardsPage'),
});
const shows = ['versions', 'weights', 'publish'] as const;
const scorecard = createRoute({
  getParentRoute: () => shellRoute,
  path: '/health/scorecards/$key',
  validateSearch: (search): { open?: string; show?: (typeof shows)[number] } => ({
    open: typeof search.open === 'string' ? search.open : undefined,
    show: shows.find((one) => one === search.show),
  }),
  loader: messages('health', 'rule'),
  component: lazyRouteComponent(() => import('./ScorecardPage'), 'ScorecardPage'),
});

export const healthRoutes = [index, scorecards, scorecard] as const;
