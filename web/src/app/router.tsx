/** All pages: each feature's routes hung under the shell (signed in) or the root (before that). */
import { createRouter } from '@tanstack/react-router';
import { ErrorNote, Skeleton } from '@/components/Page';
import { accountRoutes } from '@/features/account/routes';
import { dataRoutes } from '@/features/data/routes';
import { fieldRoutes } from '@/features/fields/routes';
import { homeRoutes } from '@/features/home/routes';
import { importRoutes } from '@/features/imports/routes';
import { signInRoute } from '@/features/session/routes';
import { sourceRoutes } from '@/features/sources/routes';
import { rootRoute, shellRoute } from '@/lib/route';
import { NotFound } from './NotFound';
import { Shell } from './Shell';

shellRoute.update({ component: Shell, notFoundComponent: NotFound });
rootRoute.update({ notFoundComponent: NotFound });

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    signInRoute,
    shellRoute.addChildren([...homeRoutes, ...accountRoutes, ...dataRoutes, ...importRoutes, ...sourceRoutes, ...fieldRoutes]),
  ]),
  defaultPreload: 'intent',
  defaultPendingComponent: () => <Skeleton rows={10} />,
  defaultPendingMs: 150,
  defaultErrorComponent: ({ error, reset }) => <ErrorNote error={error} onRetry={reset} />,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
