/** One condition of a rule: what, how, which value; each choice narrows the next. Changes go out as soon as they make sense. */
import { type ComboboxItem, MultiSelect, type OptionsFilter, Select, TagsInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { DateField } from '@/components/DateField';
import { NumberField } from '@/components/NumberField';
import { fold } from '@/lib/fold';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { moneyScale } from '@/lib/scale';
import { type FactInfo, factTitle, type RuleCatalogue, useFactValues } from './catalogue';
import css from './Rule.module.css';
import { counts, daysOf, type Leaf, operatorOf, operators, type RuleNode, type Value } from './tree';
import { contactFacts, fieldScale } from './words';

/** What rules mostly ask stands first; then the catalogue in its order. */
const asked = ['health', 'health_band', 'arr', 'days_to_renewal', 'owner', 'stage', 'status', 'tags', 'plan', 'segment'];

type FactLeaf = Extract<Leaf, { is: string }>;
type ChangeLeaf = Extract<Leaf, { changed: [string, Value] }>;
const inPlace = { withinPortal: false };
/** A list that scrolls by itself: the listbox is what the field names, so that readers of screens know it. */
const listing = {
  comboboxProps: inPlace,
  withScrollArea: false,
  styles: { options: { maxHeight: 250, overflowY: 'auto' as const } },
};
const percent = (fact: FactInfo | undefined) => fact?.unit === 'share' || fact?.unit === 'percent';
/** Options found as names are found everywhere: folded. */
const folded: OptionsFilter = ({ options, search }) => {
  const wanted = fold(search);
  const fits = (option: ComboboxItem) => fold(`${option.label} ${option.value}`).includes(wanted);
  return options
    .map((option) => ('group' in option ? { ...option, items: option.items.filter(fits) } : option))
    .filter((option) => ('group' in option ? option.items.length > 0 : fits(option)));
};

/** A condition on a fact, with the first comparison that its type has and no value yet. */
const startOf = (fact: FactInfo): FactLeaf =>
  fact.key === 'tags'
    ? { fact: fact.key, is: 'has' }
    : fact.type === 'number'
      ? { fact: fact.key, is: '>=' }
      : fact.type === 'bool'
        ? { fact: fact.key, is: '=', value: true }
        : fact.type === 'date'
          ? { fact: fact.key, is: 'within_last', value: '30d' }
          : { fact: fact.key, is: 'in', value: [] };

/** Whether a condition can be asked already. */
export function complete(node: RuleNode): boolean {
  if ('not' in node) return complete(node.not);
  if ('all' in node) return node.all.every(complete);
  if ('any' in node) return node.any.every(complete);
  if ('some_contact' in node) return complete(node.some_contact);
  if ('did' in node) return Boolean(node.did.feature || node.did.event);
  if ('in_segment' in node) return Boolean(node.in_segment);
  if ('entered' in node) return Boolean(node.entered);
  if ('left' in node) return Boolean(node.left);
  const filled = (value: Value | undefined) => value !== undefined && value !== '' && !Number.isNaN(value);
  if ('changed' in node) return filled(node.changed[1]) && daysOf(node.in) > 0;
  const shape = operatorOf(node.is)?.shape;
  if (shape === 'none') return true;
  if (Array.isArray(node.value)) return node.value.length > 0 && node.value.every(filled);
  return filled(node.value);
}

export function LeafEditor({
  node,
  catalogue,
  onChange,
  contacts = false,
}: {
  /** null: nothing chosen yet. */
  node: RuleNode | null;
  catalogue: RuleCatalogue;
  onChange: (node: RuleNode) => void;
  /** A condition on contacts: their facts only. */
  contacts?: boolean;
}) {
  const { t } = useTranslation('rule');
  const negated = node !== null && 'not' in node;
  const leaf = (negated ? node.not : node) as Leaf | null;
  const put = (next: Leaf, not = negated) => onChange(not ? { not: next } : next);
  const subject = !leaf
    ? null
    : 'fact' in leaf
      ? `fact:${leaf.fact}`
      : 'did' in leaf
        ? 'did'
        : 'in_segment' in leaf
          ? 'segment'
          : 'entered' in leaf
            ? 'entered'
            : 'left' in leaf
              ? 'left'
              : 'contact';
  const begin = (key: string) => {
    const fact = catalogue.facts.find((one) => `fact:${one.key}` === key);
    if (fact) put(startOf(fact), false);
    else if (key === 'did') put({ did: { feature: '' }, times: ['>=', 1], in: '30d' }, false);
    else if (key === 'segment') put({ in_segment: '' }, false);
    else if (key === 'entered') put({ entered: '', in: '30d' }, false);
    else if (key === 'left') put({ left: '', in: '30d' }, false);
    else if (key === 'contact') put({ some_contact: { fact: 'champion', is: '=', value: true }, at_least: 1 }, false);
  };
  const place = (key: string) => (asked.indexOf(key) + asked.length + 1) % (asked.length + 1);
  const facts = [...catalogue.facts]
    .sort((a, b) => place(a.key) - place(b.key))
    .map((fact) => ({ value: `fact:${fact.key}`, label: factTitle(fact) }));
  const others = ['did', 'segment', 'entered', 'left', 'contact'].map((key) => ({ value: key, label: t(`other.${key}`) }));
  return (
    <div className={css.editor}>
      <Select
        label={t('subject')}
        placeholder={t('subject_find')}
        searchable
        data-autofocus={node === null || undefined}
        data={
          contacts
            ? facts
            : [
                { group: t('facts'), items: facts },
                { group: t('behaviour'), items: others },
              ]
        }
        filter={folded}
        nothingFoundMessage={t('no_match')}
        value={subject}
        onChange={(key) => key && begin(key)}
        {...listing}
        allowDeselect={false}
        openOnFocus={node === null}
      />
      {leaf && 'fact' in leaf && (
        <FactPart
          key={leaf.fact}
          leaf={leaf}
          fact={catalogue.facts.find((one) => one.key === leaf.fact)}
          currency={catalogue.currency}
          onChange={(next) => put(next)}
        />
      )}
      {leaf && 'in_segment' in leaf && (
        <>
          <Select
            label={t('relation')}
            data={[
              { value: 'is', label: t('is_in') },
              { value: 'not', label: t('is_not_in') },
            ]}
            value={negated ? 'not' : 'is'}
            onChange={(value) => put(leaf, value === 'not')}
            {...listing}
            allowDeselect={false}
          />
          <SegmentField catalogue={catalogue} value={leaf.in_segment} onChange={(key) => put({ in_segment: key })} />
        </>
      )}
      {leaf && 'entered' in leaf && (
        <>
          <SegmentField catalogue={catalogue} value={leaf.entered} onChange={(key) => put({ ...leaf, entered: key })} />
          <DaysField value={leaf.in} onChange={(span) => put({ ...leaf, in: span })} />
        </>
      )}
      {leaf && 'left' in leaf && (
        <>
          <SegmentField catalogue={catalogue} value={leaf.left} onChange={(key) => put({ ...leaf, left: key })} />
          <DaysField value={leaf.in} onChange={(span) => put({ ...leaf, in: span })} />
        </>
      )}
      {leaf && 'did' in leaf && (
        <>
          <Select
            label={t('feature')}
            searchable
            data={catalogue.features.map((one) => ({ value: one.key, label: one.title }))}
            filter={folded}
            value={leaf.did.feature ?? null}
            onChange={(key) => key && put({ ...leaf, did: { feature: key } })}
            {...listing}
            allowDeselect={false}
          />
          <div className={css.pair}>
            <Select
              label={t('relation')}
              data={counts.map((key) => ({ value: key, label: t(`count.${key}`) }))}
              value={leaf.times?.[0] ?? '>='}
              onChange={(how) => how && put({ ...leaf, times: [how, leaf.times?.[1] ?? 1] })}
              {...listing}
              allowDeselect={false}
            />
            <NumberField
              label={t('times')}
              min={0}
              value={leaf.times?.[1] ?? 1}
              onChange={(count) => count !== null && put({ ...leaf, times: [leaf.times?.[0] ?? '>=', count] })}
            />
          </div>
          <DaysField value={leaf.in} onChange={(span) => put({ ...leaf, in: span })} />
        </>
      )}
      {leaf && 'some_contact' in leaf && !contacts && (
        <>
          <Select
            label={t('relation')}
            data={[
              { value: 'some', label: t('contacts_n', { n: format.int(leaf.at_least) }) },
              { value: 'none', label: t('contacts_none') },
            ]}
            value={negated ? 'none' : 'some'}
            onChange={(value) => put(leaf, value === 'none')}
            {...listing}
            allowDeselect={false}
          />
          <LeafEditor
            node={leaf.some_contact}
            catalogue={{ ...catalogue, facts: contactFacts() }}
            contacts
            onChange={(inner) => put({ ...leaf, some_contact: inner })}
          />
        </>
      )}
    </div>
  );
}

function SegmentField({
  catalogue,
  value,
  onChange,
}: {
  catalogue: RuleCatalogue;
  value: string;
  onChange: (key: string) => void;
}) {
  const { t } = useTranslation('rule');
  return (
    <Select
      label={t('segment')}
      searchable
      data={catalogue.segments.map((one) => ({ value: one.key, label: one.title }))}
      filter={folded}
      nothingFoundMessage={t('no_match')}
      value={value || null}
      onChange={(key) => key && onChange(key)}
      {...listing}
      allowDeselect={false}
    />
  );
}

function DaysField({ value, onChange, label }: { value: string; onChange: (span: string) => void; label?: string }) {
  const { t } = useTranslation('rule');
  return (
    <NumberField
      label={label ?? t('window')}
      min={1}
      max={3660}
      unit={t('days')}
      value={daysOf(value)}
      onChange={(days) => days !== null && days > 0 && onChange(`${days}d`)}
    />
  );
}

function FactPart({
  leaf,
  fact,
  currency,
  onChange,
}: {
  leaf: FactLeaf | ChangeLeaf;
  fact: FactInfo | undefined;
  currency: string;
  onChange: (leaf: Leaf) => void;
}) {
  const { t } = useTranslation('rule');
  const type = fact?.type ?? 'text';
  const values = useFactValues(leaf.fact, type === 'text');
  const how = 'changed' in leaf ? leaf.changed[0] : leaf.is;
  const choose = (key: string) => {
    const operator = operatorOf(key)!;
    const before = 'changed' in leaf ? leaf.changed[1] : Array.isArray(leaf.value) ? leaf.value[0] : leaf.value;
    if (operator.shape === 'change')
      onChange({
        fact: leaf.fact,
        changed: [key, before ?? (type === 'number' ? '20%' : type === 'bool' ? true : '')],
        in: '28d',
      });
    else if (operator.shape === 'none') onChange({ fact: leaf.fact, is: key });
    else if (operator.shape === 'days') onChange({ fact: leaf.fact, is: key, value: '30d' });
    else if (operator.shape === 'pair')
      onChange({ fact: leaf.fact, is: key, value: before === undefined ? [] : [before, before] });
    else if (operator.shape === 'list')
      onChange({
        fact: leaf.fact,
        is: key,
        value: 'value' in leaf && Array.isArray(leaf.value) ? leaf.value : before === undefined ? [] : [before],
      });
    else
      onChange({ fact: leaf.fact, is: key, value: typeof before === 'string' && /^\d+[dw]$/.test(before) ? undefined : before });
  };
  const known = operators.some((one) => one.key === how);
  const list = operators.filter((one) => one.types.includes(type));
  return (
    <>
      <Select
        label={t('relation')}
        data={[...list.map((one) => one.key), ...(known ? [] : [how])].map((key) => ({ value: key, label: t(`op.${key}`) }))}
        value={how}
        onChange={(key) => key && choose(key)}
        {...listing}
        allowDeselect={false}
      />
      {'changed' in leaf ? (
        <div className={css.pair}>
          {type === 'number' ? (
            <AmountField
              label={t('value')}
              fact={fact}
              currency={currency}
              shares
              value={leaf.changed[1]}
              onChange={(value) => onChange({ ...leaf, changed: [leaf.changed[0], value] })}
            />
          ) : (
            <OneField
              type={type}
              values={values.data}
              value={leaf.changed[1]}
              onChange={(value) => onChange({ ...leaf, changed: [leaf.changed[0], value] })}
            />
          )}
          <DaysField value={leaf.in} onChange={(span) => onChange({ ...leaf, in: span })} />
        </div>
      ) : (
        <ValuePart leaf={leaf} fact={fact} type={type} currency={currency} values={values.data} onChange={onChange} />
      )}
    </>
  );
}

function ValuePart({
  leaf,
  fact,
  type,
  currency,
  values,
  onChange,
}: {
  leaf: FactLeaf;
  fact: FactInfo | undefined;
  type: FactInfo['type'];
  currency: string;
  values: { value: string; label: string; accounts: number }[] | undefined;
  onChange: (leaf: Leaf) => void;
}) {
  const { t } = useTranslation('rule');
  const shape = operatorOf(leaf.is)?.shape ?? (Array.isArray(leaf.value) ? 'list' : leaf.value === undefined ? 'none' : 'one');
  const one = Array.isArray(leaf.value) ? leaf.value[0] : leaf.value;
  if (shape === 'none') return null;
  if (shape === 'days')
    return <DaysField label={t('value')} value={String(one ?? '30d')} onChange={(span) => onChange({ ...leaf, value: span })} />;
  if (shape === 'list') {
    const chosen = Array.isArray(leaf.value) ? leaf.value.map(String) : [];
    const labels = new Map((values ?? []).map((value) => [value.value, value.label || value.value]));
    for (const value of chosen) if (!labels.has(value)) labels.set(value, value);
    return (
      <MultiSelect
        label={t('value')}
        placeholder={chosen.length ? undefined : t('choose')}
        searchable
        data={[...labels].map(([value, label]) => ({ value, label }))}
        filter={folded}
        nothingFoundMessage={t('no_match')}
        value={chosen}
        onChange={(next) => onChange({ ...leaf, value: next })}
        {...listing}
        hidePickedOptions
      />
    );
  }
  if (shape === 'pair') {
    const [from, to] = Array.isArray(leaf.value) ? leaf.value : [];
    const put = (a: Value | undefined, b: Value | undefined) =>
      onChange({ ...leaf, value: [a ?? b, b ?? a].filter((value) => value !== undefined) as Value[] });
    return (
      <div className={css.pair}>
        {type === 'date' ? (
          <>
            <DateField label={t('from')} value={(from as string) ?? null} onChange={(day) => day && put(day, to)} />
            <DateField label={t('to')} value={(to as string) ?? null} onChange={(day) => day && put(from, day)} />
          </>
        ) : (
          <>
            <AmountField label={t('from')} fact={fact} currency={currency} value={from} onChange={(value) => put(value, to)} />
            <AmountField label={t('to')} fact={fact} currency={currency} value={to} onChange={(value) => put(from, value)} />
          </>
        )}
      </div>
    );
  }
  if (type === 'date')
    return (
      <DateField
        label={t('value')}
        value={(one as string) ?? null}
        onChange={(day) => day && onChange({ ...leaf, value: day })}
      />
    );
  if (type === 'number')
    return (
      <AmountField
        label={t('value')}
        fact={fact}
        currency={currency}
        value={one}
        onChange={(value) => onChange({ ...leaf, value })}
      />
    );
  const free = ['contains', 'starts_with', 'ends_with'].includes(leaf.is);
  return (
    <OneField
      type={type}
      values={free ? undefined : leaf.is === 'has' ? tagValues(values) : values}
      value={one}
      onChange={(value) => onChange({ ...leaf, value })}
    />
  );
}

/** The single items of lists of tags. */
function tagValues(values: { value: string; label: string; accounts: number }[] | undefined) {
  const found = new Map<string, number>();
  for (const { value, accounts } of values ?? [])
    for (const item of value.split(', ')) if (item) found.set(item, (found.get(item) ?? 0) + accounts);
  return [...found].map(([value, accounts]) => ({ value, label: value, accounts }));
}

/** A number in the unit of its fact; with `shares` a percentage may stand for an amount. */
function AmountField({
  label,
  fact,
  currency,
  value,
  onChange,
  shares = false,
}: {
  label: string;
  fact: FactInfo | undefined;
  currency: string;
  value: Value | undefined;
  onChange: (value: Value) => void;
  shares?: boolean;
}) {
  const share = typeof value === 'string' ? /^(-?[\d.]+)%$/.exec(value) : null;
  const scale = fieldScale(fact, currency);
  const asPercent = shares ? share !== null || value === undefined : percent(fact);
  const shown = share ? Number(share[1]) : typeof value === 'number' ? value * scale : null;
  const unit = asPercent
    ? format.options.language === 'fa'
      ? '٪'
      : '%'
    : fact?.unit === 'money'
      ? moneyScale(0, currency).unit
      : undefined;
  const put = (next: number | null) => {
    if (next === null) return;
    if (asPercent) onChange(`${next}%`);
    else onChange(fact?.unit === 'money' ? Math.round(next / scale) : next / scale);
  };
  return <NumberField label={label} focus={value !== undefined} unit={unit} value={shown} onChange={put} decimals={2} />;
}

function OneField({
  type,
  values,
  value,
  onChange,
}: {
  type: FactInfo['type'];
  values: { value: string; label: string }[] | undefined;
  value: Value | undefined;
  onChange: (value: Value) => void;
}) {
  const { t } = useTranslation('rule');
  const [typed, setTyped] = useState(String(value ?? ''));
  if (type === 'bool')
    return (
      <Select
        label={t('value')}
        data={[
          { value: 'true', label: t('yes') },
          { value: 'false', label: t('no') },
        ]}
        value={String(value ?? true)}
        onChange={(chosen) => onChange(chosen === 'true')}
        {...listing}
        allowDeselect={false}
      />
    );
  if (values)
    return (
      <TagsInput
        label={t('value')}
        placeholder={value ? undefined : t('choose')}
        data={values.map((one) => one.label || one.value)}
        value={value === undefined || value === '' ? [] : [values.find((one) => one.value === value)?.label || String(value)]}
        maxTags={2}
        onChange={(next) => {
          const label = next.at(-1);
          onChange(label === undefined ? '' : (values.find((one) => (one.label || one.value) === label)?.value ?? label));
        }}
        {...listing}
      />
    );
  return (
    <TextInput
      label={t('value')}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        onChange(event.currentTarget.value);
      }}
    />
  );
}
