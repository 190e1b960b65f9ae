import { expect, test } from 'vitest';
import { configureFormat } from './format';
import { labelOf, nextOf, periodSearch, previousOf, resolvePeriod, startOf, wordsOf } from './period';

const english = { language: 'en', calendar: 'gregorian', digits: 'latin', timeZone: 'UTC', toman: true, weekStart: 1 } as const;
const persian = { ...english, language: 'fa', calendar: 'persian', digits: 'persian' } as const;

test('periods begin and follow each other in both calendars', () => {
  expect(startOf('2026-11-26', 'quarter', 'gregorian')).toBe('2026-10-01');
  expect(previousOf('2026-01-01', 'month', 'gregorian')).toBe('2025-12-01');
  expect(nextOf('2024-02-01', 'month', 'gregorian')).toBe('2024-03-01');
  // 1 Farvardin 1404 is 21 March 2025; 1403 is a leap year, so that Esfand has 30 days.
  expect(startOf('2025-08-10', 'year', 'persian')).toBe('2025-03-21');
  expect(previousOf('2025-03-21', 'month', 'persian')).toBe('2025-02-19');
  expect(nextOf('2025-03-21', 'quarter', 'persian')).toBe('2025-06-22');
  expect(labelOf('2025-06-22', 'quarter', 'persian')).toBe('1404Q2');
  expect(labelOf('2026-03-01', 'month', 'gregorian')).toBe('2026-03');
});

test('a choice is what is over: the last twelve months, or chosen days', () => {
  configureFormat(english);
  const year = resolvePeriod({}, { by: 'month', last: 12 }, '2026-11-26');
  expect([year.from, year.to, year.count]).toEqual(['2025-11-01', '2026-10-31', 12]);
  expect(wordsOf(year)).toBe('November 2025 to October 2026');
  const days = resolvePeriod(periodSearch({ from: '2026-01-15', to: '2026-03-02' }), { by: 'month', last: 12 }, '2026-11-26');
  expect([days.count, days.custom]).toEqual([3, true]);
  configureFormat(persian);
  expect(wordsOf(resolvePeriod({ by: 'quarter', last: 1 }, { by: 'month', last: 12 }, '2026-11-26'))).toBe('تابستان ۱۴۰۵');
});

test('an address that makes no sense falls back to the page’s own', () => {
  expect(periodSearch({ by: 'decade', last: '-3', from: '2026-13-40', to: '2026-01-01', cal: 'lunar' })).toEqual({});
  expect(periodSearch({ from: '2026-02-01', to: '2026-01-01' })).toEqual({});
});
