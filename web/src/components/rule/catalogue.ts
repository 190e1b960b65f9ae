/** What rules may speak of: facts, segments, features; and the values that a text fact has, asked for when they are needed. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ask, type Page } from '@/lib/api';
import { useMe } from '@/lib/me';
import { own, titled, wordOf } from '@/lib/words';
import type { FactType } from './tree';

export interface FactInfo {
  key: string;
  type: FactType;
  unit: string;
  title: { en: string; fa: string };
}
export interface Named {
  key: string;
  title: string;
}
export interface RuleCatalogue {
  facts: FactInfo[];
  segments: Named[];
  features: Named[];
  currency: string;
}

export const factTitle = (fact: FactInfo) => own(fact.title) || fact.key;

interface SegmentRow {
  key: string;
  holds: string;
  title_en: string | null;
  title_fa: string | null;
}

/** For a loader too: what rules may speak of is on its way with the page. */
export const ruleCatalogue = queryOptions({
  queryKey: ['rule-catalogue'],
  staleTime: 5 * 60_000,
  queryFn: async () => {
    const [facts, segments, features] = await Promise.all([
      ask<{ data: FactInfo[] }>('GET', '/api/v1/facts'),
      ask<Page<SegmentRow>>('GET', '/api/v1/segments', { query: { counts: 0 } }),
      ask<Page<{ key: string; title_en: string; title_fa: string | null }>>('GET', '/api/v1/features', { query: { limit: 500 } }),
    ]);
    return {
      facts: facts.data,
      segments: segments.data.filter((one) => one.holds === 'accounts').map((one) => ({ key: one.key, title: titled(one) })),
      features: features.data.map((one) => ({ key: one.key, title: titled(one) })),
    };
  },
});

/** The catalogue of this organisation; undefined until it is there. */
export function useRuleCatalogue(): RuleCatalogue | undefined {
  const { currency } = useMe().organisation;
  const { data } = useQuery(ruleCatalogue);
  return useMemo(() => data && { ...data, currency }, [data, currency]);
}

export interface FactValue {
  value: string;
  label: string;
  accounts: number;
}
/** The values that accounts have of a text fact, most frequent first. */
export function useFactValues(fact: string, wanted = true) {
  return useQuery({
    queryKey: ['fact-values', fact],
    enabled: wanted,
    queryFn: async () => (await ask<{ data: FactValue[] }>('GET', `/api/v1/facts/${encodeURIComponent(fact)}/values`)).data,
    select: (values) =>
      fact === 'stage' || fact === 'segment' ? values.map((one) => ({ ...one, label: wordOf(fact, one.label) })) : values,
  });
}
