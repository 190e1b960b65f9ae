/**
 * Numbers, dates, money and durations as people read them. The server has the same rules (src/base/format.c);
 * tests/golden/format.tsv holds both to one outcome. Configured once when the page starts: a change of language,
 * calendar or digits reloads it.
 */
export type Language = 'en' | 'fa';
export type Calendar = 'gregorian' | 'persian';
export type Digits = 'latin' | 'persian';
/** A calendar day as the wire has it: Gregorian YYYY-MM-DD, of the organisation's time zone. */
export type Day = string;

export interface FormatOptions {
  language: Language;
  calendar: Calendar;
  digits: Digits;
  timeZone: string;
  toman: boolean;
  /** 0 Sunday … 6 Saturday. */
  weekStart: number;
}

export const LRM = '\u200e';
const ALM = '\u061c';
const MINUS = '\u2212';

const months: Record<Calendar, Record<Language, string[]>> = {
  gregorian: {
    en: 'January February March April May June July August September October November December'.split(' '),
    fa: 'ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر'.split(' '),
  },
  persian: {
    en: 'Farvardin Ordibehesht Khordad Tir Mordad Shahrivar Mehr Aban Azar Dey Bahman Esfand'.split(' '),
    fa: 'فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند'.split(' '),
  },
};
const weekdays: Record<Language, string[]> = {
  en: 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' '),
  fa: 'یکشنبه دوشنبه سه‌شنبه چهارشنبه پنجشنبه جمعه شنبه'.split(' '),
};
const seasons: Record<Language, string[]> = {
  en: ['Spring', 'Summer', 'Autumn', 'Winter'],
  fa: ['بهار', 'تابستان', 'پاییز', 'زمستان'],
};
/** Decimals of ISO currencies that have not two; the same table as the server's. */
const exponents: Record<string, number> = Object.fromEntries([
  ...'BIF CLP DJF GNF IRR ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3]),
  ...'CLF UYW'.split(' ').map((code) => [code, 4]),
]);
const currencyNames: Record<string, string> = { IRR: 'ریال', USD: 'دلار', EUR: 'یورو', GBP: 'پوند', AED: 'درهم', TRY: 'لیر' };
const currencySigns: Record<string, string> = { USD: '$', EUR: '€', GBP: '£', TRY: '₺', JPY: '¥' };

export const currencyExponent = (code: string) => exponents[code.toUpperCase()] ?? 2;

const persianParts = new Intl.DateTimeFormat('en-u-ca-persian-nu-latn', {
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  timeZone: 'UTC',
});

/** Year, month and day of a wire day in a calendar. */
export function dateParts(day: Day, calendar: Calendar): { year: number; month: number; day: number } {
  if (calendar === 'gregorian') {
    const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
    return { year, month, day: date };
  }
  const found = { year: 0, month: 0, day: 0 };
  for (const { type, value } of persianParts.formatToParts(new Date(`${day}T00:00:00Z`)))
    if (type === 'year' || type === 'month' || type === 'day') found[type] = Number.parseInt(value, 10);
  return found;
}

export const dayOf = (date: Date): Day => date.toISOString().slice(0, 10);
export const addDays = (day: Day, days: number): Day => dayOf(new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000));
/** Days from one day to another; negative when `to` is before. */
export const daysBetween = (from: Day, to: Day) =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
export const weekdayOf = (day: Day) => new Date(`${day}T00:00:00Z`).getUTCDay();

const persianDigits = '۰۱۲۳۴۵۶۷۸۹';
/** Persian and Arabic digits, signs and separators as ASCII: for what people type. */
export const latinDigits = (text: string) =>
  text
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/٫/g, '.')
    .replace(/[٬،]/g, ',')
    .replace(/−/g, '-');

/** The number that a text says, in either digits; null where it says none. */
export function readNumber(text: string): number | null {
  const plain = latinDigits(text).replace(/[,\s\u200e\u061c]/g, '');
  const value = Number(plain);
  return plain !== '' && Number.isFinite(value) ? value : null;
}

