/** The two parents of all routes: a feature hangs its pages on the shell (signed in) or on the root (before that). */
import { createRootRoute, createRoute, redirect } from '@tanstack/react-router';
import { loadMe } from './me';

export const rootRoute = createRootRoute();
export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  beforeLoad: async ({ location }) => {
    const me = await loadMe();
    if (!me) throw redirect({ to: '/sign-in', search: { next: location.href } });
    // Where a second factor is required and not set up, the server opens nothing else.
    if (me.second_factor?.must_set_up && location.pathname !== '/me') throw redirect({ to: '/me' });
  },
});
