/**
 * Calendar periods as the insight pages ask for them: so many months, quarters or years up to the last that is over, or from a day
 * to a day; in either calendar. What was chosen lives in the address, and only what differs from the page's own choice.
 */
import { addDays, type Calendar, type Day, dateParts, format } from './format';

export type Unit = 'month' | 'quarter' | 'year';
export const units: Unit[] = ['month', 'quarter', 'year'];

const lengths: Record<Unit, number> = { month: 1, quarter: 3, year: 12 };

/** The first day of the period in which a day lies. */
export function startOf(day: Day, unit: Unit, calendar: Calendar): Day {
  let at = addDays(day, 1 - dateParts(day, calendar).day);
  while ((dateParts(at, calendar).month - 1) % lengths[unit] !== 0) {
    const before = addDays(at, -1);
    at = addDays(before, 1 - dateParts(before, calendar).day);
  }
  return at;
}
/** The first day of the next one. 32 days reach the next month from any first day. */
export function nextOf(start: Day, unit: Unit, calendar: Calendar): Day {
  let at = start;
  for (let i = 0; i < lengths[unit]; i++) at = startOf(addDays(at, 32), 'month', calendar);
  return at;
}
export const previousOf = (start: Day, unit: Unit, calendar: Calendar): Day => startOf(addDays(start, -1), unit, calendar);

/** "2026-03", "1405Q2", "2026": as the API names it. */
export function labelOf(start: Day, unit: Unit, calendar: Calendar): string {
  const { year, month } = dateParts(start, calendar);
  const y = String(year).padStart(4, '0');
  if (unit === 'year') return y;
  return unit === 'quarter' ? `${y}Q${Math.floor((month - 1) / 3) + 1}` : `${y}-${String(month).padStart(2, '0')}`;
}

/** As the address has it; absent: the page's own. */
export interface PeriodSearch {
  by?: Unit;
  last?: number;
  from?: Day;
  to?: Day;
  cal?: Calendar;
}
const aDay = (value: unknown) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;

export function periodSearch(search: Record<string, unknown>): PeriodSearch {
  const last = Number(search.last);
  const from = aDay(search.from);
  const to = aDay(search.to);
  const ordered = from && to && from <= to;
  return {
    by: units.includes(search.by as Unit) ? (search.by as Unit) : undefined,
    last: Number.isInteger(last) && last >= 1 && last <= 60 ? last : undefined,
    from: ordered ? from : undefined,
    to: ordered ? to : undefined,
    cal: search.cal === 'gregorian' || search.cal === 'persian' ? search.cal : undefined,
  };
}

export interface Period {
  by: Unit;
  calendar: Calendar;
  /** First day, and last day (of the period itself). */
  from: Day;
  to: Day;
  /** How many of `by` it is, when counted; those that it touches, when from a day to a day. */
  count: number;
  custom: boolean;
}

/** What the address means today: counted periods end with the last that is over. */
export function resolvePeriod(search: PeriodSearch, own: { by: Unit; last: number }, today = format.today()): Period {
  const by = search.by ?? own.by;
  const calendar = search.cal ?? format.options.calendar;
  if (search.from && search.to) {
    let count = 0;
    for (let at = startOf(search.from, by, calendar); at <= search.to && count < 400; at = nextOf(at, by, calendar)) count++;
    return { by, calendar, from: search.from, to: search.to, count, custom: true };
  }
  const end = startOf(today, by, calendar);
  const count = search.last ?? (search.by && search.by !== own.by ? { month: 12, quarter: 8, year: 3 }[by] : own.last);
  let from = end;
  for (let i = 0; i < count; i++) from = previousOf(from, by, calendar);
  return { by, calendar, from, to: addDays(end, -1), count, custom: false };
}

/** A period in words: March 2026 · Spring 1405 · Nov 2025 to Oct 2026 · ۱ آبان ۱۴۰۴ تا ۳۰ مهر ۱۴۰۵. */
export function periodWords(label: string): string {
  const range = /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/.exec(label);
  if (range) return between(format.day(range[1]!), format.day(range[2]!));
  const week = /^W(\d{4}-\d\d-\d\d)$/.exec(label);
  return week ? format.day(week[1]!, 'brief') : format.period(label);
}
export const between = (from: string, to: string) => (format.options.language === 'fa' ? `${from} تا ${to}` : `${from} to ${to}`);
export function wordsOf({ from, to, by, calendar, count, custom }: Period): string {
  if (custom) return between(format.day(from), format.day(to));
  const first = format.period(labelOf(from, by, calendar));
  return count === 1 ? first : between(first, format.period(labelOf(startOf(to, by, calendar), by, calendar)));
}
