/** The table of accounts, its views and changes of many accounts, as the API gives them. */
import { keepPreviousData, queryOptions, useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { RuleNode } from '@/components/rule';
import { ruleCatalogue } from '@/components/rule/catalogue'; // alone: the route loads with the first page
import { ask, type Page } from '@/lib/api';
import { queryClient } from '@/lib/query';
import type { AccountsSearch } from './routes';

export interface Row {
  id: string;
  key: string | null;
  name: string;
  status: string;
  health: { score: number | null; band: string; title: string; change: number | null };
  weeks: (number | null)[] | null;
  why: { key: string; fact: string | null; text: string; value: number | null; before: number | null; lost: number } | null;
  arr: number | null;
  renews_on: string | null;
  stage: string | null;
  owner: { id: string; name: string } | null;
  tags: string[];
  facts: Record<string, number | string | boolean | null>;
}
export interface TablePage {
  data: Row[];
  total: number;
  sums: {
    count: number;
    arr: number;
    health_by_arr: number | null;
    bands: { band: string; title: string; accounts: number; arr: number }[];
  };
  unjudged: number;
  currency: string;
  as_of: string;
  settling: boolean;
}
/** What is asked: who and in which order. */
export interface Question {
  view?: string;
  where?: string;
  segment?: string;
  q?: string;
  sort?: string;
}

/** Columns of the table's own; others are facts. */
export const ownColumns = ['health', 'weeks', 'why', 'arr', 'renewal', 'stage', 'owner', 'tags', 'status'] as const;
export type OwnColumn = (typeof ownColumns)[number];
const standard: string[] = ['health', 'weeks', 'why', 'arr', 'renewal', 'stage', 'owner'];

/** What the address asks, with what the view adds. */
export const questionOf = (search: AccountsSearch, view?: View): Question => ({
  view: search.where === undefined ? search.view : undefined,
  where: search.where || undefined,
  segment: search.segment,
  q: search.q,
  sort: search.sort ?? view?.sort ?? undefined,
});
export const shownColumns = (search: AccountsSearch, view?: View) =>
  search.columns ? search.columns.split(',') : view?.columns?.length ? view.columns : standard;
export const factsOf = (columns: string[]) => columns.filter((key) => !(ownColumns as readonly string[]).includes(key)).join(',');

export const PAGE = 60;
const tableKey = ['accounts', 'table'];
const pageOf = (question: Question, columns: string, page: number) => ({
  queryKey: [...tableKey, question, columns, page],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    ask<TablePage>('GET', '/api/v1/accounts/table', {
      query: { ...question, columns, offset: page * PAGE, limit: PAGE },
      signal,
    }),
});

const everybody = pageOf({}, '', 0);

/** What the page shows is on its way while the page itself is loaded. The first rows are waited for a moment: drawn once is
 * sooner than drawn twice. Those of a view are asked for only where it is known. */
export async function askAhead(search: AccountsSearch) {
  void queryClient.prefetchQuery(viewsQuery);
  void queryClient.prefetchQuery(everybody);
  void queryClient.prefetchQuery(ruleCatalogue);
  const view = queryClient.getQueryData(viewsQuery.queryKey)?.find((one) => one.id === search.view);
  if (search.view && !view) return;
  const page = pageOf(questionOf(search, view), factsOf(shownColumns(search, view)), 0);
  const known = queryClient.getQueryData(page.queryKey);
  const rows = queryClient.prefetchQuery(page);
  if (!known) await Promise.race([rows, new Promise((enough) => setTimeout(enough, 80))]);
}

/** All accounts that one sees, for their sums: what the page asks that narrows nothing. */
export const useEverybody = () => useQuery(everybody);
/** No account has a health yet: then nobody is at risk as far as is known, which is not the same as nobody. */
export const noHealth = (all: TablePage | undefined) =>
  Boolean(all?.total) && all!.sums.bands.every(({ band }) => band === 'unknown');
/** Whether a rule asks for the health. */
export const asksHealth = (rule: RuleNode | null) => JSON.stringify(rule).includes('"health');

/** Rows of a question with holes where nothing is loaded yet; the pages in view are asked for. */
export function useTable(question: Question, columns: string, first: number, last: number) {
  const from = Math.floor(first / PAGE);
  const to = Math.max(from, Math.floor(last / PAGE));
  const head = useQuery({
    ...pageOf(question, columns, 0),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.settling ? 1500 : false),
  });
  const wanted = useMemo(
    () => Array.from({ length: Math.min(to - from + 1, 8) }, (_, i) => from + i).filter((page) => page > 0),
    [from, to],
  );
  const others = useQueries({ queries: wanted.map((page) => ({ ...pageOf(question, columns, page), enabled: head.isSuccess })) });
  const seen = others.map((one) => one.dataUpdatedAt).join();
  const total = head.data?.total ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `seen` says when the cache has grown
  const rows = useMemo(() => {
    const all: (Row | undefined)[] = new Array(total).fill(undefined);
    const put = (page: number, data: Row[] | undefined) => {
      data?.forEach((row, i) => {
        if (page * PAGE + i < total) all[page * PAGE + i] = row;
      });
    };
    put(0, head.data?.data);
    // Pages that were seen before stay: they are in the cache.
    for (const [key, data] of queryClient.getQueriesData<TablePage>({ queryKey: [...tableKey, question, columns] }))
      put(key.at(-1) as number, data?.data);
    return all;
  }, [head.data, total, question, columns, seen]);
  return { head, rows, total };
}

