import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { shellRoute } from '@/lib/route';

const text = (value: unknown) => (typeof value === 'string' && value ? value : undefined);
const facts = createRoute({
  getParentRoute: () => shellRoute,
  path: '/health/facts',
  validateSearch: (search): { q?: string; of?: string; add?: boolean } => ({
    q: text(search.q),
    of: text(search.of),
    add: search.add ? true : undefined,
  }),
  loader: messages('facts'),
  component: lazyRouteComponent(() => import('./FactsPage'), 'FactsPage'),
});
const fact = createRoute({
  getParentRoute: () => shellRoute,
  path: '/health/facts/$key',
  validateSearch: (search): { edit?: boolean } => ({ edit: search.edit ? true : undefined }),
  loader: messages('facts', 'rule'),
  component: lazyRouteComponent(() => import('./FactPage'), 'FactPage'),
});

export const factRoutes = [facts, fact] as const;
