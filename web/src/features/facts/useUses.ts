import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ask, type Page } from '@/lib/api';
import type { FactRow } from './index';
import { usedBy } from './words';

/** Which scorecards, segments and formulas read each fact; undefined until all are known. */
export function useUses(facts: FactRow[] | undefined) {
  const cards = useQuery({ queryKey: ['scorecards'], queryFn: () => ask<Page<never>>('GET', '/api/v1/scorecards') });
  const segments = useQuery({ queryKey: ['segments'], queryFn: () => ask<Page<never>>('GET', '/api/v1/segments') });
  return useMemo(
    () => facts && cards.data && segments.data && usedBy(facts, cards.data.data, segments.data.data),
    [facts, cards.data, segments.data],
  );
}
