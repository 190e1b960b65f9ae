import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { shellRoute } from '@/lib/route';
import { type Tab, tabs } from './tabs';

export interface AccountSearch {
  tab?: Tab;
  /** Days compared: why health changed between them. */
  from?: string;
  to?: string;
  /** The account as it was at the start of this day. */
  as_of?: string;
  /** What is opened in the drawer: a measure, a person, … */
  open?: string;
  /** The drawer to log a call, or a note. */
  log?: boolean | 'note';
}
const day = (value: unknown) => (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? value : undefined);

const account = createRoute({
  getParentRoute: () => shellRoute,
  path: '/accounts/$account',
  validateSearch: (search): AccountSearch => ({
    tab: tabs.find((tab) => tab === search.tab),
    from: day(search.from),
    to: day(search.to),
    as_of: day(search.as_of),
    open: typeof search.open === 'string' ? search.open : undefined,
    log: search.log === true || search.log === 'note' ? search.log : undefined,
  }),
  loader: messages('account', 'timeline', 'growth', 'insight'),
  component: lazyRouteComponent(() => import('./AccountPage'), 'AccountPage'),
});

export const accountRoutes = [account] as const;
