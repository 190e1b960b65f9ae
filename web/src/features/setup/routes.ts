import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { rootRoute, shellRoute } from '@/lib/route';

export const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  loader: messages('setup', 'session'),
  component: lazyRouteComponent(() => import('./SetupPage'), 'SetupPage'),
});
/** The first steps, judged from the data. */
export const startRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/start',
  loader: messages('setup'),
  component: lazyRouteComponent(() => import('./ChecklistPage'), 'ChecklistPage'),
});
