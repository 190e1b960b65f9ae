import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { shellRoute } from '@/lib/route';

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: '/data/imports',
  loader: messages('imports'),
  component: lazyRouteComponent(() => import('./ImportsPage'), 'ImportsPage'),
});
const start = createRoute({
  getParentRoute: () => shellRoute,
  path: '/data/imports/new',
  validateSearch: (search): { kind?: string } => ({ kind: typeof search.kind === 'string' ? search.kind : undefined }),
  loader: messages('imports'),
  component: lazyRouteComponent(() => import('./NewImportPage'), 'NewImportPage'),
});
const one = createRoute({
  getParentRoute: () => shellRoute,
  path: '/data/imports/$id',
  validateSearch: (search): { step?: 'columns' } => ({ step: search.step === 'columns' ? 'columns' : undefined }),
  loader: messages('imports'),
  component: lazyRouteComponent(() => import('./ImportPage'), 'ImportPage'),
});

export const importRoutes = [list, start, one] as const;
