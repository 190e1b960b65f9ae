import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { shellRoute } from '@/lib/route';

const text = (value: unknown) => (typeof value === 'string' && value ? value : undefined);
const loader = messages('admin');

const index = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin',
  beforeLoad: () => {
    throw redirect({ to: '/admin/people' });
  },
});
const people = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin/people',
  validateSearch: (search): { edit?: string } => ({ edit: text(search.edit) }),
  loader,
  component: lazyRouteComponent(() => import('./PeoplePage'), 'PeoplePage'),
});
const settings = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin/settings',
  loader: messages('admin', 'setup'),
  component: lazyRouteComponent(() => import('./SettingsPage'), 'SettingsPage'),
});
const calendar = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin/calendar',
  validateSearch: (search): { year?: number; in?: 'gregorian' | 'persian' } => ({
    year: Number.isInteger(search.year) ? (search.year as number) : undefined,
    in: search.in === 'gregorian' || search.in === 'persian' ? search.in : undefined,
  }),
  loader,
  component: lazyRouteComponent(() => import('./CalendarPage'), 'CalendarPage'),
});
const audit = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin/audit',
  validateSearch: (search): { who?: string; what?: string; method?: string; since?: string; until?: string; failed?: true } => ({
    who: text(search.who),
    what: text(search.what),
    method: text(search.method),
    since: text(search.since),
    until: text(search.until),
    failed: search.failed ? true : undefined,
  }),
  loader: messages('admin', 'audit'),
  component: lazyRouteComponent(() => import('./AuditPage'), 'AuditPage'),
});
const limits = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin/limits',
  loader,
  component: lazyRouteComponent(() => import('./LimitsPage'), 'LimitsPage'),
});
const backup = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin/backup',
  loader,
  component: lazyRouteComponent(() => import('./BackupPage'), 'BackupPage'),
});
const about = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin/about',
  loader,
  component: lazyRouteComponent(() => import('./AboutPage'), 'AboutPage'),
});

export const adminRoutes = [index, people, settings, calendar, audit, limits, backup, about] as const;
