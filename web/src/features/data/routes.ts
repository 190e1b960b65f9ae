import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { shellRoute } from '@/lib/route';

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/data',
  beforeLoad: () => {
    throw redirect({ to: '/data/sources' });
  },
});
const features = createRoute({
  getParentRoute: () => shellRoute,
  path: '/data/features',
  validateSearch: (search): { edit?: string } => ({ edit: typeof search.edit === 'string' ? search.edit : undefined }),
  loader: messages('data'),
  component: lazyRouteComponent(() => import('./FeaturesPage'), 'FeaturesPage'),
});

export const dataRoutes = [index, features] as const;
