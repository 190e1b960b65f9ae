/** The shapes of time to value, milestones and lifetime value. */
import { addDays, type Day, format } from '@/lib/format';
import type { Period } from '@/lib/period';
import type { Words } from '@/lib/words';

/** The day from which it is looked at: behind chosen days, else now. */
export const asOf = (period: Period) => {
  const behind = addDays(period.to, 1);
  return period.custom && behind <= format.today() ? behind : undefined;
};

export interface Quartiles {
  p25: number | null;
  p25_low: number | null;
  p25_high: number | null;
  p50: number | null;
  p50_low: number | null;
  p50_high: number | null;
  p75: number | null;
  p75_low: number | null;
  p75_high: number | null;
}
export interface ValueRow extends Quartiles {
  cohort: string | null;
  group: string | null;
  accounts: number;
  reached: number;
  waiting: number;
  left: number;
  early: number;
  not_yet: number | null;
  within_30: number | null;
  within_90: number | null;
}
export interface CurveStep {
  day: number;
  at_risk: number;
  reached: number;
  share: number;
  low: number;
  high: number;
}
export interface Censored {
  day: number;
  accounts: number;
  share: number;
}
export interface TimeToValue {
  data: ValueRow[];
  as_of: Day;
  no_event: number;
  no_start: number;
  no_data: number;
  unjudged: number;
  definition: Words;
  note?: Words;
  curve: CurveStep[];
  censored: Censored[];
}
export interface ValueAccount {
  account: string;
  name: string;
  state: 'reached' | 'waiting' | 'left';
  days: number;
  start: Day;
  reached: Day | null;
  event: string;
  definition: string;
}
export interface ValueEvent {
  key: string;
  event: string;
  product: string | null;
  plan: string | null;
  clock: 'contract' | 'first_event' | 'kickoff';
  version: number;
}
export interface Milestone {
  key: string;
  stage: string;
  place: number;
  title_en: string;
  title_fa: string | null;
  rule: unknown;
  rule_text: string;
  due_days: number;
  version: number;
}
export interface Progress extends Quartiles {
  stage: string;
  milestone: string;
  title: string;
  group: string | null;
  due_days: number;
  entered: number;
  reached: number;
  waiting: number;
  late: number;
  missed: number;
  unknown: number;
  in_time: number | null;
}
export interface Stage extends Quartiles {
  stage: string;
  group: string | null;
  stays: number;
  moved_on: number;
  lost: number;
  here: number;
  late: number;
  longest_days: number;
}
export interface Stuck {
  account: string;
  name: string;
  stage: string;
  entered_on: Day;
  days_in_stage: number;
  milestone: string;
  title: string;
  due_on: Day;
  days_late: number;
  late: number;
}
export type State = 'ok' | 'capped' | 'too_few' | 'too_short' | 'nobody';
export interface LifetimeRow {
  group: string | null;
  customers: number;
  lost: number;
  exposed: number;
  arpa: number | null;
  churn: number | null;
  churn_low: number | null;
  churn_high: number | null;
  simple_state: State;
  simple: number | null;
  simple_low: number | null;
  simple_high: number | null;
  contract_state: State;
  contract: number | null;
  contract_low: number | null;
  contract_high: number | null;
  contract_months: number;
  watched: number;
  ended: number;
  remaining: number | null;
  remaining_total: number | null;
  beyond: number | null;
}
export interface Lifetime {
  data: LifetimeRow[];
  as_of: Day;
  currency: string;
  window: number;
  margin: number;
  discount: number;
  months: number;
  cap_months: number;
  least_churns: number;
  unjudged: number;
  simple_definition: Words;
  contract_definition: Words;
  remaining_definition: Words;
}
/** The pages of a paged answer of insight. */
export interface Paged<T> {
  data: T[];
  has_more: boolean;
  next_cursor: string | null;
}
