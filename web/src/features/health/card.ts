/**
 * A scorecard as it is edited. On the wire a measure has a weight within its group and a group one within the card; people think of
 * shares of the whole score. The draft holds shares: a group's weight is the sum of its measures' shares.
 */
import type { RuleNode } from '@/components/rule';

export interface Text {
  en: string;
  fa: string;
}
export type Step = [number, number];
export type Points = { bands: Step[] } | { linear: Step[] } | { percentile: { segment?: string; better?: 'higher' | 'lower' } };
export type Missing = 'reweigh' | 'zero' | 'neutral' | 'carry';
interface MeasureBase {
  key?: string;
  title?: Text;
  fact: string;
  points: Points;
  missing?: Missing;
  carry_days?: number;
}
export interface WireMeasure extends MeasureBase {
  weight: number;
}
export interface Measure extends MeasureBase {
  /** Of 100; 0: it does not count and is left out of what is saved. */
  share: number;
}
interface GroupBase {
  key: string;
  title?: Text;
}
export interface Exception {
  key?: string;
  when: RuleNode;
  set?: number;
  cap?: number;
  floor?: number;
  reason: Text;
}
interface CardBase {
  key: string;
  title?: Text;
  applies_to?: RuleNode;
  bands: { key: string; title?: Text; below?: number }[];
  minimum_coverage: number;
  exceptions?: Exception[];
}
export interface WireCard extends CardBase {
  groups: (GroupBase & { weight: number; measures: WireMeasure[] })[];
}
export interface Group extends GroupBase {
  measures: Measure[];
}
export interface Card extends CardBase {
  groups: Group[];
}
/** A version as the server keeps it. */
export interface Scorecard {
  id: string;
  key: string;
  version: number;
  place: number;
  card: WireCard;
  live_from: string;
  created_at: string;
  created_by: string;
  reason: string | null;
}

const round = (value: number, places = 2) => Math.round(value * 10 ** places) / 10 ** places;

export function toDraft(wire: WireCard): Card {
  const all = wire.groups.reduce((sum, group) => sum + group.weight, 0);
  return {
    ...wire,
    groups: wire.groups.map(({ weight, measures, ...group }) => {
      const inside = measures.reduce((sum, measure) => sum + measure.weight, 0);
      return {
        ...group,
        measures: measures.map(({ weight: own, ...measure }) => ({
          ...measure,
          share: round(((100 * weight) / all) * (own / inside)),
        })),
      };
    }),
  };
}

/** What is tested and saved: measures without weight and groups without measures are left out. */
export function toWire(card: Card): WireCard {
  const groups = card.groups
    .map(({ measures, ...group }) => {
      const counting = measures
        .filter((measure) => measure.share > 0)
        .map(({ share, ...measure }) => ({ ...measure, weight: share }));
      return {
        ...group,
        weight: round(
          counting.reduce((sum, measure) => sum + measure.weight, 0),
          4,
        ),
        measures: counting,
      };
    })
    .filter((group) => group.measures.length > 0);
  return { ...card, groups };
}

export const keyOf = (measure: MeasureBase) => measure.key ?? measure.fact;
export const measuresOf = (card: Card) => card.groups.flatMap((group) => group.measures);
export const findMeasure = (card: Card, key: string) => measuresOf(card).find((measure) => keyOf(measure) === key);
export const total = (card: Card) => round(measuresOf(card).reduce((sum, measure) => sum + measure.share, 0));
/** How far the shares are from 100; thirds that were rounded are not far. */
export const excess = (card: Card) => {
  const over = round(total(card) - 100);
  return Math.abs(over) < 0.1 ? 0 : over;
};

/** Gives the missing (or takes the superfluous) weight to all measures but one, in proportion; whole card where the rest has none. */
export function spread(card: Card, except?: string): Card {
  const others = measuresOf(card).filter((measure) => keyOf(measure) !== except && measure.share > 0);
  const held = round(total(card) - others.reduce((sum, measure) => sum + measure.share, 0));
  if (!others.length || held >= 100) return except === undefined ? card : spread(card);
  const now = others.reduce((sum, measure) => sum + measure.share, 0);
  const scaled = new Map(others.map((measure) => [keyOf(measure), round(((100 - held) * measure.share) / now, 1)]));
  /* What rounding leaves goes to the largest. */
  const rest = round(100 - held - [...scaled.values()].reduce((sum, share) => sum + share, 0));
  const [largest] = [...scaled].sort((a, b) => b[1] - a[1])[0]!;
  scaled.set(largest, round(scaled.get(largest)! + rest));
  return changeMeasures(card, (measure) => ({ ...measure, share: scaled.get(keyOf(measure)) ?? measure.share }));
}

export const changeMeasures = (card: Card, change: (measure: Measure) => Measure): Card => ({
  ...card,
  groups: card.groups.map((group) => ({ ...group, measures: group.measures.map(change) })),
});
export const changeMeasure = (card: Card, key: string, change: (measure: Measure) => Measure) =>
  changeMeasures(card, (measure) => (keyOf(measure) === key ? change(measure) : measure));

