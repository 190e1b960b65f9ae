/**
 * Rules as trees, the JSON form of docs/rules.md: read, changed and printed in the text form (which addresses carry). Nothing
 * here knows the facts; what a comparison may be asked of stands in `operators`.
 */
export type Value = string | number | boolean;
export type Leaf =
  | { fact: string; is: string; value?: Value | Value[] }
  | { fact: string; changed: [string, Value]; in: string }
  | { did: { feature?: string; event?: string }; times?: [string, number]; people?: [string, number]; in: string }
  | { in_segment: string }
  | { entered: string; in: string }
  | { left: string; in: string }
  | { some_contact: RuleNode; at_least: number };
export type RuleNode = { all: RuleNode[] } | { any: RuleNode[] } | { not: RuleNode } | Leaf;
export type FactType = 'number' | 'bool' | 'date' | 'text';

export interface Group {
  kind: 'all' | 'any';
  parts: RuleNode[];
}
/** A rule as a group of parts: a single part is a group of one. */
export function groupOf(rule: RuleNode | null): Group {
  if (!rule) return { kind: 'all', parts: [] };
  if ('all' in rule) return { kind: 'all', parts: rule.all };
  if ('any' in rule) return { kind: 'any', parts: rule.any };
  return { kind: 'all', parts: [rule] };
}
/** Back: nothing for no parts, the part itself for one. */
export function ofGroup(group: Group): RuleNode | null {
  if (!group.parts.length) return null;
  if (group.parts.length === 1) return group.parts[0]!;
  return group.kind === 'all' ? { all: group.parts } : { any: group.parts };
}
export const isGroup = (node: RuleNode): node is { all: RuleNode[] } | { any: RuleNode[] } => 'all' in node || 'any' in node;

/** What stands behind a comparison. */
export type Shape = 'none' | 'one' | 'pair' | 'list' | 'days' | 'change';
export interface Operator {
  key: string;
  shape: Shape;
  types: FactType[];
  /** A change over a window of days. */
  window?: boolean;
}
export const operators: Operator[] = [
  { key: '=', shape: 'one', types: ['number', 'bool', 'date', 'text'] },
  { key: '!=', shape: 'one', types: ['number', 'date', 'text'] },
  { key: '>=', shape: 'one', types: ['number', 'date'] },
  { key: '<=', shape: 'one', types: ['number', 'date'] },
  { key: '>', shape: 'one', types: ['number'] },
  { key: '<', shape: 'one', types: ['number'] },
  { key: 'between', shape: 'pair', types: ['number', 'date'] },
  { key: 'in', shape: 'list', types: ['text'] },
  { key: 'not_in', shape: 'list', types: ['text'] },
  { key: 'has', shape: 'one', types: ['text'] },
  { key: 'contains', shape: 'one', types: ['text'] },
  { key: 'starts_with', shape: 'one', types: ['text'] },
  { key: 'ends_with', shape: 'one', types: ['text'] },
  { key: 'before', shape: 'one', types: ['date'] },
  { key: 'after', shape: 'one', types: ['date'] },
  { key: 'within_last', shape: 'days', types: ['date'] },
  { key: 'within_next', shape: 'days', types: ['date'] },
  { key: 'more_than_ago', shape: 'days', types: ['date'] },
  { key: 'falls_by', shape: 'change', types: ['number'], window: true },
  { key: 'rises_by', shape: 'change', types: ['number'], window: true },
  { key: 'fell_from_peak', shape: 'change', types: ['number'], window: true },
  { key: 'to', shape: 'change', types: ['bool', 'text'], window: true },
  { key: 'from', shape: 'change', types: ['bool', 'text'], window: true },
  { key: 'known', shape: 'none', types: ['number', 'bool', 'date', 'text'] },
  { key: 'unknown', shape: 'none', types: ['number', 'bool', 'date', 'text'] },
];
export const operatorOf = (key: string) => operators.find((one) => one.key === key);
export const counts = ['>=', '<=', '=', '>', '<'];

/** "30d", "4w" as days. */
export function daysOf(span: string | number | undefined): number {
  const found = /^(\d+)\s*([dw]?)/.exec(String(span ?? ''));
  return found ? Number(found[1]) * (found[2] === 'w' ? 7 : 1) : 0;
}

/* ---- the text form, as the server prints it ---- */

