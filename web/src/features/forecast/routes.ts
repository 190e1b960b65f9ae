import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { liveKeys } from '@/lib/live';
import { type Unit, units } from '@/lib/period';
import { shellRoute } from '@/lib/route';
import { type Filter, filters } from './api';

export interface ForecastSearch {
  by?: Unit;
  segment?: string;
  split?: string;
  only?: Filter;
  /** Which renewal is open: account|day|product|currency. */
  open?: string;
}
liveKeys('accounts', 'forecast');
liveKeys('imports', 'forecast');

const text = (value: unknown) => (typeof value === 'string' && value && value.length <= 500 ? value : undefined);

const forecast = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insight/renewals',
  validateSearch: (search): ForecastSearch => ({
    by: units.includes(search.by as Unit) && search.by !== 'quarter' ? (search.by as Unit) : undefined,
    segment: text(search.segment),
    split: text(search.split),
    only: filters.find((one) => one === search.only),
    open: text(search.open),
  }),
  loader: messages('insight', 'forecast'),
  component: lazyRouteComponent(() => import('./RenewalsPage'), 'RenewalsPage'),
});

export const forecastRoutes = [forecast] as const;
