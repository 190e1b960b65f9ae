/** Facts as other features need them: the catalogue, titles, and how the values of one lie. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ask } from '@/lib/api';
import { own } from '@/lib/words';

export interface FactRow {
  key: string;
  of: string;
  type: 'number' | 'bool' | 'date' | 'text';
  unit: string;
  title: { en: string; fa: string };
  source: Record<string, unknown>;
  better: 'higher' | 'lower' | 'neither';
  built_in: boolean;
  /** Days after which a value is too old to count; null: never. */
  valid_for: number | null;
  /** The facts that it is made from. */
  reads: string[];
}
interface Told {
  accounts: number;
  known: number;
  unknown: number;
  not_applicable: number;
  causes: { en: string; fa: string; count: number }[];
}
export interface Bar {
  from: number;
  to: number;
  accounts: number;
  /** null: too few left to say. */
  left: number | null;
}
export interface Distribution extends Told {
  fact: string;
  outcome: 'churn' | 'no_renewal' | 'contraction' | 'silence';
  days: number;
  age_days: number | null;
  left: Told & { enough: boolean; needed: number };
  bins?: Bar[];
  more_below?: boolean;
  more_above?: boolean;
  values?: { value: string | null; accounts: number; left: number | null }[];
}

export const factsKey = ['facts'];
export const useFacts = () =>
  useQuery({
    queryKey: factsKey,
    staleTime: 5 * 60_000,
    queryFn: () => ask<{ data: FactRow[] }>('GET', '/api/v1/facts'), // as all keep it under this key
    select: ({ data }) => data,
  });
export const titleOf = (fact: { key: string; title: { en: string; fa: string } }) => own(fact.title) || fact.key;
/** `where`: a rule in its text form; only accounts for which it holds. */
export const useDistribution = (key: string, where?: string, wanted = true) =>
  useQuery({
    queryKey: ['facts', key, 'distribution', where ?? ''],
    enabled: wanted,
    staleTime: 5 * 60_000,
    queryFn: () => ask<Distribution>('GET', `/api/v1/facts/${encodeURIComponent(key)}/distribution`, { query: { where } }),
  });

export interface Coverage {
  fact: string;
  known: number;
  unknown: number;
  not_applicable: number;
  /** Of a known value, the middle one. */
  age_days: number | null;
}
/** How much of each fact is known today, and how old it is. */
export function useCoverage() {
  const { data } = useQuery({
    queryKey: ['facts', 'coverage'],
    staleTime: 5 * 60_000,
    queryFn: async () => (await ask<{ data: Coverage[] }>('GET', '/api/v1/facts/coverage')).data,
  });
  return useMemo(() => data && new Map(data.map((one) => [one.fact, one])), [data]);
}
