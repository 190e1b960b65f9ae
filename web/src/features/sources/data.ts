/** Sources, keys and what arrives. */
import { queryOptions } from '@tanstack/react-query';
import { ask, type Page } from '@/lib/api';
import type { components } from '@/lib/api.gen';
import { liveKeys } from '@/lib/live';

export interface SourceStatus {
  name: string;
  what: string | null;
  state: 'live' | 'silent' | 'imported' | 'records' | 'waiting';
  silent_since: string | null;
  last_received: string | null;
  last_occurred: string | null;
  events: number;
  events_day: number;
  events_week: number;
  rows: number;
  lag_seconds: number | null;
  accounts: number;
  accounts_share: number | null;
  has_key: boolean;
  rejected: number;
}
export type Key = components['schemas']['Key'] & { id: string; name: string; kind: 'browser' | 'server' | 'api' };
export interface EventRow {
  occurred: string;
  received: string;
  account: string | null;
  account_key: string | null;
  user_key: string | null;
  name: string;
  count: number;
  source: string;
  properties: unknown;
}
export type Rejected = components['schemas']['RejectedEvent'] & {
  id: string;
  source: string;
  received_at: string;
  message: string;
};

export const sourcesQuery = queryOptions({
  queryKey: ['sources'],
  queryFn: () => ask<{ data: SourceStatus[]; accounts: number }>('GET', '/api/v1/sources'),
  staleTime: 10_000,
});
export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: () => ask<Page<Key>>('GET', '/api/v1/keys', { query: { limit: 200 } }),
});
liveKeys('events', 'events');
liveKeys('rejected', 'rejected');

/** Asked again as the server tells of more. */
export const eventsQuery = (since?: string) =>
  queryOptions({
    queryKey: ['events', 'live', since ?? ''],
    queryFn: () => ask<Page<EventRow>>('GET', '/api/v1/events', { query: { limit: 100, since } }),
    staleTime: 0,
  });
export const rejectedQuery = (source?: string) =>
  queryOptions({
    queryKey: ['rejected', 'live', source ?? ''],
    queryFn: () => ask<Page<Rejected>>('GET', '/api/v1/rejected', { query: { limit: 100, source } }),
    staleTime: 0,
  });
