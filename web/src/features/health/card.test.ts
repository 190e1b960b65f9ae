import { describe, expect, it } from 'vitest';
import {
  bandAt,
  type Card,
  changeMeasure,
  changes,
  excess,
  moveStep,
  pointsAt,
  spread,
  toDraft,
  total,
  toWire,
  type WireCard,
} from './card';

const wire: WireCard = {
  key: 'mine',
  bands: [{ key: 'at_risk', below: 40 }, { key: 'watch', below: 70 }, { key: 'healthy' }],
  minimum_coverage: 0.5,
  groups: [
    {
      key: 'use',
      weight: 60,
      measures: [
        {
          fact: 'a',
          weight: 3,
          points: {
            bands: [
              [0, 0],
              [0.5, 50],
              [0.8, 100],
            ],
          },
        },
        {
          fact: 'b',
          weight: 1,
          points: {
            linear: [
              [0, 100],
              [10, 0],
            ],
          },
        },
      ],
    },
    { key: 'money', weight: 20, measures: [{ fact: 'c', weight: 7, points: { percentile: {} } }] },
  ],
};

describe('shares of the whole score', () => {
  it('60 of 80 by 3 of 4, and back to the same shares', () => {
    const draft = toDraft(wire);
    expect(draft.groups.flatMap((group) => group.measures.map((measure) => measure.share))).toEqual([56.25, 18.75, 25]);
    const back = toWire(draft);
    expect(back.groups.map((group) => group.weight)).toEqual([75, 25]);
    expect(toDraft(back)).toEqual(draft);
  });
  it('a measure of no weight is left out, and a group with nothing left', () => {
    const draft = changeMeasure(toDraft(wire), 'c', (measure) => ({ ...measure, share: 0 }));
    expect(toWire(draft).groups.map((group) => group.key)).toEqual(['use']);
  });
  it('says what is over, and spreads it over the others in proportion', () => {
    const over = changeMeasure(toDraft(wire), 'c', (measure) => ({ ...measure, share: 50 }));
    expect(excess(over)).toBe(25);
    const even = spread(over, 'c');
    expect(even.groups.flatMap((group) => group.measures.map((measure) => measure.share))).toEqual([37.5, 12.5, 50]);
    expect(total(even)).toBe(100);
    const all = changeMeasure(toDraft(wire), 'c', (measure) => ({ ...measure, share: 100 }));
    expect(total(spread(all, 'c'))).toBe(100);
  });
});

it('an edge belongs to the higher band', () => {
  const { bands } = wire.groups[0]!.measures[0]!.points as { bands: [number, number][] };
  expect([-1, 0.499, 0.5, 0.8].map((value) => pointsAt({ bands }, value))).toEqual([0, 0, 50, 100]);
  expect(
    pointsAt(
      {
        linear: [
          [0, 100],
          [10, 0],
        ],
      },
      2.5,
    ),
  ).toBe(75);
  expect([39.9, 40, 70].map((points) => bandAt(wire, points))).toEqual([0, 1, 2]);
});

it('an edge stays between its neighbours', () => {
  expect(
    moveStep(
      [
        [0, 0],
        [5, 50],
        [10, 100],
      ],
      1,
      12,
      1,
    )[1],
  ).toEqual([9, 50]);
  expect(
    moveStep(
      [
        [0, 0],
        [5, 50],
        [10, 100],
      ],
      1,
      -3,
      1,
    )[1],
  ).toEqual([1, 50]);
});

it('names every change once', () => {
  const live = toDraft(wire);
  const draft: Card = {
    ...changeMeasure(live, 'a', (measure) => ({
      ...measure,
      share: 50,
      points: {
        bands: [
          [0, 0],
          [0.6, 100],
        ],
      },
    })),
    exceptions: [{ key: 'late', when: { fact: 'x', is: '>', value: 1 }, cap: 40, reason: { en: 'Late', fa: 'دیر' } }],
  };
  expect(changes(live, draft).map((change) => change.kind)).toEqual(['share', 'points', 'exception_added']);
  expect(changes(live, live)).toEqual([]);
});
