/** The shapes of the forecast API, which openapi.json tells in words. */
import type { components } from '@/lib/api.gen';
import { currencyExponent, type Day, format, latinDigits } from '@/lib/format';

export interface Words {
  en: string;
  fa: string;
}
export interface Range {
  mean: number | null;
  low: number | null;
  high: number | null;
}
export interface ForecastRow {
  /** null: all periods. */
  period: string | null;
  from: Day;
  to: Day;
  /** Of a split: its value, null where it is not known; absent: all accounts. */
  group?: string | null;
  lines: number;
  not_converted: number;
  due: number;
  commit: number;
  best_case: number;
  likely: number;
  expansion: number;
  expected: Range;
  expected_count: Range;
  renewed: number;
  won: number;
  lost: number;
  uncalled: number;
  uncalled_due: number;
  needs: number;
}
export interface Forecast {
  as_of: Day;
  from: Day;
  to: Day;
  currency: string;
  unjudged: number;
  data: ForecastRow[];
  definitions: Record<'commit' | 'best_case' | 'likely' | 'expected' | 'base_rate' | 'amounts', Words>;
}
export type Call = components['schemas']['RenewalCall'] & { id: string; made_by: string; made_at: string };
export type Note = components['schemas']['RenewalNote'] & { id: string; written_by: string; written_at: string };
export const callKinds = ['renew', 'expansion', 'contraction', 'at_risk', 'churn'] as const;
export type CallKind = (typeof callKinds)[number];
export interface Line {
  id: string;
  account: string;
  name: string;
  owner_name: string | null;
  product: string;
  currency: string;
  due_on: Day;
  days_left: number;
  stage: 'open' | 'signed' | 'cancelled' | 'late' | 'renewed' | 'lost';
  amount: number | null;
  own_amount: number;
  score: number | null;
  band: string | null;
  model: {
    probability: number;
    low: number | null;
    high: number | null;
    source: string;
    key: string | null;
    version: number | null;
  };
  call: Call | null;
  decision: Note | null;
  plan: Note | null;
  category: 'commit' | 'best_case' | 'omitted';
  needs: { need: string; text: string }[];
}
export interface Lines {
  data: Line[];
  currency: string;
  lines: number;
  due: number;
  has_more: boolean;
  next_cursor: string | null;
}
export type AccountLine = Line & { calls: Call[]; notes: Note[] };
export interface Accuracy {
  data: {
    who: 'people' | 'model';
    name: string | null;
    days: number;
    lines: number;
    few: boolean;
    forecast: number | null;
    actual: number | null;
    bias: number | null;
    mape: number | null;
    error: number | null;
  }[];
  currency: string;
  definition: Words;
}
export const filters = ['open', 'needs', 'uncalled', 'at_risk', 'over'] as const;
export type Filter = (typeof filters)[number];
export const own = (words: Words | undefined) => (words ? (format.options.language === 'fa' ? words.fa : words.en) : '');
export const isOpen = (line: Line) => line.stage === 'open' || line.stage === 'late';

/** Minor units of what a person typed, in the unit in which amounts are shown; null: no number. */
export function minorOf(typed: string, currency: string): number | null {
  const number = Number(
    latinDigits(typed)
      .replace(/[,٬\s]/g, '')
      .replace('٫', '.'),
  );
  if (!typed.trim() || !Number.isFinite(number)) return null;
  return Math.round(number * (currency === 'IRR' && format.options.toman ? 10 : 10 ** currencyExponent(currency)));
}

/** In the address: account|day|product|currency. */
export const nameOf = (line: Line) => [line.id, line.due_on, line.product, line.currency].join('|');
