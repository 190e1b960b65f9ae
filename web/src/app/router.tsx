/** All pages: each feature's routes hung under the shell (signed in) or the root (before that). */
import { createRouter } from '@tanstack/react-router';
import { ErrorNote, Skeleton } from '@/components/Page';
import { accountRoutes } from '@/features/account/routes';
import { accountsRoutes } from '@/features/accounts/routes';
import { adminRoutes } from '@/features/admin/routes';
import { adoptionRoutes } from '@/features/adoption/routes';
import { dataRoutes } from '@/features/data/routes';
import { factRoutes } from '@/features/facts/routes';
import { fieldRoutes } from '@/features/fields/routes';
import { forecastRoutes } from '@/features/forecast/routes';
import { growthRoutes } from '@/features/growth/routes';
import { healthRoutes } from '@/features/health/routes';
import { homeRoutes } from '@/features/home/routes';
import { importRoutes } from '@/features/imports/routes';
import { modelRoutes } from '@/features/models/routes';
import { personalRoutes } from '@/features/personal/routes';
import { retentionRoutes } from '@/features/retention/routes';
import { satisfactionRoutes } from '@/features/satisfaction/routes';
import { segmentRoutes } from '@/features/segments/routes';
import { passwordRoute, signInRoute } from '@/features/session/routes';
import { setupRoute, startRoute } from '@/features/setup/routes';
import { sourceRoutes } from '@/features/sources/routes';
import { valueRoutes } from '@/features/value/routes';
import { rootRoute, shellRoute } from '@/lib/route';
import { NotFound } from './NotFound';
import { Shell } from './Shell';

shellRoute.update({ component: Shell, notFoundComponent: NotFound });
rootRoute.update({ notFoundComponent: NotFound });

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    signInRoute,
    passwordRoute,
    setupRoute,
    shellRoute.addChildren([
      ...homeRoutes,
      ...accountsRoutes,
      ...accountRoutes,
      startRoute,
      ...healthRoutes,
      ...segmentRoutes,
      ...factRoutes,
      ...dataRoutes,
      ...importRoutes,
      ...sourceRoutes,
      ...fieldRoutes,
      ...retentionRoutes,
      ...forecastRoutes,
      ...growthRoutes,
      ...adoptionRoutes,
      ...valueRoutes,
      ...satisfactionRoutes,
      ...modelRoutes,
      ...adminRoutes,
      ...personalRoutes,
    ]),
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
