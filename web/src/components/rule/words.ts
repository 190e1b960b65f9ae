/** Leaves of rules in three words: what, how, which value. */
import { currencyExponent, format } from '@/lib/format';
import { t } from '@/lib/i18n';
import { comma } from '@/lib/words';
import { type FactInfo, type FactValue, factTitle, type RuleCatalogue } from './catalogue';
import { daysOf, type RuleNode, type Value } from './tree';

const say = (key: string, values?: Record<string, unknown>) => t(`rule:${key}`, values);

const text = (key: string, type: FactInfo['type'], unit = ''): FactInfo => ({
  key,
  type,
  unit,
  title: { en: '', fa: '' },
});
/** Facts of contacts, as docs/rules.md names them. */
export const contactFacts = (): FactInfo[] =>
  [
    text('champion', 'bool'),
    text('role', 'text'),
    text('title', 'text'),
    text('name', 'text'),
    text('email', 'text'),
    text('email_domain', 'text'),
    text('last_seen_days', 'number', 'days'),
    text('events_30d', 'number', 'events'),
    text('active_days_28d', 'number', 'days'),
    text('nps_last', 'number', 'points'),
  ].map((fact) => ({ ...fact, title: { en: say(`contact.${fact.key}`), fa: say(`contact.${fact.key}`) } }));

/** A value in the unit of its fact. */
export function valueText(value: Value, fact: FactInfo | undefined, currency: string, values?: FactValue[]): string {
  if (typeof value === 'boolean') return say(value ? 'yes' : 'no');
  if (typeof value === 'string') {
    const share = /^(-?[\d.]+)%$/.exec(value);
    if (share) return format.percent(Number(share[1]) / 100, 1);
    const span = /^(\d+)([dw])$/.exec(value);
    if (span) return format.days(daysOf(value));
    if (fact?.type === 'date') return format.day(value, 'padded');
    return values?.find((one) => one.value === value)?.label || value;
  }
  if (fact?.unit === 'money') return format.amount(value, currency);
  if (fact?.unit === 'share') return format.percent(value, 1);
  if (fact?.unit === 'percent') return format.percent(value / 100, 1);
  if (fact?.unit === 'days') return format.days(value);
  return format.number(value, 2);
}

/** What is typed into a field for a number of the fact, and back: money in whole units, shares in percent. */
export const fieldScale = (fact: FactInfo | undefined, currency: string) =>
  fact?.unit === 'money'
    ? 1 / (currency === 'IRR' && format.options.toman ? 10 : 10 ** currencyExponent(currency))
    : fact?.unit === 'share'
      ? 100
      : 1;

export interface Words {
  what: string;
  how: string;
  value: string;
}
/** The words of a leaf (or a negated leaf); values are the known values of a text fact. */
export function wordsOf(node: RuleNode, catalogue: RuleCatalogue, values?: FactValue[]): Words {
  if ('not' in node) {
    const inner = node.not;
    if ('in_segment' in inner) return { ...wordsOf(inner, catalogue), how: say('is_not_in') };
    if ('some_contact' in inner && inner.at_least === 1) return { ...wordsOf(inner, catalogue), how: say('contacts_none') };
    const words = wordsOf(inner, catalogue, values);
    return { ...words, how: `${say('negate')} ${words.how}` };
  }
  const segment = (key: string) => catalogue.segments.find((one) => one.key === key)?.title ?? key;
  if ('in_segment' in node) return { what: say('segment'), how: say('is_in'), value: segment(node.in_segment) };
  if ('entered' in node) return { what: segment(node.entered), how: say('entered_within'), value: format.days(daysOf(node.in)) };
  if ('left' in node) return { what: segment(node.left), how: say('left_within'), value: format.days(daysOf(node.in)) };
  if ('did' in node) {
    const key = node.did.feature ?? node.did.event ?? '';
    const [how, count] = node.times ?? ['>=', 1];
    return {
      what: say('used', { feature: catalogue.features.find((one) => one.key === key)?.title ?? key }),
      how:
        count === 1
          ? say('once', { how: say(`count.${how}`) })
          : say('times_n', { how: say(`count.${how}`), n: format.int(count) }),
      value: say('in_days', { days: format.days(daysOf(node.in)) }),
    };
  }
  if ('some_contact' in node) {
    const inner = wordsOf(node.some_contact, { ...catalogue, facts: contactFacts() });
    return {
      what: say('other.contact'),
      how: say('contacts_n', { n: format.int(node.at_least) }),
      value: `${inner.what} ${inner.how} ${inner.value}`.trim(),
    };
  }
  if ('all' in node || 'any' in node) return { what: say('group'), how: '', value: '' };
  const fact = catalogue.facts.find((one) => one.key === node.fact);
  const what = fact ? factTitle(fact) : node.fact;
  const shown = (value: Value) => valueText(value, fact, catalogue.currency, values);
  if ('changed' in node)
    return {
      what,
      how: say(`op.${node.changed[0]}`),
      value: say('change', { by: shown(node.changed[1]), days: format.days(daysOf(node.in)) }),
    };
  const { value } = node;
  const how = say(`op.${node.is}`);
  if (value === undefined) return { what, how, value: '' };
  if (node.is === 'between' && Array.isArray(value))
    return { what, how, value: say('and', { from: shown(value[0]!), to: shown(value[1]!) }) };
  if (Array.isArray(value)) return { what, how, value: value.map(shown).join(comma()) };
  if (['within_last', 'within_next', 'more_than_ago'].includes(node.is))
    return { what, how, value: format.days(daysOf(value as string)) };
  return { what, how, value: shown(value) };
}
