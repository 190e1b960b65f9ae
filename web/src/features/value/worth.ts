/** The shapes of renewals, purchases without a contract, months to come, and survival. */
import type { Day } from '@/lib/format';
import type { Words } from '@/lib/words';

export const lifetimeTabs = ['renewals', 'purchases', 'accounts'] as const;

export interface RenewalStep {
  renewal: number;
  due: number;
  lost: number;
  renewed: number | null;
  observed: number | null;
  retention: number | null;
  survival: number | null;
  low: number | null;
  high: number | null;
  constant: number | null;
}
export interface RenewalRow {
  term_months: number;
  group: string | null;
  state: 'ok' | 'too_few' | 'too_short' | 'all_lost' | 'nobody';
  model: 'constant' | 'sbg' | 'bdw' | null;
  why: Words;
  contracts: number;
  due: number;
  lost: number;
  undecided: number;
  active: number;
  ending: number;
  value: number | null;
  value_low: number | null;
  value_high: number | null;
  beyond: number | null;
  total: number | null;
  total_low: number | null;
  total_high: number | null;
  curve: RenewalStep[];
}
export interface Renewals {
  data: RenewalRow[];
  currency: string;
  without_term: number;
  unjudged: number;
  definition: Words;
  split_words?: Words;
  note?: Words;
}
export interface BuyerRow {
  account: string;
  name: string;
  purchases: number;
  weeks_since_last: number;
  alive: number | null;
  expected: number | null;
  expected_low: number | null;
  expected_high: number | null;
  value: number | null;
  value_low: number | null;
  value_high: number | null;
}
export interface Purchases {
  data: BuyerRow[];
  currency: string;
  state: 'ok' | 'nobody' | 'too_few' | 'not_found';
  model: string | null;
  buyers: number;
  unpaid: number;
  all: BuyerRow | null;
  why?: Words;
  warning?: Words;
  note?: Words;
  definition: Words;
}
export interface AheadRow {
  account: string;
  name: string;
  age_months: number;
  arr: number;
  stays_12: number;
  stays_12_low: number;
  stays_12_high: number;
  stays_36: number;
  value: number;
  value_low: number;
  value_high: number;
}
export interface Ahead {
  data: AheadRow[];
  currency: string;
  state: 'ok' | 'too_few';
  model: 'facts' | 'age' | 'none';
  customers: number;
  total: number | null;
  total_low: number | null;
  total_high: number | null;
  why?: Words;
  note?: Words;
  definition: Words;
}
export interface SurvivalRow {
  group: string | null;
  lives: number;
  ended: number;
  expected: number | null;
  longest: number;
  median: number | null;
  median_low: number | null;
  median_high: number | null;
  mean: number | null;
  mean_low: number | null;
  mean_high: number | null;
  at_12: number | null;
  at_12_low: number | null;
  at_12_high: number | null;
  at_24: number | null;
  at_36: number | null;
  curve: { month: number; at_risk: number; ended: number; share: number; low: number; high: number; hazard: number }[];
}
export interface Survival {
  data: SurvivalRow[];
  as_of: Day;
  horizon: number;
  unjudged: number;
  logrank: { chi2: number; df: number; p: number | null } | null;
  verdict?: Words;
  definition: Words;
  note?: Words;
}
export interface Effect {
  fact: string;
  value: string | null;
  title: Words;
  step: number | null;
  ratio: number;
  low: number;
  high: number;
  p: number;
  changes: boolean;
}
export interface Effects {
  data: Effect[];
  lives: number;
  ended: number;
  proportional?: 'yes' | 'no' | 'unknown';
  verdict?: Words;
  left_out_words?: Words;
  note?: Words;
  definition: Words;
}
