import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { type PeriodSearch, periodSearch } from '@/lib/period';
import { shellRoute } from '@/lib/route';
import { type Tab, tabs } from './api';

export interface AdoptionSearch extends PeriodSearch {
  segment?: string;
  split?: string;
  tab?: Tab;
  people?: true;
  feature?: string;
}
const text = (value: unknown) => (typeof value === 'string' && value && value.length <= 200 ? value : undefined);

const adoption = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insight/adoption',
  validateSearch: (search): AdoptionSearch => ({
    ...periodSearch(search),
    segment: text(search.segment),
    split: text(search.split),
    tab: tabs.slice(1).find((one) => one === search.tab),
    people: search.people === true ? true : undefined,
    feature: text(search.feature),
  }),
  loader: messages('insight', 'adoption'),
  component: lazyRouteComponent(() => import('./AdoptionPage'), 'AdoptionPage'),
});

export const adoptionRoutes = [adoption] as const;
