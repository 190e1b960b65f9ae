/** The shapes of the models API, and what the web asks of it. */
import { queryOptions } from '@tanstack/react-query';
import { ask } from '@/lib/api';
import type { Day } from '@/lib/format';

export type LearnerKind = 'prior' | 'recency' | 'logit' | 'boosting';
export type Verdict = 'ok' | 'too_few' | 'too_short' | 'no_skill' | 'worse';
export interface Bin {
  cases: number;
  lost: number;
  from: number;
  to: number;
  /** What was said on the average, and the share to whom it came. */
  mean: number;
  rate: number;
  low: number;
  high: number;
}
export interface Learner {
  learner: LearnerKind;
  auc: number | null;
  auc_low: number | null;
  auc_high: number | null;
  pr_auc: number | null;
  log_loss: number | null;
  brier: number | null;
  ece: number | null;
  lift: number | null;
  precision: number | null;
  over_best: number | null;
  over_best_error: number | null;
  bins: Bin[];
}
export type Absence = 'barred' | 'own' | 'empty' | 'constant' | 'leak';
export interface LeftOut {
  fact: string;
  reason: Absence;
  why_en: string;
  why_fa: string;
  auc?: number;
}
export interface Tests {
  cases: number;
  lost: number;
  accounts: number;
  snapshots: number;
  facts: number;
  test_cases?: number;
  test_lost?: number;
  test_accounts?: number;
  origins?: number;
  test_from?: Day;
  test_to?: Day;
  boosting_competed?: boolean;
  best?: LearnerKind;
  chosen?: LearnerKind;
  learners?: Learner[];
  calibration?: { kind: 'none' | 'shift' | 'platt' | 'isotonic' };
  left_out: LeftOut[];
}
export interface Version {
  version: number;
  state: 'live' | 'replaced' | 'rolled_back' | 'refused' | 'tried';
  verdict: Verdict;
  learner: LearnerKind;
  learner_title: string;
  made_at: string;
  made_by: string;
  cases: number;
  lost: number;
  accounts: number;
  first_day?: Day;
  last_day?: Day;
  text: string;
  definition: { days: number; grace_days: number; gap_days: number };
}
export interface ShortVersion extends Version {
  auc?: number | null;
  auc_low?: number | null;
  auc_high?: number | null;
}
export interface LifeRow {
  /** null: all plans; empty: not known. */
  plan: string | null;
  /** Of age: the first, the second, the third and later. */
  year: 1 | 2 | 3;
  lost: number;
  months: number;
  /** Of leaving within twelve months. */
  chance: number;
  low: number;
  high: number;
}
export interface WholeVersion extends Version {
  tests: Tests;
  life_table?: LifeRow[];
}
interface Head {
  outcome: string;
  title: string;
  /** Its chances as a fact; those of a product stand in growth. */
  fact?: string;
  product?: string;
  days: number;
  gap_days: number;
  being_made: boolean;
}
export interface ModelRow extends Head {
  live: ShortVersion | null;
  newest: ShortVersion | null;
}
export interface LeanedOn {
  fact: string;
  title: string;
  /** Log odds, on the average over those who are foretold of, up or down. */
  adds: number;
  direction: 'rises' | 'falls' | 'mixed';
}
export interface Now {
  foretold: number;
  mean: number | null;
  base_rate: number | null;
  psi: number | null;
  facts: LeanedOn[];
}
export interface Model extends Head {
  now?: Now;
  versions: WholeVersion[];
}

/** How often a model that is being made is asked about: making takes seconds to minutes, and nothing tells of its end. */
const EVERY_MS = 2000;
export const modelsKey = ['models'];
export const modelList = queryOptions({
  queryKey: modelsKey,
  queryFn: () => ask<{ data: ModelRow[] }>('GET', '/api/v1/models'),
  refetchInterval: ({ state }) => (state.data?.data.some((one) => one.being_made) ? EVERY_MS : false),
});
export const modelOf = (outcome: string) =>
  queryOptions({
    queryKey: [...modelsKey, outcome],
    queryFn: () => ask<Model>('GET', `/api/v1/models/${encodeURIComponent(outcome)}`),
    refetchInterval: ({ state }) => (state.data?.being_made ? EVERY_MS : false),
  });

/** Conventional marks of the population stability index. */
export const driftOf = (psi: number) => (psi < 0.1 ? 'steady' : psi <= 0.25 ? 'watch' : 'other');
/** A simpler learner counts as good where it is within one standard error of the best. */
export const withinError = (one: Learner) =>
  one.over_best !== null && one.over_best_error !== null && one.over_best <= one.over_best_error;
