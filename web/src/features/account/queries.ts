/** What the page asks for; each part of it is asked once and shared. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { ask, type Page } from '@/lib/api';
import type { Day } from '@/lib/format';
import type {
  Account,
  Answer,
  Features,
  Health,
  Invoice,
  Milestones,
  Movements,
  Overview,
  People,
  Predictions,
  ScorePoint,
  Subscription,
  Ticket,
  Usage,
} from './shape';

const at = (id: string, part = '') => `/api/v1/accounts/${encodeURIComponent(id)}${part}`;

export const overviewOf = (id: string, as_of?: Day) =>
  queryOptions({
    queryKey: ['account', id, 'overview', as_of],
    queryFn: () => ask<Overview>('GET', at(id, '/overview'), { query: { as_of } }),
    placeholderData: keepPreviousData,
  });
export const accountOf = (id: string) =>
  queryOptions({ queryKey: ['account', id, 'record'], queryFn: () => ask<Account>('GET', at(id)) });
export const healthOf = (id: string, as_of?: Day, against?: Day) =>
  queryOptions({
    queryKey: ['account', id, 'health', as_of, against],
    queryFn: () => ask<Health>('GET', at(id, '/health'), { query: { as_of, against } }),
    placeholderData: keepPreviousData,
  });
export const scoresOf = (id: string, weeks: number, as_of?: Day) =>
  queryOptions({
    queryKey: ['account', id, 'scores', weeks, as_of],
    queryFn: () => ask<{ data: ScorePoint[] }>('GET', at(id, '/health/series'), { query: { weeks, as_of } }),
    placeholderData: keepPreviousData,
  });
export const usageOf = (id: string, query: { by?: string; measure?: string; feature?: string; from?: Day; to?: Day }) =>
  queryOptions({
    queryKey: ['account', id, 'usage', query],
    queryFn: () => ask<Usage>('GET', at(id, '/usage'), { query }),
    placeholderData: keepPreviousData,
  });
export const featuresOf = (id: string, weeks: number, as_of?: Day) =>
  queryOptions({
    queryKey: ['account', id, 'features', weeks, as_of],
    queryFn: () => ask<Features>('GET', at(id, '/features'), { query: { weeks, as_of } }),
    placeholderData: keepPreviousData,
  });
export const peopleOf = (id: string, as_of?: Day) =>
  queryOptions({
    queryKey: ['account', id, 'people', as_of],
    queryFn: () => ask<People>('GET', at(id, '/people'), { query: { as_of } }),
    placeholderData: keepPreviousData,
  });
export const predictionsOf = (id: string) =>
  queryOptions({
    queryKey: ['account', id, 'predictions'],
    queryFn: () => ask<Predictions>('GET', at(id, '/predictions')),
    placeholderData: keepPreviousData,
  });
export const movementsOf = (id: string) =>
  queryOptions({ queryKey: ['account', id, 'movements'], queryFn: () => ask<Movements>('GET', at(id, '/movements')) });
export const milestonesOf = (id: string) =>
  queryOptions({ queryKey: ['account', id, 'milestones'], queryFn: () => ask<Milestones>('GET', at(id, '/milestones')) });

const rows =
  <T>(noun: string) =>
  (id: string) =>
    queryOptions({
      queryKey: ['account', id, noun],
      queryFn: () => ask<Page<T>>('GET', at(id, `/${noun}`), { query: { limit: 200 } }),
    });
export const subscriptionsOf = rows<Subscription>('subscriptions');
export const ticketsOf = rows<Ticket>('tickets');
export const invoicesOf = rows<Invoice>('invoices');
export const answersOf = rows<Answer>('answers');

export interface FactDeclaration {
  key: string;
  title: { en: string; fa?: string } | string;
  source: Record<string, unknown>;
  unit?: string | null;
}
export const factsCatalogue = queryOptions({
  queryKey: ['facts'],
  queryFn: () => ask<{ data: FactDeclaration[] }>('GET', '/api/v1/facts'),
  staleTime: Number.POSITIVE_INFINITY,
});
export interface MemberRow {
  id: string;
  name: string;
  disabled: boolean;
}
export const membersList = queryOptions({
  queryKey: ['members'],
  queryFn: () => ask<Page<MemberRow>>('GET', '/api/v1/members', { query: { limit: 500 } }),
  staleTime: 5 * 60_000,
});
