/** Words for parts of a card. */

import { type Band, bandOf } from '@/components/Health';
import type { FactInfo } from '@/components/rule';
import { fieldScale, valueText } from '@/components/rule/words';
import { type FactRow, titleOf } from '@/features/facts';
import { format } from '@/lib/format';
import { own, type Words } from '@/lib/words';
import { type Card, keyOf, type Measure, type Text } from './card';

export const said = (text: Text | undefined, otherwise: string) => own(text as Words | undefined) || otherwise;

export function measureTitle(measure: { key?: string; title?: Text; fact: string }, facts: FactRow[]) {
  const fact = facts.find((one) => one.key === measure.fact);
  return said(measure.title, fact ? titleOf(fact) : keyOf(measure as Measure));
}

/** The state that a band of a card means: by its name, else by its place from the worst to the best. */
export function stateOf(card: { bands: { key: string }[] }, key: string): Band {
  const named = bandOf(key);
  if (named !== 'unknown') return named;
  const at = card.bands.findIndex((band) => band.key === key);
  return at < 0 ? 'unknown' : at === 0 ? 'at_risk' : at === card.bands.length - 1 ? 'healthy' : 'watch';
}
export const toneOf = (band: Band) => ({ healthy: 'good', watch: 'watch', at_risk: 'risk', unknown: 'none' })[band] as 'good';

/** How values of a fact are shown and typed. */
export function valuesOf(fact: FactRow | undefined, currency: string) {
  const info = fact as FactInfo | undefined;
  return {
    words: (value: number) => valueText(fact?.type === 'bool' ? value !== 0 : value, info, currency),
    scale: fieldScale(info, currency),
    unit: fact?.unit === 'share' || fact?.unit === 'percent' ? percentSign() : '',
  };
}

/** Beside a field that is typed in percent. */
export const percentSign = () => (format.options.language === 'fa' ? '٪' : '%');

export const cardTitle = (card: Pick<Card, 'key' | 'title'>) => said(card.title, card.key);
