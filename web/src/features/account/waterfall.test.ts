import { describe, expect, it } from 'vitest';
import type { Health, Measure } from './shape';
import { rounded, waterfall } from './waterfall';

const measure = (key: string, points: number | null, more: Partial<Measure> = {}): Measure => ({
  group: 'g',
  key,
  title: key,
  state: 'known',
  cause: null,
  value: 1,
  text: `${key} text`,
  age_days: 0,
  window: null,
  counted: points === null ? 'left_out' : 'known',
  points,
  share: 0.5,
  contribution: 0,
  ...more,
});
const health = (more: Partial<Health>): Health => ({
  account: 'A',
  as_of: '2026-11-26',
  score: 48,
  band: 'at_risk',
  band_title: 'At risk',
  coverage: 1,
  card: 'c v1',
  card_in_force: true,
  measures: [],
  adjustments: [],
  waterfall: null,
  ...more,
});

describe('waterfall', () => {
  it('puts the largest effect first and ends at the score', () => {
    const now = health({
      measures: [measure('calm', 70), measure('users', 30), measure('csat', null), measure('payment', 90)],
      waterfall: {
        against: '2026-10-26',
        score_before: 72,
        difference: -24,
        parts: [
          { step: 'value', key: 'payment', title: 'Payment', difference: 2, before: '4 days', after: '0 days' },
          { step: 'value', key: 'users', title: 'Users', difference: -13, before: '64', after: '31' },
          { step: 'exception', key: 'urgent', title: 'Urgent ticket', difference: -13, before: 0, after: -13 },
        ],
      },
    });
    const made = waterfall(now, health({ measures: [measure('users', 82)] }))!;
    expect(made.rows.map((row) => row.key)).toEqual(['users', 'exception urgent', 'payment', 'calm', 'csat']);
    expect(made.rows.map((row) => [row.from, row.to])).toEqual([
      [72, 59],
      [59, 46],
      [46, 48],
      [48, 48],
      [48, 48],
    ]);
    expect(made.rows[0]).toMatchObject({ pointsBefore: 82, pointsAfter: 30, before: '64', after: '31' });
    expect([made.low, made.high]).toEqual([40, 80]);
  });
  it('is none without a score at both ends', () => {
    expect(waterfall(health({ score: null }), undefined)).toBeNull();
  });
});

describe('rounded', () => {
  it('sums to the rounded sum', () => {
    // −24: floors −14 −9 −3 are 2 short; remainders 0.6 0.7 0.7
    expect(rounded([-13.4, -8.3, -2.3])).toEqual([-14, -8, -2]);
    expect(rounded([0.5, 0.5])).toEqual([1, 0]);
    expect(rounded([])).toEqual([]);
  });
});
