import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { type PeriodSearch, periodSearch } from '@/lib/period';
import { shellRoute } from '@/lib/route';

export interface SatisfactionSearch extends PeriodSearch {
  segment?: string;
  split?: string;
  kind?: 'csat' | 'ces';
  /** The other than the usual way of counting. */
  per?: 'person' | 'answer';
  /** The wave whose answers are open: its first day. */
  wave?: string;
}
const text = (value: unknown) => (typeof value === 'string' && value && value.length <= 200 ? value : undefined);

const satisfaction = createRoute({
  getParentRoute: () => shellRoute,
  path: '/insight/satisfaction',
  validateSearch: (search): SatisfactionSearch => ({
    ...periodSearch(search),
    segment: text(search.segment),
    split: text(search.split),
    kind: search.kind === 'csat' || search.kind === 'ces' ? search.kind : undefined,
    per: search.per === 'person' || search.per === 'answer' ? search.per : undefined,
    wave: text(search.wave),
  }),
  loader: messages('insight', 'satisfaction'),
  component: lazyRouteComponent(() => import('./SatisfactionPage'), 'SatisfactionPage'),
});

export const satisfactionRoutes = [satisfaction] as const;
