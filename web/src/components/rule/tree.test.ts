import { describe, expect, it } from 'vitest';
import { daysOf, groupOf, ofGroup, type RuleNode, textOf } from './tree';

/** The example of docs/rules.md, in both forms as they stand there. */
const rule: RuleNode = {
  all: [
    { fact: 'health', is: '<', value: 40 },
    {
      any: [
        { fact: 'days_to_renewal', is: 'between', value: [0, 90] },
        { did: { feature: 'export' }, times: ['>=', 3], people: ['>=', 2], in: '30d' },
      ],
    },
    { not: { in_segment: 'strategic' } },
    { fact: 'active_users_28d', changed: ['falls_by', '50%'], in: '14d' },
  ],
};

describe('rules in their text form', () => {
  it('prints the example of the guide', () => {
    expect(textOf(rule)).toBe(
      'health < 40 and (days_to_renewal between 0 and 90 or did export at least 3 times by at least 2 people in 30 days) ' +
        'and not in segment strategic and active_users_28d falls by 50% in 14 days',
    );
  });
  it('quotes what is no bare word', () => {
    expect(textOf({ fact: 'stage', is: 'in', value: ['live', 'در حال راه‌اندازی', 'in'] })).toBe(
      'stage in (live, "در حال راه‌اندازی", "in")',
    );
    expect(textOf({ fact: 'tags', is: 'has', value: 'a "b"' })).toBe('tags has "a \\"b\\""');
    expect(textOf({ fact: 'renews', is: 'after', value: '2026-01-31' })).toBe('renews after 2026-01-31');
    expect(textOf({ fact: 'champion', is: '=', value: true })).toBe('champion = true');
  });
  it('keeps groups of one and negated groups', () => {
    expect(textOf({ any: [{ fact: 'arr', is: 'known' }] })).toBe('any (arr is known)');
    expect(
      textOf({
        not: {
          any: [
            { fact: 'a', is: 'known' },
            { fact: 'b', is: 'known' },
          ],
        },
      }),
    ).toBe('not (a is known or b is known)');
    expect(textOf({ some_contact: { fact: 'champion', is: '=', value: true }, at_least: 1 })).toBe(
      'at least 1 contact (champion = true)',
    );
  });
  it('says windows in days', () => {
    expect(textOf({ entered: 'strategic', in: '2w' })).toBe('entered strategic in 14 days');
    expect(textOf({ fact: 'd', is: 'more_than_ago', value: '1d' })).toBe('d more than 1 day ago');
    expect(daysOf('4w')).toBe(28);
  });
});

describe('groups', () => {
  it('are read from any rule and given back as short as they can be', () => {
    expect(groupOf(null)).toEqual({ kind: 'all', parts: [] });
    expect(ofGroup(groupOf(rule))).toEqual(rule);
    const one: RuleNode = { fact: 'arr', is: '>', value: 1 };
    expect(groupOf(one)).toEqual({ kind: 'all', parts: [one] });
    expect(ofGroup({ kind: 'any', parts: [one] })).toEqual(one);
    expect(ofGroup({ kind: 'any', parts: [] })).toBeNull();
  });
});
