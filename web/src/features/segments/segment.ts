/** Segments on the wire, and their questions. */
import { useQuery } from '@tanstack/react-query';
import type { RuleCatalogue, RuleNode } from '@/components/rule';
import { contactFacts } from '@/components/rule/words';
import { ask, type Page } from '@/lib/api';
import { own, type Words } from '@/lib/words';

export interface Segment {
  id: string;
  key: string;
  version: number;
  holds: 'accounts' | 'contacts';
  title_en: string | null;
  title_fa: string | null;
  /** null: a list kept by hand. */
  rule: RuleNode | null;
  text: string | null;
  touch_place: number | null;
  touch_owner: string | null;
  touch_cadence_days: number | null;
  live_from: string;
  created_by: string;
  since: string;
  members: number;
  unknown: number;
  arr: number | null;
  currency: string;
  broken: string | null;
  entered_30d: number;
  left_30d: number;
}
export interface Member {
  account: string;
  name: string;
  contact?: string;
  contact_name?: string;
  email?: string;
  arr: number | null;
  turns_on?: string | null;
}
export interface Told {
  members: number;
  unknown: number;
  causes: { cause?: { en: string; fa: string }; en?: string; fa?: string; count: number }[];
  arr: number | null;
  without_arr: number;
  currency: string;
}
export interface Members extends Told {
  data: Member[];
  next_cursor: string | null;
  has_more: boolean;
}
export interface Turn extends Member {
  at: string;
  entered: boolean;
  cause: string;
  version: number;
  /** The parts of the rule that turned. */
  why: { text: string; rule: RuleNode } | null;
}
export interface Preview extends Told {
  key: string;
  exists: boolean;
  added: { names: Member[]; count: number };
  removed?: { names: Member[]; count: number };
  sizes: { day: string; members: number; unknown: number }[];
}

export const segmentsKey = ['segments'];
export const pathOf = (key: string) => `/api/v1/segments/${encodeURIComponent(key)}`;
export const useSegments = () =>
  useQuery({ queryKey: segmentsKey, queryFn: () => ask<Page<Segment>>('GET', '/api/v1/segments') });
export const personOf = (member: Member) => member.contact_name || member.email || member.name;
export const causeText = (cause: Told['causes'][number]) => own((cause.cause ?? cause) as Words);
/** Two titles: what is empty is taken from the other. */
export const titles = (en: string, fa: string) => ({
  title_en: en.trim() || fa.trim() || null,
  title_fa: fa.trim() || en.trim() || null,
});
/** What the rule of a segment may speak of: of people it is their facts. */
export const catalogueFor = (segment: Pick<Segment, 'holds'>, catalogue: RuleCatalogue): RuleCatalogue =>
  segment.holds === 'contacts' ? { ...catalogue, facts: contactFacts() } : catalogue;
