import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { shellRoute } from '@/lib/route';
import { askAhead } from './api';

export interface AccountsSearch {
  /** Id of a saved view; without: every account. */
  view?: string;
  /** A rule in its text form in place of the view's; empty: none. */
  where?: string;
  segment?: string;
  sort?: string;
  q?: string;
  /** Keys of columns and facts, separated by commas. */
  columns?: string;
  density?: 'compact' | 'comfortable';
  peek?: string;
  add?: boolean;
}
const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
const filled = (value: unknown) => text(value) || undefined;

const accounts = createRoute({
  getParentRoute: () => shellRoute,
  path: '/accounts',
  validateSearch: (search): AccountsSearch => ({
    view: filled(search.view),
    where: text(search.where),
    segment: filled(search.segment),
    sort: filled(search.sort),
    q: filled(search.q),
    columns: filled(search.columns),
    density: search.density === 'compact' || search.density === 'comfortable' ? search.density : undefined,
    peek: filled(search.peek),
    add: search.add === true || search.add === 'true' || undefined,
  }),
  loaderDeps: ({ search: { view, where, segment, sort, q, columns } }) => ({ view, where, segment, sort, q, columns }),
  loader: ({ deps, cause }) => Promise.all([messages('accounts', 'rule')(), cause === 'stay' ? undefined : askAhead(deps)]),
  component: lazyRouteComponent(() => import('./AccountsPage'), 'AccountsPage'),
});

export const accountsRoutes = [accounts] as const;
