import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { shellRoute } from '@/lib/route';

const personal = createRoute({
  getParentRoute: () => shellRoute,
  path: '/me',
  loader: messages('personal', 'setup'),
  component: lazyRouteComponent(() => import('./PersonalPage'), 'PersonalPage'),
});
export const personalRoutes = [personal] as const;
