/** Shapes of answers that openapi.json describes in words. */
export interface FactRow {
  key: string;
  of: string;
  type: 'number' | 'bool' | 'date' | 'text';
  unit: string;
  title: { en: string; fa: string };
  source: Record<string, unknown>;
  better: 'higher' | 'lower' | 'neither';
  built_in: boolean;
}
export interface Share {
  cases: number;
  lost: number;
  accounts: number;
  rate: number | null;
  low: number | null;
  high: number | null;
  text: string;
}
export interface TestResult {
  card: string;
  version: number;
  cases: number;
  lost: number;
  losses: number;
  accounts: number;
  unscored: number;
  rate: number;
  auc: number | null;
  auc_low: number | null;
  auc_high: number | null;
  recency_auc: number | null;
  lift: number | null;
  green_losses: number;
  green_loss_share: number | null;
  green_loss_low: number | null;
  green_loss_high: number | null;
  bands: (Share & { band: string; band_title: string })[];
  calibration: (Share & { score_from: number; score_to: number })[];
}
export interface Plan {
  outcome: 'churn' | 'no_renewal' | 'contraction' | 'silence';
  days: number;
  by: string;
  labelled_snapshots: number;
}
export interface Difference {
  cases: number;
  auc: number;
  auc_low: number;
  auc_high: number;
}
export interface WhatIf extends Plan {
  moved: number;
  moved_down: number;
  moved_up: number;
  moved_down_arr: number;
  moved_up_arr: number;
  currency: string;
  moves: {
    account: string;
    name: string;
    from: string;
    to: string;
    from_title: string;
    to_title: string;
    score_before: number | null;
    score_after: number | null;
    arr: number | null;
  }[];
  distribution: { band: string; band_title: string; before: number; after: number }[];
  refused?: string;
  current?: TestResult;
  draft?: TestResult;
  difference?: Difference;
}
export interface Proposal extends Plan {
  trained: { from: string; to: string; cases: number; losses: number };
  tested_from: string;
  kept: boolean;
  measures: { key: string; group: string; title: string; share_before: number; share_after: number }[];
  refused?: string;
  current?: TestResult;
  draft?: TestResult;
  difference?: Difference;
}
interface Told {
  accounts: number;
  known: number;
  unknown: number;
  not_applicable: number;
  causes: { en: string; fa: string; count: number }[];
}
export interface Distribution extends Told, Plan {
  fact: string;
  age_days: number | null;
  left: Told & { enough: boolean; needed: number };
  bins?: { from: number; to: number; accounts: number; left: number | null }[];
  more_below?: boolean;
  more_above?: boolean;
  values?: { value: string | null; accounts: number; left: number | null }[];
}
