export {
  type FactInfo,
  type FactValue,
  factTitle,
  type Named,
  type RuleCatalogue,
  useFactValues,
  useRuleCatalogue,
} from './catalogue';
export { RuleChips, type RuleChipsProps } from './RuleChips';
export { sentenceOf } from './sentence';
export { type Group, groupOf, isGroup, type Leaf, ofGroup, type RuleNode, textOf, type Value } from './tree';
export { valueText, wordsOf } from './words';
