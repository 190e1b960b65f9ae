/** The rows of "why health went from 72 to 48": one a measure, the largest effect first, then what did not move, then what does not count. */
import type { Health, Measure, Part } from './shape';

export interface WaterfallRow {
  key: string;
  title: string;
  /** null: an adjustment, not a measure. */
  measure: Measure | null;
  /** Texts of the value then and now. */
  before: string | null;
  after: string | null;
  pointsBefore: number | null;
  pointsAfter: number | null;
  difference: number;
  from: number;
  to: number;
  steps: Part['step'][];
  counted: boolean;
}
export interface Waterfall {
  start: number;
  end: number;
  rows: WaterfallRow[];
  /** Of the axis. */
  low: number;
  high: number;
}

const text = (value: string | number | null) => (value === null ? null : String(value));

export function waterfall(now: Health, then: Health | undefined): Waterfall | null {
  const change = now.waterfall;
  if (!change || change.score_before === null || now.score === null) return null;
  const before = new Map((then?.measures ?? []).map((measure) => [measure.key, measure]));
  const rows = new Map<string, WaterfallRow>();
  for (const measure of now.measures ?? []) {
    const was = before.get(measure.key);
    rows.set(measure.key, {
      key: measure.key,
      title: measure.title,
      measure,
      before: was?.text ?? null,
      after: measure.text,
      pointsBefore: was?.points ?? null,
      pointsAfter: measure.points,
      difference: 0,
      from: 0,
      to: 0,
      steps: [],
      counted: measure.counted !== 'left_out' && measure.counted !== 'not_applicable',
    });
  }
  for (const part of change.parts) {
    const id =
      part.step === 'exception' || part.step === 'override' || part.step === 'clamp' ? `${part.step} ${part.key}` : part.key;
    const was = before.get(part.key);
    const row = rows.get(id) ?? {
      key: id,
      title: part.title,
      measure: null,
      before: was?.text ?? null,
      after: null,
      pointsBefore: was?.points ?? null,
      pointsAfter: null,
      difference: 0,
      from: 0,
      to: 0,
      steps: [],
      counted: true,
    };
    row.difference += part.difference;
    row.steps.push(part.step);
    if (part.step === 'value' || part.step === 'data') {
      row.before = text(part.before);
      row.after = text(part.after);
      row.counted = true;
    }
    rows.set(id, row);
  }
  const small = (row: WaterfallRow) => Math.abs(row.difference) < 0.05;
  const ordered = [...rows.values()].sort((a, b) => {
    const group = (row: WaterfallRow) => (small(row) ? (row.counted ? 1 : 2) : 0);
    return group(a) - group(b) || Math.abs(b.difference) - Math.abs(a.difference);
  });
  let level = change.score_before;
  let low = level;
  let high = level;
  for (const row of ordered) {
    row.from = level;
    level += row.difference;
    row.to = level;
    low = Math.min(low, level);
    high = Math.max(high, level);
  }
  return {
    start: change.score_before,
    end: now.score,
    rows: ordered,
    low: Math.max(0, Math.floor((low - 4) / 10) * 10),
    high: Math.min(100, Math.ceil((high + 8) / 10) * 10),
  };
}

/** Whole points whose sum is the rounded difference: the largest remainders go up. */
export function rounded(values: number[]): number[] {
  const total = Math.round(values.reduce((sum, value) => sum + value, 0));
  const floors = values.map(Math.floor);
  let missing = total - floors.reduce((sum, value) => sum + value, 0);
  const order = values.map((value, i) => ({ i, rest: value - Math.floor(value) })).sort((a, b) => b.rest - a.rest || a.i - b.i);
  for (const { i } of order) {
    if (missing <= 0) break;
    floors[i]! += 1;
    missing -= 1;
  }
  return floors;
}
