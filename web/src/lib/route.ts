/** The two parents of all routes: a feature hangs its pages on the shell (signed in) or on the root (before that). */
import { createRootRoute, createRoute, redirect } from '@tanstack/react-router';
import { loadMe } from './me';

export const rootRoute = createRootRoute();
export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  beforeLoad: async ({ location }) => {
    if (!(await loadMe())) throw redirect({ to: '/sign-in', search: { next: location.href } });
  },
});
