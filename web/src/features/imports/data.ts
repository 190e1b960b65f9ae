/** Imports as the API has them, and what the pages ask for. */
import { queryOptions } from '@tanstack/react-query';
import { ask, type Page } from '@/lib/api';
import type { components } from '@/lib/api.gen';

export type Import = components['schemas']['Import'] & {
  id: string;
  columns: { column: string; field: string | null }[] | null;
  problem: { code: string; message: string; row?: number } | null;
};
export interface Fault {
  column: string;
  code: string;
  message: string;
  suggestion: string | null;
}
export interface RefusedRow {
  row: number;
  state: 'refused' | 'repaired' | 'taken';
  cells: string[];
  faults: Fault[];
}
export interface RefusedPage extends Page<RefusedRow> {
  columns: { column: string; field: string | null }[];
}
export interface Correction {
  row: number;
  column: string;
  value: string;
}
export interface Kind {
  kind: string;
  fields: { name: string; title: string; type: string; required: boolean; custom: boolean; doc: string }[];
}

export const kindNames = [
  'accounts',
  'contacts',
  'subscriptions',
  'events',
  'tickets',
  'invoices',
  'answers',
  'invitations',
  'activities',
  'members',
  'rates',
] as const;

/** Still on its way, as an import or as its undo. */
export const isMoving = (one: Import) =>
  one.state === 'waiting' || one.state === 'running' || one.undo === 'waiting' || one.undo === 'running';

export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ['imports', id],
    queryFn: () => ask<Import>('GET', `/api/v1/imports/${id}`),
    staleTime: 0,
    refetchInterval: (query) => (query.state.data && isMoving(query.state.data) ? 400 : false),
  });
export const importsQuery = queryOptions({
  queryKey: ['imports', 'list'],
  queryFn: () => ask<Page<Import>>('GET', '/api/v1/imports', { query: { limit: 100 } }),
  staleTime: 0,
  refetchInterval: (query) => (query.state.data?.data.some(isMoving) ? 1000 : false),
});
export const kindsQuery = queryOptions({
  queryKey: ['imports', 'kinds'],
  queryFn: () => ask<{ data: Kind[] }>('GET', '/api/v1/imports/kinds'),
});
export const refusedQuery = (id: string) =>
  queryOptions({
    queryKey: ['imports', id, 'rows'],
    queryFn: () => ask<RefusedPage>('GET', `/api/v1/imports/${id}/rows`, { query: { limit: 200 } }),
    staleTime: 0,
  });

/** Sends a file: a dry run, so that nothing is stored before a person has seen what it would do. */
export const upload = (kind: string, file: File, options: { source?: string; money?: string }) =>
  ask<Import>('POST', `/api/v1/imports/${kind}`, {
    body: file,
    query: { dry_run: 1, file: file.name, source: options.source, money: options.money },
  });
