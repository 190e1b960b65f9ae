import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { rootRoute } from '@/lib/route';

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search): { next?: string } => ({
    next: typeof search.next === 'string' && /^\/(?![/\\])/.test(search.next) ? search.next : undefined,
  }),
  loader: messages('session'),
  component: lazyRouteComponent(() => import('./SignInPage'), 'SignInPage'),
});
export const passwordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/password',
  loader: messages('session'),
  component: lazyRouteComponent(() => import('./PasswordPage'), 'PasswordPage'),
});
