import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { shellRoute } from '@/lib/route';

const fields = createRoute({
  getParentRoute: () => shellRoute,
  path: '/data/fields',
  validateSearch: (search): { edit?: string } => ({ edit: typeof search.edit === 'string' ? search.edit : undefined }),
  loader: messages('fields'),
  component: lazyRouteComponent(() => import('./FieldsPage'), 'FieldsPage'),
});

export const fieldRoutes = [fields] as const;