export function makeFormat(options: FormatOptions) {
  const persian = options.language === 'fa';
  const local = options.digits === 'persian';
  const digits = (text: string) => (local ? text.replace(/[0-9]/g, (digit) => persianDigits[Number(digit)]!) : text);
  const minus = persian ? LRM + MINUS : '-';
  const dress = (ascii: string) => {
    const negative = ascii.startsWith('-');
    const magnitude = negative ? ascii.slice(1) : ascii;
    if (!/[1-9]/.test(magnitude)) return digits(local ? magnitude.replace(/,/g, '٬').replace('.', '٫') : magnitude);
    const text = local ? magnitude.replace(/,/g, '٬').replace('.', '٫') : magnitude;
    return (negative ? minus : '') + digits(text);
  };
  const group = (whole: string) => whole.replace(/\B(?=(\d{3})+$)/g, ',');
  /** Exact, halves away from zero, zeros at the end left out: toFixed judges the binary value as it is. */
  const plain = (value: number, decimals: number) => {
    const magnitude = Math.abs(value);
    const fixed = magnitude < 1e21 ? magnitude.toFixed(decimals) : BigInt(magnitude).toString();
    const [whole = '0', places = ''] = fixed.split('.');
    const kept = places.replace(/0+$/, '');
    return (value < 0 ? '-' : '') + group(whole) + (kept ? `.${kept}` : '');
  };

  const number = (value: number, decimals = 0) => (Number.isFinite(value) ? dress(plain(value, decimals)) : '–');
  const int = (value: number | bigint) => (typeof value === 'bigint' ? dress(scale(value, 0)) : number(value));
  const percent = (ratio: number, decimals = 0) => {
    if (!Number.isFinite(ratio * 100)) return '–';
    const text = number(ratio * 100, decimals);
    if (!persian) return `${text}%`;
    const sign = local ? '٪' : '%';
    // A loss as CLDR writes it, −۱۲٪, within an isolate: its two signs and what stands beside it do not move each other.
    return text.startsWith(LRM) ? `\u2066${text}${sign}\u2069` : ALM + text + sign;
  };
  const steps: [number, number, string, string][] = [
    [999_950_000_000, 1e12, 'T', ' هزار میلیارد'],
    [999_950_000, 1e9, 'B', ' میلیارد'],
    [999_950, 1e6, 'M', ' میلیون'],
    [1000, 1e3, 'K', ' هزار'],
  ];
  const compact = (value: number) => {
    for (const [least, unit, en, fa] of steps)
      if (Number.isFinite(value) && Math.abs(value) >= least) return number(value / unit, 1) + (persian ? fa : en);
    return number(value, Math.abs(value) < 100 ? 1 : 0);
  };
  /** A change, with its sign: +4 · −12. */
  const signed = (value: number, decimals = 0) => {
    const text = number(value, decimals);
    if (text === number(0)) return text;
    return value > 0 ? (persian ? LRM : '') + '+' + text : text.replace('-', MINUS);
  };

  const signedPercent = (ratio: number, decimals = 0) => {
    const text = percent(ratio, decimals);
    if (!(ratio > 0) || text === percent(0)) return persian ? text : text.replace('-', MINUS);
    return persian ? `\u2066${LRM}+${text.slice(ALM.length)}\u2069` : `+${text}`;
  };

  const pad = (value: number, places: number) => digits(String(value).padStart(places, '0'));
  const day = (value: Day, style: 'short' | 'padded' | 'long' | 'full' | 'month' | 'brief' = 'long') => {
    const parts = dateParts(value, options.calendar);
    if (style === 'short' || style === 'padded') {
      const slashes = persian || options.calendar === 'persian';
      const places = slashes && style === 'short' ? 1 : 2;
      return [pad(parts.year, 4), pad(parts.month, places), pad(parts.day, places)].join(slashes ? '/' : '-');
    }
    const month = months[options.calendar][options.language][parts.month - 1]!;
    if (style === 'brief') return `${pad(parts.day, 1)} ${persian || options.calendar === 'persian' ? month : month.slice(0, 3)}`;
    const weekday = style === 'full' ? weekdays[options.language][weekdayOf(value)]! + (persian ? ' ' : ', ') : '';
    return `${weekday}${style === 'month' ? '' : `${pad(parts.day, 1)} `}${month} ${pad(parts.year, 4)}`;
  };
  /** Wall clock of an instant in the organisation's (or a given) zone. */
  const wall = (at: string | number, timeZone = options.timeZone) => {
    const shown = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).formatToParts(new Date(at));
    const part = (type: string) => shown.find((one) => one.type === type)!.value;
    return { day: `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`, time: `${part('hour')}:${part('minute')}` };
  };
  const instant = (at: string | number, timeZone?: string) => {
    const { day: date, time } = wall(at, timeZone);
    return `${day(date, 'long')}${persian ? '، ' : ', '}${digits(time)}`;
  };
  const money = (minor: number | bigint, currency: string) => {
    const code = currency.toUpperCase();
    const scaled = (exponent: number) => dress(scale(minor, exponent));
    if (code === 'IRR' && options.toman)
      return `${BigInt(minor) % 10n ? scaled(1) : int(BigInt(minor) / 10n)} ${persian ? 'تومان' : 'toman'}`;
    const name = code === 'IRR' ? (persian ? 'ریال' : 'rial') : persian ? (currencyNames[code] ?? code) : code;
    return `${scaled(currencyExponent(code))} ${name}`;
  };
  /** A short amount for figures and rows: $3.84M · ۳٫۷ میلیارد تومان. Three figures are enough to decide by. */
  const amount = (minor: number, currency: string, unit = true) => {
    const code = currency.toUpperCase();
    const toman = code === 'IRR' && options.toman;
    const major = minor / (toman ? 10 : 10 ** currencyExponent(code));
    const sign = currencySigns[code];
    if (!persian && sign) {
      const text = compact(Math.abs(major));
      return `${minor < 0 ? MINUS : ''}${sign}${text.replace('K', 'k')}`;
    }
    if (!unit) return compact(major);
    const name = toman
      ? persian
        ? 'تومان'
        : 'toman'
      : code === 'IRR'
        ? persian
          ? 'ریال'
          : 'rial'
        : persian
          ? (currencyNames[code] ?? code)
          : code;
    return `${compact(major)} ${name}`;
  };
  const days = (count: number) => `${int(count)} ${persian ? 'روز' : Math.abs(count) === 1 ? 'day' : 'days'}`;
  /** Today in the organisation's zone. */
  const today = (now = Date.now()): Day => wall(now).day;
  /** Where a day lies from today: in 38 days · yesterday · ۳ روز پیش. */
  const fromToday = (value: Day, now = today()) => {
    const distance = daysBetween(now, value);
    if (distance === 0) return persian ? 'امروز' : 'today';
    if (distance === 1) return persian ? 'فردا' : 'tomorrow';
    if (distance === -1) return persian ? 'دیروز' : 'yesterday';
    if (distance > 0) return persian ? `${days(distance)} دیگر` : `in ${days(distance)}`;
    return persian ? `${days(-distance)} پیش` : `${days(-distance)} ago`;
  };
  /** How long ago an instant was: just now · 2 min ago · ۳ ساعت پیش · then as a day. */
  const ago = (at: string | number, now = Date.now()) => {
    const minutes = Math.floor((now - new Date(at).getTime()) / 60_000);
    if (minutes < 1) return persian ? 'همین حالا' : 'just now';
    if (minutes < 60) return persian ? `${int(minutes)} دقیقه پیش` : `${int(minutes)} min ago`;
    if (minutes < 24 * 60)
      return persian ? `${int(Math.floor(minutes / 60))} ساعت پیش` : `${int(Math.floor(minutes / 60))} h ago`;
    return fromToday(wall(at).day, wall(now).day);
  };
  /** "2026Q3", "1405-02", "2026-W07" and the like, as the API labels periods. */
  const period = (label: string) => {
    const [, year, kind, n] = /^(\d{4})(-?Q|-)(\d{1,2})$/.exec(label) ?? [];
    const calendar: Calendar = Number(year) < 1700 ? 'persian' : 'gregorian';
    if (kind?.endsWith('Q')) {
      if (calendar === 'persian') return `${seasons[options.language][Number(n) - 1]} ${digits(year!)}`;
      return persian ? `فصل ${digits(n!)}، ${digits(year!)}` : `Q${digits(n!)} ${digits(year!)}`;
    }
    if (kind) return `${months[calendar][options.language][Number(n) - 1]} ${digits(year!)}`;
    return digits(label);
  };

  return {
    options,
    int,
    number,
    percent,
    compact,
    signed,
    signedPercent,
    day,
    wall,
    instant,
    money,
    amount,
    days,
    today,
    fromToday,
    ago,
    period,
    digits,
    time: (at: string | number) => digits(wall(at).time),
    weekday: (value: Day) => weekdays[options.language][weekdayOf(value)]!,
    monthName: (month: number, calendar = options.calendar) => months[calendar][options.language][month - 1]!,
    weekdayName: (n: number) => weekdays[options.language][n]!,
  };
}

/** Minor units as decimals, grouped, exactly: 125000 with exponent 2 → "1,250.00". */
function scale(minor: number | bigint, exponent: number) {
  const value = BigInt(minor);
  const magnitude = (value < 0n ? -value : value).toString().padStart(exponent + 1, '0');
  const whole = magnitude.slice(0, magnitude.length - exponent).replace(/\B(?=(\d{3})+$)/g, ',');
  const decimals = exponent ? `.${magnitude.slice(-exponent)}` : '';
  return (value < 0n ? '-' : '') + whole + decimals;
}

export type Format = ReturnType<typeof makeFormat>;

/** The formatter of this page; main.tsx sets it before anything is drawn. */
export let format: Format = makeFormat({
  language: 'en',
  calendar: 'gregorian',
  digits: 'latin',
  timeZone: 'UTC',
  toman: true,
  weekStart: 1,
});
export function configureFormat(options: FormatOptions) {
  format = makeFormat(options);
}
