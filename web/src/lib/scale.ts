/** One unit for a block of amounts, said once: 12.4 under "EUR million" instead of a sign and a letter in every cell. */
import { currencyExponent, format } from './format';

export interface Scale {
  show: (minor: number) => string;
  /** 'EUR million' · 'میلیارد تومان'. */
  unit: string;
}
const steps: [number, string, string][] = [
  [1e9, 'billion', 'میلیارد'],
  [1e6, 'million', 'میلیون'],
  [1e3, 'thousand', 'هزار'],
];

/** `most`: the largest magnitude of the block, in minor units. */
export function moneyScale(most: number, currency: string): Scale {
  const toman = currency.toUpperCase() === 'IRR' && format.options.toman;
  const minor = toman ? 10 : 10 ** currencyExponent(currency);
  const [step, en, fa] = steps.find(([least]) => Math.abs(most) / minor >= least) ?? [1, '', ''];
  const name = format.money(0, currency).split(' ').slice(1).join(' ');
  return {
    show: (value) => format.number(value / minor / step, Math.abs(most) / minor / step < 100 ? 1 : 0),
    unit: format.options.language === 'fa' ? `${fa} ${name}`.trim() : `${name} ${en}`.trim(),
  };
}

/** A gain or a loss with its sign: +€12k · −۳٫۷ میلیارد تومان. */
export function signedAmount(minor: number, currency: string): string {
  if (minor === 0) return format.amount(0, currency);
  const mark = format.signed(minor > 0 ? 1 : -1).replace(/[1۱]/, '');
  return mark + format.amount(Math.abs(minor), currency);
}
