/** What /api/v1/home answers. Amounts are minor units of the base currency. */
import type { Day } from '@/lib/format';
import type { Book } from './routes';

export interface AccountRow {
  id: string;
  account: string | null;
  name: string;
  owner: string | null;
  owner_name: string | null;
  arr: number | null;
  arr_estimated: boolean;
  score: number | null;
  band: string;
  band_title: string;
  change_28d: number | null;
  days_to_renewal: number | null;
}
export interface Reason {
  key: string;
  text: string;
  difference: number | null;
  evidence: string | null;
}
export interface Call extends AccountRow {
  renews_on: Day | null;
  leaving: boolean;
  champion_left: boolean;
  chance: number;
  chance_tested: boolean;
  help: { time: number; reach: number; fresh: number };
  worth: number;
  reasons: Reason[];
  whom: { id: string; name: string; role: 'champion' | 'sponsor' } | null;
}
export type ChangeKind =
  | 'danger'
  | 'champion_left'
  | 'sponsor_left'
  | 'urgent_ticket'
  | 'fall'
  | 'overdue'
  | 'detractor'
  | 'unseen'
  | 'milestone_late'
  | 'rise'
  | 'milestone_reached'
  | 'answer';
export interface Change extends AccountRow {
  kind: ChangeKind;
  loud: boolean;
  at: string;
  score_before?: number;
  band_before?: string;
  text: string | null;
  evidence: string | null;
}
export interface Week {
  from: Day;
  to: Day;
  committed: number;
  open: number;
  at_risk: number;
  terms: number;
}
export type RenewalState = 'committed' | 'open' | 'at_risk';
export interface Renewal extends AccountRow {
  day: Day;
  days: number;
  amount: number | null;
  state: RenewalState;
}
export interface Due extends AccountRow {
  kind: 'notice' | 'contact' | 'milestone';
  day: Day;
  days: number;
  title: string | null;
}
export interface Kept {
  value: number | null;
  low: number | null;
  high: number | null;
}
export interface RiskGroup {
  key: string;
  title: string;
  accounts: number;
  /** null: of none of them it is known. */
  arr: number | null;
  at_risk_accounts: number;
  at_risk_arr: number;
  at_stake: number | null;
}
export interface Home {
  today: Day;
  book: {
    scope: Book;
    accounts: number;
    arr: number;
    arr_unknown: number;
    currency: string;
    bands: { band: string; title: string; arr: number; accounts: number }[];
    renewing: {
      days: number;
      accounts: number;
      arr: number;
      at_risk_accounts: number;
      at_risk_arr: number;
      not_converted: number;
    };
    retention: { from: Day; to: Day; customers: number; net: Kept; gross: Kept };
  };
  calls: { needing: number; data: Call[] };
  changes: { since: string; slipped: number; recovered: number; total: number; data: Change[] };
  renewals: { weeks: Week[]; total: number; next: Renewal[] };
  due: { total: number; data: Due[] };
  leaders: {
    fallen: AccountRow[];
    risen: AccountRow[];
    by_owner: RiskGroup[];
    by_segment: RiskGroup[];
    by_touch_model: RiskGroup[];
  } | null;
}

/** Whether any account of the book has a health: with none, nobody is known to be in danger, nor to be safe. */
export const judged = ({ book }: Home) => book.bands.some(({ band }) => band !== 'unknown');
