/** What the account's routes answer. Amounts are minor units of the base currency. */
import type { components } from '@/lib/api.gen';
import type { Day } from '@/lib/format';

export interface Overview {
  id: string;
  account: string | null;
  name: string;
  status: string | null;
  stage: string | null;
  segment: string | null;
  plan: string | null;
  country: string | null;
  owner: string | null;
  owner_name: string | null;
  team: string | null;
  touch_model: string | null;
  touch_title: string | null;
  starts_on: Day | null;
  as_of: Day;
  score: number | null;
  band: string;
  band_title: string;
  coverage: number | null;
  card: string | null;
  judged_at: string | null;
  change_28d: number | null;
  arr: number | null;
  currency: string | null;
  seats: number | null;
  active_users_28d: number | null;
  seat_utilisation_28d: number | null;
  renews_on: Day | null;
  days_to_renewal: number | null;
  notice_on: Day | null;
  last_contact_on: Day | null;
  last_use_on: Day | null;
  overdue_amount: number | null;
  overdue_days: number | null;
  open_tickets: number | null;
  open_urgent_tickets: number | null;
  milestones_overdue: number | null;
  odds: { text: string; band: Odds | null; bin: Odds | null } | null;
  causes: Record<string, string>;
  counts: Record<'contacts' | 'subscriptions' | 'invoices' | 'tickets' | 'answers' | 'activities' | 'milestones', number>;
}
export interface Odds {
  rate: number | null;
  low: number | null;
  high: number | null;
  days: number;
  cases: number;
}
export interface Measure {
  group: string;
  key: string;
  title: string;
  state: 'known' | 'unknown' | 'not_applicable';
  cause: string | null;
  value: number | null;
  text: string | null;
  age_days: number | null;
  window: { from: Day; to: Day } | null;
  counted: 'known' | 'carried' | 'zero' | 'neutral' | 'left_out' | 'not_applicable';
  points: number | null;
  share: number | null;
  contribution: number;
}
export interface Adjustment {
  kind: 'exception' | 'override' | 'clamp';
  key: string;
  text: string;
  holds: string;
  contribution: number;
}
export interface Part {
  step: 'value' | 'peers' | 'data' | 'scorecard' | 'exception' | 'override' | 'clamp';
  key: string;
  title: string;
  difference: number;
  before: string | number | null;
  after: string | number | null;
}
export interface Health {
  account: string;
  as_of: Day;
  score: number | null;
  band: string;
  band_title: string;
  coverage: number | null;
  card: string | null;
  card_in_force: boolean;
  measures: Measure[] | null;
  adjustments: Adjustment[] | null;
  waterfall: { against: Day; score_before: number | null; difference: number; parts: Part[] } | null;
}
export interface ScorePoint {
  day: Day;
  score: number | null;
  band: string;
  shown: boolean;
}
export interface UsagePoint {
  from: Day;
  to: Day;
  value: number | null;
  partial: boolean;
  usual_low: number | null;
  usual: number | null;
  usual_high: number | null;
}
export interface Usage {
  by: 'week' | 'day';
  measure: string;
  feature: string | null;
  data: UsagePoint[];
}
export interface Features {
  weeks: Day[];
  data: { feature: string; title: string; core: boolean; entitled: boolean | null; cells: number[] }[];
  other: { cells: number[] };
}
export interface Person {
  id: string;
  person: string;
  name: string | null;
  email: string | null;
  title: string | null;
  role: string | null;
  key_role: 'champion' | 'sponsor' | null;
  since: string | null;
  left: boolean;
  left_at: string | null;
  last_seen_on: Day | null;
  last_seen_days: number | null;
  active_days_28d: number | null;
  events_30d: number | null;
  nps_last: number | null;
  nps_age_days: number | null;
  csat_last: number | null;
}
export interface People {
  data: Person[];
  gaps: { role: 'champion' | 'sponsor'; left: string; left_at: string; suggested: string | null }[];
}
export interface Movements {
  data: { day: Day; kind: string; amount: number; parts: Record<string, number>; reason?: string; pending?: boolean }[];
  months: { period: string; to: Day; arr: number }[];
  first: Day | null;
  currency: string;
}
export interface Milestones {
  data: {
    stage: string;
    entered_on: Day;
    left_on: Day | null;
    milestone: string;
    title: string;
    due_on: Day;
    reached_on: Day | null;
    state: 'reached' | 'waiting' | 'late' | 'missed' | 'unknown';
  }[];
}
export interface Reason {
  fact: string;
  title: string;
  /** To the log odds. */
  adds: number;
  direction: 'raises' | 'lowers';
  text: string;
  /** Absent of a fact that is a word. */
  value?: number | null;
  /** Share of those foretold of whose value is lower. */
  percentile?: number | null;
  evidence: string;
}
export interface Prediction {
  outcome: string;
  title: string;
  days: number;
  chance: number | null;
  /** What became of customers with such chances; without a chance: why there is none. */
  text?: string;
  low?: number | null;
  high?: number | null;
  reasons?: Reason[];
  /** Without a model: what became of customers of its plan and age. */
  cohort?: { plan: string; year: number; chance: number; low: number; high: number; text: string };
}
export interface Given {
  outcome: string;
  given_at: string;
  version: number;
  chance: number | null;
  low: number | null;
  high: number | null;
}
export interface Predictions {
  data: Prediction[];
  /** The newest first. */
  history: Given[];
}
export type Account = components['schemas']['Account'] & { id: string; version: number };
export type Subscription = components['schemas']['Subscription'] & { id: string };
export type Ticket = components['schemas']['Ticket'] & { id: string };
export type Invoice = components['schemas']['Invoice'] & { id: string };
export type Answer = components['schemas']['Answer'] & { id: string };