/** Lays new values over the rows that are shown, at once; whoever calls asks anew afterwards. */
export function patchRows(ids: ReadonlySet<string> | 'all', change: (row: Row) => Row) {
  queryClient.setQueriesData<TablePage>(
    { queryKey: tableKey },
    (page) => page && { ...page, data: page.data.map((row) => (ids === 'all' || ids.has(row.id) ? change(row) : row)) },
  );
}
export const refreshTable = () =>
  Promise.all([
    queryClient.invalidateQueries({ queryKey: ['accounts'] }),
    queryClient.invalidateQueries({ queryKey: viewsQuery.queryKey }),
  ]);

/* ---- views ---- */

export interface View {
  id: string;
  title: string;
  rule: RuleNode | null;
  text: string | null;
  sort: string | null;
  columns: string[] | null;
  density: 'comfortable' | 'compact';
  shared: boolean;
  mine: boolean;
  built_in: boolean;
  count: number | null;
  broken: string | null;
  version: number;
}
const viewsQuery = queryOptions({
  queryKey: ['views'],
  queryFn: async () => (await ask<Page<View>>('GET', '/api/v1/views')).data,
});
export const useViews = () => useQuery(viewsQuery);
export const saveView = (body: Partial<Pick<View, 'title' | 'text' | 'sort' | 'columns' | 'density' | 'shared'>>, view?: View) =>
  view
    ? ask<View>('PATCH', `/api/v1/views/${view.id}`, { body, etag: `"${view.version}"` })
    : ask<View>('POST', '/api/v1/views', { body });
export const removeView = (view: View) =>
  ask('DELETE', `/api/v1/views/${view.id}`, { etag: view.built_in ? undefined : `"${view.version}"` });

/** A rule of the address as a tree; the server reads it, once. */
export const ruleKey = (text: string) => ['rule', text];
export function useRuleOf(text: string | undefined) {
  return useQuery({
    queryKey: ruleKey(text ?? ''),
    enabled: Boolean(text),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: async () => (await ask<{ rule: RuleNode }>('POST', '/api/v1/rules/check', { body: { text } })).rule,
  });
}

/* ---- many at once ---- */

export interface Member {
  id: string;
  name: string;
  disabled: boolean;
}
export const useMembers = (wanted = true) =>
  useQuery({
    queryKey: ['members', 'names'],
    enabled: wanted,
    staleTime: 5 * 60_000,
    queryFn: async () =>
      (await ask<Page<Member>>('GET', '/api/v1/members', { query: { limit: 500 } })).data.filter((one) => !one.disabled),
  });

export interface Bulk {
  ids?: string[];
  where?: string;
  view?: string;
  segment?: string;
  q?: string;
  expect?: number;
  set?: Record<string, string | null>;
  add_tags?: string[];
  remove_tags?: string[];
}
export const changeMany = (body: Bulk) =>
  ask<{ id: string | null; matched: number; changed: number }>('POST', '/api/v1/accounts/bulk', { body });
export const undoMany = (id: string) =>
  ask<{ restored: number; left: number; left_accounts: { name: string }[] }>('POST', `/api/v1/accounts/bulk/${id}/undo`, {
    body: {},
  });
