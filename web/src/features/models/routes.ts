import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { liveKeys } from '@/lib/live';
import { shellRoute } from '@/lib/route';

liveKeys('settings', 'models');

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insight/models',
  loader: messages('models'),
  component: lazyRouteComponent(() => import('./ModelsPage'), 'ModelsPage'),
});
const one = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insight/models/$outcome',
  loader: messages('models', 'facts'),
  component: lazyRouteComponent(() => import('./ModelPage'), 'ModelPage'),
});

export const modelRoutes = [list, one] as const;