const keywords = new Set(
  (
    'after ago all and any applicable at before between by changed contact contacts contains day days did ends entered event ' +
    'exactly falls false fell fewer fiscal from has in is known last least left more most next not on or other peak people ' +
    'person quarter rises segment stale starts than time times to true unknown week weekday weeks with within'
  ).split(' '),
);
const bare = (text: string) => /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(text) && !keywords.has(text);
const literal = (text: string) => bare(text) || /^-?\d+(\.\d+)?%$|^-?\d+[dw]$|^\d{4}-\d{2}-\d{2}$/.test(text);
const quoted = (text: string) => `"${text.replace(/["\\]/g, (mark) => `\\${mark}`)}"`;
const name = (text: string) => (bare(text) ? text : quoted(text));
const word = (value: Value) => (typeof value !== 'string' ? String(value) : literal(value) ? value : quoted(value));
const days = (span: string | number | undefined) => `${daysOf(span)} ${daysOf(span) === 1 ? 'day' : 'days'}`;
const list = (value: Value | Value[] | undefined) => `(${(Array.isArray(value) ? value : [value!]).map(word).join(', ')})`;

const words: Record<string, string> = {
  not_in: 'not in',
  starts_with: 'starts with',
  ends_with: 'ends with',
  within_last: 'within last',
  within_next: 'within next',
  more_than_ago: 'more than',
  on_weekday: 'on weekday',
  in_fiscal_quarter: 'in fiscal quarter',
  known: 'is known',
  unknown: 'is unknown',
  stale: 'is stale',
  applicable: 'is applicable',
  rises_by: 'rises by',
  falls_by: 'falls by',
  fell_from_peak: 'fell from peak by',
  to: 'changed to',
  from: 'changed from',
};
const countWords: Record<string, string> = {
  '=': 'exactly',
  '!=': 'other than',
  '<': 'fewer than',
  '<=': 'at most',
  '>': 'more than',
  '>=': 'at least',
};

function factText(leaf: { fact: string; is: string; value?: Value | Value[] }): string {
  const said = words[leaf.is] ?? leaf.is;
  const start = `${name(leaf.fact)} ${said}`;
  const { value } = leaf;
  if (value === undefined) return start;
  if (leaf.is === 'between' && Array.isArray(value)) return `${start} ${word(value[0]!)} and ${word(value[1]!)}`;
  if (['in', 'not_in', 'on_weekday', 'in_fiscal_quarter'].includes(leaf.is)) return `${start} ${list(value)}`;
  if (['within_last', 'within_next', 'more_than_ago'].includes(leaf.is))
    return `${start} ${days(value as string)}${leaf.is === 'more_than_ago' ? ' ago' : ''}`;
  return `${start} ${word(value as Value)}`;
}

function inside(node: RuleNode): string {
  const text = textOf(node);
  return isGroup(node) && ('all' in node ? node.all : node.any).length > 1 ? `(${text})` : text;
}

/** The rule as text; empty for none. */
export function textOf(node: RuleNode | null): string {
  if (!node) return '';
  if ('all' in node) return node.all.length === 1 ? `all (${textOf(node.all[0]!)})` : node.all.map(inside).join(' and ');
  if ('any' in node) return node.any.length === 1 ? `any (${textOf(node.any[0]!)})` : node.any.map(inside).join(' or ');
  if ('not' in node) return `not ${inside(node.not)}`;
  if ('did' in node) {
    const what = node.did.event !== undefined ? `event ${name(node.did.event)}` : name(node.did.feature ?? '');
    const count = (part: [string, number] | undefined, before: string, one: string, many: string) =>
      part ? `${before}${countWords[part[0]]} ${part[1]} ${part[1] === 1 ? one : many}` : '';
    return `did ${what}${count(node.times, ' ', 'time', 'times')}${count(node.people, ' by ', 'person', 'people')} in ${days(node.in)}`;
  }
  if ('in_segment' in node) return `in segment ${name(node.in_segment)}`;
  if ('entered' in node) return `entered ${name(node.entered)} in ${days(node.in)}`;
  if ('left' in node) return `left ${name(node.left)} in ${days(node.in)}`;
  if ('some_contact' in node)
    return `at least ${node.at_least} ${node.at_least === 1 ? 'contact' : 'contacts'} (${textOf(node.some_contact)})`;
  if ('changed' in node)
    return `${name(node.fact)} ${words[node.changed[0]] ?? node.changed[0]} ${word(node.changed[1])} in ${days(node.in)}`;
  return factText(node);
}
