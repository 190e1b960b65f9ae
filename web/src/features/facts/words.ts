/** A fact's declaration in words: where it comes from and how it is counted. */
import { format } from '@/lib/format';
import { t as say } from '@/lib/i18n';
import { comma } from '@/lib/words';
import { type FactRow, titleOf } from './index';

const t = (key: string, values?: Record<string, unknown>) => say(`facts:${key}`, values);
const known = (key: string, otherwise: string) => {
  const text = t(key);
  return text === key || text === `facts:${key}` ? otherwise : text;
};

export type SourceKind =
  | 'usage'
  | 'record'
  | 'attribute'
  | 'people'
  | 'children'
  | 'formula'
  | 'manual'
  | 'account'
  | 'score'
  | 'touch';
export const kindOf = (fact: Pick<FactRow, 'source'>) => Object.keys(fact.source)[0] as SourceKind;
const days = (span: unknown) => format.days(Number.parseInt(String(span), 10));

export function unitText(fact: Pick<FactRow, 'type' | 'unit'>) {
  return fact.unit ? known(`unit.${fact.unit}`, fact.unit) : t(`type.${fact.type}`);
}

export function sourceText(fact: FactRow): string {
  const kind = kindOf(fact);
  const inner = fact.source[kind];
  if (kind === 'formula') return t('source.formula', { text: String(inner) });
  if (kind === 'manual') return t('source.manual');
  if (kind === 'account' || kind === 'score' || kind === 'touch') return t(`source.${kind}_${String(inner)}`);
  const own = inner as Record<string, unknown>;
  if (kind === 'attribute') return t('source.attribute', { field: String(own.field) });
  if (kind === 'usage') {
    const features = own.feature ?? own.event ?? (own.features === 'core' ? null : own.features);
    const what =
      own.features === 'core' || !features ? '' : t('source.of', { what: ([] as unknown[]).concat(features).join('، ') });
    return [
      t(`usage.${String(own.measure)}`, { property: String(own.property ?? '') }) + what,
      ...((own.where as { property: string; is: string; value: unknown }[] | undefined) ?? []).map(
        (one) => `${one.property} ${one.is} ${String(one.value)}`,
      ),
      own.window ? t('source.window', { days: days(own.window) }) : '',
      own.compare ? t(`source.compare_${String(own.compare)}`) : '',
    ]
      .filter(Boolean)
      .join(comma());
  }
  if (kind === 'record') {
    const of = known(`record.${String(own.of)}`, String(own.of));
    return [
      t('source.record', { measure: known(`measure.${String(own.measure)}`, String(own.measure)), of }),
      own.field ? t('source.field', { field: String(own.field) }) : '',
      own.open ? t('source.open') : '',
      ...((own.filter as { field: string; is: string; value: unknown }[] | undefined) ?? []).map(
        (one) => `${one.field} ${one.is} ${String(one.value)}`,
      ),
      own.window ? t('source.window', { days: days(own.window) }) : '',
      own.compare ? t(`source.compare_${String(own.compare)}`) : '',
    ]
      .filter(Boolean)
      .join(comma());
  }
  return t(`source.${kind}`);
}

/** The facts that a rule, a card or anything else in the JSON forms names. */
export function factsNamed(json: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(json)) for (const one of json) factsNamed(one, found);
  else if (json && typeof json === 'object')
    for (const [name, value] of Object.entries(json)) {
      if (name === 'fact' && typeof value === 'string') found.add(value);
      else if (name !== 'some_contact') factsNamed(value, found);
    }
  return found;
}

export interface Use {
  kind: 'scorecard' | 'segment' | 'fact';
  key: string;
  title: string;
  path: string;
}
export const usedBy = (
  facts: FactRow[],
  scorecards: { key: string; card: { title?: { en: string; fa: string } } }[],
  segments: { key: string; holds: string; title_en: string | null; title_fa: string | null; rule?: unknown }[],
): Map<string, Use[]> => {
  const uses = new Map<string, Use[]>();
  const add = (fact: string, use: Use) => uses.set(fact, [...(uses.get(fact) ?? []), use]);
  const fa = format.options.language === 'fa';
  for (const one of scorecards) {
    const title = (fa && one.card.title?.fa) || one.card.title?.en || one.key;
    for (const fact of factsNamed(one.card))
      add(fact, { kind: 'scorecard', key: one.key, title, path: `/health/scorecards/${one.key}` });
  }
  for (const one of segments) {
    if (one.holds !== 'accounts') continue;
    const title = (fa && one.title_fa) || one.title_en || one.key;
    for (const fact of factsNamed(one.rule))
      add(fact, { kind: 'segment', key: one.key, title, path: `/health/segments/${one.key}` });
  }
  for (const one of facts)
    for (const fact of one.reads)
      add(fact, { kind: 'fact', key: one.key, title: titleOf(one), path: `/health/facts/${one.key}` });
  return uses;
};
