/** The shapes of the retention API, which openapi.json tells in words. */
import type { Calendar, Day } from '@/lib/format';
import type { Words } from '@/lib/words';

export interface Value {
  state: 'known' | 'not_applicable' | 'infinite';
  value: number | null;
  if_renewed: number | null;
  low: number | null;
  high: number | null;
}
export type Amounts = Record<string, number>;

export interface RetentionPeriod {
  period: string;
  from: Day;
  /** The day behind the last. */
  to: Day;
  partial: boolean;
  group?: string | null;
  unjudged: number;
  amounts: Amounts;
  figures: Record<string, Value>;
  closed: { at: string; by: string; changed_since: Amounts } | null;
}
export interface Retention {
  as_of: Day;
  mode: 'snapshot' | 'flow';
  currency: string;
  rules: { grace_days: number };
  periods: RetentionPeriod[];
  definitions: { key: string; title: Words; definition: Words }[];
  amount_titles: { key: string; money: boolean; title: Words }[];
}
export interface Movement {
  day: Day;
  kind: 'new' | 'returned' | 'expansion' | 'contraction' | 'churn';
  amount: number;
  parts: Record<string, number>;
  reason?: 'cancelled' | 'not_renewed';
  pending?: boolean;
}
export interface RetentionRow {
  id: string;
  account: string;
  name: string;
  weight: number;
  amounts: Amounts;
  movements: Movement[];
}
export interface RetentionRows {
  currency: string;
  period: string;
  from: Day;
  to: Day;
  frozen: boolean;
  figure?: { key: string; title: Words; definition: Words; value: Value; over: number; under: number };
  amounts: Amounts;
  accounts: number;
  data: RetentionRow[];
  has_more: boolean;
}
export interface ClosedPeriod {
  label: string;
  from_day: Day;
  to_day: Day;
  closed_at: string;
  closed_by: string;
  currency: string;
}
export interface Restated extends ClosedPeriod {
  restated_accounts: number;
  changes: {
    account?: string;
    name?: string;
    reason: string;
    reason_title: Words;
    restatement: boolean;
    was: Amounts;
    change: Amounts;
  }[];
  figures: { key: string; title: Words; shown: number | null; now: number | null }[];
  /** What was shown before, newest first. */
  restatements: { at: string; by: string; reason: string; reason_title?: Words; note: string }[];
}
export interface Cohorts {
  currency?: string;
  not_converted?: number;
  cohorts: { cohort: string; from: Day; size: number; start?: number; active: number[] }[];
}
export interface CohortAccounts {
  currency?: string;
  accounts: number;
  data: { id: string; account: string; name: string; began: number; left: number; converted: boolean }[];
  has_more: boolean;
}
export type Mode = 'snapshot' | 'flow' | 'renewals';
export const modes: Mode[] = ['snapshot', 'flow', 'renewals'];

/** What a drawer shows: written in the address as figure:nrr, amount:churn, point:2026-01-01..2026-12-31, cohort:2025Q1:3, closed:2026-09, books. */
export interface Asked {
  kind: 'figure' | 'amount' | 'point' | 'cohort' | 'closed' | 'books';
  key: string;
  since: number;
}
export function readOpen(text: string | undefined): Asked | null {
  const [kind, key = '', since] = (text ?? '').split(':');
  return kind === 'figure' || kind === 'amount' || kind === 'point' || kind === 'cohort' || kind === 'closed' || kind === 'books'
    ? { kind, key, since: Number(since) || 0 }
    : null;
}
export interface Wanted {
  calendar: Calendar;
  from: Day;
  to: Day;
}
/** The sum of the amounts whose keys begin so: expansion of its five parts. */
export const sumOf = (amounts: Amounts, prefix: string) =>
  Object.entries(amounts).reduce((sum, [key, value]) => (key.startsWith(`${prefix}_`) ? sum + value : sum), 0);
