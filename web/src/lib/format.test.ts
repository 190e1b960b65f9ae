import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { addDays, type Calendar, daysBetween, type Language, latinDigits, makeFormat } from './format';

const golden = readFileSync(path.join(import.meta.dirname, '../../../tests/golden/format.tsv'), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1);

test('agrees with the server on every line of the golden file', () => {
  for (const line of golden) {
    const [kind = '', input = '', language, calendar, expected] = line.split('\t');
    const [what, more = ''] = kind.split(' ');
    const format = makeFormat({
      language: language as Language,
      calendar: calendar as Calendar,
      digits: language === 'fa' ? 'persian' : 'latin',
      timeZone: 'UTC',
      toman: what === 'toman',
      weekStart: 1,
    });
    const shown = {
      int: () => format.int(BigInt(input)),
      number: () => format.number(input === 'nan' ? Number.NaN : input === 'inf' ? Infinity : Number(input), Number(more)),
      percent: () => format.percent(Number(input), Number(more)),
      compact: () => format.compact(Number(input)),
      day: () => format.day(input, more as 'short'),
      time: () => format.instant(input, more),
      money: () => format.money(BigInt(input), more),
      toman: () => format.money(BigInt(input), more),
      days: () => format.days(Number(input)),
      digits: () => format.digits(input),
    }[what as 'int']();
    expect(shown, line).toBe(expected);
  }
});

const fa = makeFormat({
  language: 'fa',
  calendar: 'persian',
  digits: 'persian',
  timeZone: 'Asia/Tehran',
  toman: true,
  weekStart: 6,
});
const en = makeFormat({ language: 'en', calendar: 'gregorian', digits: 'latin', timeZone: 'UTC', toman: true, weekStart: 1 });

test('a Persian loss in percent is what CLDR writes, and by itself', () => {
  for (const ratio of [-0.05, -0.333, -12])
    expect(fa.percent(ratio)).toBe(`\u2066${ratio.toLocaleString('fa', { style: 'percent' })}\u2069`);
  expect(fa.percent(-0.001)).toBe('\u061c۰٪');
});

test('says distances from today', () => {
  expect(en.fromToday('2026-12-31', '2026-11-23')).toBe('in 38 days');
  expect(fa.fromToday('2026-12-31', '2026-11-23')).toBe('۳۸ روز دیگر');
  expect(fa.fromToday('2026-11-22', '2026-11-23')).toBe('دیروز');
  expect(daysBetween('2026-02-28', '2026-03-01')).toBe(1);
  expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
});

test('labels periods of either calendar', () => {
  expect(fa.period('1405-Q3')).toBe('پاییز ۱۴۰۵');
  expect(en.period('2026-Q3')).toBe('Q3 2026');
  expect(fa.period('1405-09')).toBe('آذر ۱۴۰۵');
});

test('short amounts carry their unit', () => {
  expect(en.amount(384_000_000, 'USD')).toBe('$3.8M');
  expect(fa.amount(37_000_000_000, 'IRR')).toBe('۳٫۷ میلیارد تومان');
});

test('reads Persian and Arabic digits', () => {
  expect(latinDigits('۱٬۲۳۴٫۵')).toBe('1,234.5');
  expect(latinDigits('٤٥٦')).toBe('456');
});
