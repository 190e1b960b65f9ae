/** A whole rule as one sentence, for rows and titles; chips are for where there is room. */
import { t } from '@/lib/i18n';
import type { RuleCatalogue } from './catalogue';
import { isGroup, type RuleNode } from './tree';
import { contactFacts, wordsOf } from './words';

export function sentenceOf(node: RuleNode, catalogue: RuleCatalogue, contacts = false): string {
  const known = contacts ? { ...catalogue, facts: contactFacts() } : catalogue;
  const part = (one: RuleNode): string => (isGroup(one) ? `(${sentenceOf(one, known)})` : sentenceOf(one, known));
  if (isGroup(node)) {
    const parts = 'all' in node ? node.all : node.any;
    return parts.length === 1 ? sentenceOf(parts[0]!, known) : parts.map(part).join(` ${t('all' in node ? 'and' : 'or')} `);
  }
  if ('not' in node && isGroup(node.not)) return `${t('rule:negate')} (${sentenceOf(node.not, known)})`;
  const { what, how, value } = wordsOf(node, known);
  return [what, how, value].filter(Boolean).join(' ');
}