/** Points of a value by steps, as the server computes them. */
export function pointsAt(points: Points, value: number): number | null {
  if ('percentile' in points) return null;
  if ('bands' in points) {
    let found = points.bands[0]?.[1] ?? null;
    for (const [x, y] of points.bands) if (value >= x) found = y;
    return found;
  }
  const steps = points.linear;
  const first = steps[0];
  const last = steps.at(-1);
  if (!first || !last) return null;
  if (value <= first[0]) return first[1];
  for (let i = 1; i < steps.length; i++) {
    const [x0, y0] = steps[i - 1]!;
    const [x1, y1] = steps[i]!;
    if (value <= x1) return y0 + ((value - x0) / (x1 - x0)) * (y1 - y0);
  }
  return last[1];
}
/** The band of the card in which a score of these points lies: its place from the worst. */
export function bandAt(card: CardBase, points: number): number {
  const at = card.bands.findIndex((band) => band.below !== undefined && points < band.below);
  return at < 0 ? card.bands.length - 1 : at;
}

/** A value moved by a step, kept between its neighbours. */
export function moveStep(steps: Step[], i: number, x: number, least: number): Step[] {
  const low = i > 0 ? steps[i - 1]![0] + least : Number.NEGATIVE_INFINITY;
  const high = i + 1 < steps.length ? steps[i + 1]![0] - least : Number.POSITIVE_INFINITY;
  const kept = Math.min(high, Math.max(low, x));
  return steps.map((step, k) => (k === i ? [round(kept, 6), step[1]] : step));
}

export type Change =
  | { kind: 'share'; key: string; from: number; to: number }
  | { kind: 'points' | 'missing' | 'added' | 'removed' | 'moved' | 'renamed'; key: string }
  | { kind: 'exception_added' | 'exception_removed' | 'exception_changed'; index: number; reason: Text }
  | { kind: 'groups' | 'bands' | 'coverage' | 'applies' | 'name' };

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** What the draft changes against the live version, for people to read before they publish. */
export function changes(live: Card, draft: Card): Change[] {
  const found: Change[] = [];
  const groupOf = (card: Card, key: string) => card.groups.find((group) => group.measures.some((one) => keyOf(one) === key))?.key;
  for (const measure of measuresOf(draft)) {
    const key = keyOf(measure);
    const before = findMeasure(live, key);
    if (!before) {
      found.push({ kind: 'added', key });
      continue;
    }
    if (Math.abs(before.share - measure.share) >= 0.005)
      found.push({ kind: 'share', key, from: before.share, to: measure.share });
    if (!same(before.points, measure.points)) found.push({ kind: 'points', key });
    if ((before.missing ?? 'reweigh') !== (measure.missing ?? 'reweigh') || before.carry_days !== measure.carry_days)
      found.push({ kind: 'missing', key });
    if (!same(before.title, measure.title)) found.push({ kind: 'renamed', key });
    if (groupOf(live, key) !== groupOf(draft, key)) found.push({ kind: 'moved', key });
  }
  for (const measure of measuresOf(live))
    if (!findMeasure(draft, keyOf(measure))) found.push({ kind: 'removed', key: keyOf(measure) });
  const heads = (card: Card) => card.groups.map(({ key, title }) => ({ key, title }));
  if (!same(heads(live), heads(draft))) found.push({ kind: 'groups' });
  if (!same(live.bands, draft.bands)) found.push({ kind: 'bands' });
  if (live.minimum_coverage !== draft.minimum_coverage) found.push({ kind: 'coverage' });
  if (!same(live.applies_to, draft.applies_to)) found.push({ kind: 'applies' });
  if (!same(live.title, draft.title)) found.push({ kind: 'name' });
  const name = (exception: Exception) => exception.key ?? JSON.stringify(exception.reason);
  const [before, after] = [live.exceptions ?? [], draft.exceptions ?? []];
  after.forEach((exception, index) => {
    const old = before.find((one) => name(one) === name(exception));
    if (!old) found.push({ kind: 'exception_added', index, reason: exception.reason });
    else if (!same(old, exception)) found.push({ kind: 'exception_changed', index, reason: exception.reason });
  });
  before.forEach((exception, index) => {
    if (!after.some((one) => name(one) === name(exception)))
      found.push({ kind: 'exception_removed', index, reason: exception.reason });
  });
  return found;
}

/* ---- the draft stays in this browser until it is published ---- */

const place = (key: string) => `vafa.scorecard.${key}`;
export interface Kept {
  /** The live version that the draft began from. */
  version: number;
  card: Card;
}
export function keptDraft(key: string): Kept | null {
  try {
    const kept = JSON.parse(localStorage.getItem(place(key)) ?? 'null') as Kept | null;
    return kept && Array.isArray(kept.card?.groups) ? kept : null;
  } catch {
    return null;
  }
}
export function keepDraft(key: string, kept: Kept | null) {
  if (kept) localStorage.setItem(place(key), JSON.stringify(kept));
  else localStorage.removeItem(place(key));
}
