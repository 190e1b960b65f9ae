/** The shapes of the adoption API. Ratios are shares of one; null is not known. */
import type { Day } from '@/lib/format';

/** The parts of the page. */
export const tabs = ['use', 'features', 'accounts', 'licences', 'drops'] as const;
export type Tab = (typeof tabs)[number];

type Ratio = number | null;
export interface Adoption {
  period: string | null;
  from: Day;
  to: Day;
  group: string | null;
  accounts: number;
  active_accounts: number;
  people: number;
  events: number;
  breadth: Ratio;
  breadth_unknown: number;
  events_per_person: Ratio;
  days_per_week: Ratio;
  dau_mau: Ratio;
  working_dau_mau: Ratio;
  wau_mau: Ratio;
  power_users: number;
  power_share: Ratio;
  accounts_new: number;
  accounts_returning: number;
  accounts_resurrecting: number;
  accounts_dormant: number;
  people_new: number;
  people_returning: number;
  people_resurrecting: number;
  people_dormant: number;
  unjudged: number;
}
export interface ActivityChurn {
  period: string | null;
  from: Day;
  to: Day;
  start: number;
  churned: number;
  retained: number;
  joined: number;
  end: number;
  churn: Ratio;
}
export interface FeatureUse {
  feature: string;
  core: boolean;
  entitled: number;
  plan_unknown: number;
  using: number;
  share: Ratio;
  beyond_plan: number;
  people: number;
  people_share: Ratio;
  events: number;
}
export interface HeatTable {
  features: string[];
  data: { account: string; name: string; total: number; cells: (number | null)[]; other: number }[];
}
export interface Licences {
  age_from: number;
  age_to: number | null;
  accounts: number;
  unknown: number;
  seats: number;
  people: number;
  utilisation: Ratio;
  median: Ratio;
  idle: number;
  over: number;
}
