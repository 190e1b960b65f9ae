import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { shellRoute } from '@/lib/route';

interface Search {
  tab?: 'keys' | 'live';
  key?: 'new';
  source?: string;
  show?: 'taken' | 'rejected';
}

const sources = createRoute({
  getParentRoute: () => shellRoute,
  path: '/data/sources',
  validateSearch: (search): Search => ({
    tab: search.tab === 'keys' || search.tab === 'live' ? search.tab : undefined,
    key: search.key === 'new' ? 'new' : undefined,
    source: typeof search.source === 'string' ? search.source : undefined,
    show: search.show === 'taken' || search.show === 'rejected' ? search.show : undefined,
  }),
  loader: messages('sources'),
  component: lazyRouteComponent(() => import('./SourcesPage'), 'SourcesPage'),
});

export const sourceRoutes = [sources] as const;
