import { format } from '@/lib/format';

const STEPS: [number, string, string][] = [
  [2 ** 40, 'TiB', 'تبی‌بایت'],
  [2 ** 30, 'GiB', 'گیبی‌بایت'],
  [2 ** 20, 'MiB', 'مبی‌بایت'],
  [2 ** 10, 'KiB', 'کیبی‌بایت'],
];

/** Bytes as people read them: 4 MiB · ۴ مبی‌بایت. */
export function size(bytes: number): string {
  const persian = format.options.language === 'fa';
  for (const [unit, en, fa] of STEPS)
    if (bytes >= unit) return `${format.number(bytes / unit, bytes / unit < 10 ? 1 : 0)} ${persian ? fa : en}`;
  return `${format.int(bytes)} ${persian ? 'بایت' : 'bytes'}`;
}
