/**
 * A rule in words, edited in place: chips of what, how and which value, joined by "all of" or "any of". In a row above a list
 * (`layout="row"`) or as a tree with groups within groups (`layout="tree"`).
 */
import { ActionIcon, Button, Popover } from '@mantine/core';
import { IconAlertTriangle, IconPlus, IconX } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { Kbd } from '@/components/Page';
import { useTranslation } from '@/lib/i18n';
import { type RuleCatalogue, useFactValues } from './catalogue';
import { complete, LeafEditor } from './LeafEditor';
import css from './Rule.module.css';
import { type Group, groupOf, isGroup, ofGroup, type RuleNode } from './tree';
import { wordsOf } from './words';

export interface RuleChipsProps {
  rule: RuleNode | null;
  catalogue: RuleCatalogue;
  onChange: (rule: RuleNode | null) => void;
  layout?: 'row' | 'tree';
  /** Facts about contacts instead of accounts. */
  contacts?: boolean;
  /** Opened by a key of the page: the editor of a new condition. */
  adding?: boolean;
  onAdding?: (open: boolean) => void;
  hint?: ReactNode;
  /** Faults by JSON pointer below the rule ("/all/0/value"), as the server told them. */
  faults?: { pointer?: string; message: string }[];
  disabled?: boolean;
}

export function RuleChips({ rule, catalogue, onChange, layout = 'row', ...rest }: RuleChipsProps) {
  return <Parts {...rest} node={rule} catalogue={catalogue} onChange={onChange} layout={layout} path="" root />;
}

interface PartsProps extends Omit<RuleChipsProps, 'rule'> {
  node: RuleNode | null;
  path: string;
  root?: boolean;
}

function Parts({
  node,
  catalogue,
  onChange,
  layout,
  contacts,
  adding,
  onAdding,
  hint,
  faults,
  disabled,
  path,
  root,
}: PartsProps) {
  const { t } = useTranslation('rule');
  const [own, setOwn] = useState<'all' | 'any' | null>(null);
  const group = groupOf(node);
  const kind = node && isGroup(node) ? group.kind : (own ?? group.kind);
  const put = (next: Group) => onChange(ofGroup(next));
  const replace = (i: number, part: RuleNode | null) =>
    put({ kind, parts: group.parts.flatMap((one, k) => (k !== i ? [one] : part ? [part] : [])) });
  const where = (i: number) => (node && isGroup(node) ? `${path}/${kind}/${i}` : path);
  return (
    <div className={layout === 'tree' ? css.tree : css.row} data-root={root || undefined}>
      {(group.parts.length > 1 || layout === 'tree') && (
        <button
          type="button"
          className={css.kind}
          disabled={disabled}
          title={t(kind === 'all' ? 'change_to_any' : 'change_to_all')}
          onClick={() => {
            const other = kind === 'all' ? 'any' : 'all';
            setOwn(other);
            if (group.parts.length > 1) put({ kind: other, parts: group.parts });
          }}
        >
          {t(kind === 'all' ? 'all_of' : 'any_of')}
        </button>
      )}
      {group.parts.map((part, i) =>
        isGroup(part) ? (
          <div key={i} className={css.inner} role="group" aria-label={t('group')}>
            <Parts
              node={part}
              catalogue={catalogue}
              onChange={(next) => replace(i, next)}
              layout={layout}
              contacts={contacts}
              faults={faults}
              disabled={disabled}
              path={where(i)}
            />
            {!disabled && (
              <ActionIcon size="sm" aria-label={t('remove', { name: t('group') })} onClick={() => replace(i, null)}>
                <IconX size={13} />
              </ActionIcon>
            )}
          </div>
        ) : (
          <Chip
            key={i}
            node={part}
            catalogue={catalogue}
            contacts={contacts}
            disabled={disabled}
            fault={faults?.find((fault) => fault.pointer?.replace(/^\/(rule|text)/, '').startsWith(where(i) || '/'))?.message}
            onChange={(next) => replace(i, next)}
          />
        ),
      )}
      {!disabled && (
        <Adder
          label={layout === 'tree' || !root ? t('add_condition') : t('filter')}
          hint={root ? hint : undefined}
          short={!root && layout === 'row'}
          catalogue={catalogue}
          contacts={contacts}
          opened={root ? adding : undefined}
          onOpened={root ? onAdding : undefined}
          onAdd={(part) => put({ kind, parts: [...group.parts, part] })}
        />
      )}
      {!disabled && layout === 'tree' && group.parts.length > 0 && (
        <Adder
          label={t('add_group')}
          catalogue={catalogue}
          contacts={contacts}
          onAdd={(part) =>
            put({ kind, parts: [...group.parts, kind === 'all' ? { any: [part] } : { all: [part] }] as RuleNode[] })
          }
        />
      )}
    </div>
  );
}

function Chip({
  node,
  catalogue,
  contacts,
  onChange,
  fault,
  disabled,
}: {
  node: RuleNode;
  catalogue: RuleCatalogue;
  contacts?: boolean;
  onChange: (node: RuleNode | null) => void;
  fault?: string;
  disabled?: boolean;
}) {
  const { t } = useTranslation('rule');
  const [open, setOpen] = useState(false);
  const leaf = 'not' in node ? node.not : node;
  const fact = 'fact' in leaf ? catalogue.facts.find((one) => one.key === leaf.fact) : undefined;
  const values = useFactValues(fact?.key ?? '', fact?.type === 'text' && !contacts);
  const words = wordsOf(node, catalogue, values.data);
  const edit = () => !disabled && setOpen(!open);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" trapFocus withinPortal width={320} shadow="md">
      <span className={css.chip} data-broken={fault ? true : undefined} title={fault && t('fault', { why: fault })}>
        {fault && <IconAlertTriangle size={14} aria-label={fault} />}
        <Popover.Target>
          <button type="button" className={css.what} onClick={edit} disabled={disabled}>
            <bdi>{words.what}</bdi>
          </button>
        </Popover.Target>
        {words.how && (
          <button type="button" className={css.how} onClick={edit} disabled={disabled}>
            {words.how}
          </button>
        )}
        {words.value && (
          <button type="button" className={css.value} onClick={edit} disabled={disabled}>
            <bdi>{words.value}</bdi>
          </button>
        )}
        {!disabled && (
          <button
            type="button"
            className={css.drop}
            aria-label={t('remove', { name: words.what })}
            onClick={() => onChange(null)}
          >
            <IconX size={13} aria-hidden="true" />
          </button>
        )}
      </span>
      <Popover.Dropdown aria-label={t('edit')}>
        <LeafForm
          node={node}
          catalogue={catalogue}
          contacts={contacts}
          onDone={(next) => {
            setOpen(false);
            if (next) onChange(next);
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

/** A draft of a condition; it is given out when it is whole and done. */
function LeafForm({
  node,
  catalogue,
  contacts,
  onDone,
}: {
  node: RuleNode | null;
  catalogue: RuleCatalogue;
  contacts?: boolean;
  onDone: (node: RuleNode | null) => void;
}) {
  const { t } = useTranslation('rule');
  const [draft, setDraft] = useState(node);
  const ready = draft !== null && complete(draft);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        if (ready) onDone(draft);
      }}
    >
      <LeafEditor node={draft} catalogue={catalogue} contacts={contacts} onChange={setDraft} />
      {draft && (
        <div className={css.foot}>
          <Button type="submit" size="xs" aria-disabled={!ready} variant={ready ? 'filled' : 'default'}>
            {ready ? t('apply') : t('choose')}
          </Button>
        </div>
      )}
    </form>
  );
}

function Adder({
  label,
  hint,
  short,
  catalogue,
  contacts,
  opened,
  onOpened,
  onAdd,
}: {
  label: string;
  hint?: ReactNode;
  short?: boolean;
  catalogue: RuleCatalogue;
  contacts?: boolean;
  opened?: boolean;
  onOpened?: (open: boolean) => void;
  onAdd: (node: RuleNode) => void;
}) {
  const [own, setOwn] = useState(false);
  const open = opened ?? own;
  const set = (next: boolean) => {
    setOwn(next);
    onOpened?.(next);
  };
  return (
    <Popover opened={open} onChange={set} position="bottom-start" trapFocus withinPortal width={320} shadow="md">
      <Popover.Target>
        <button
          type="button"
          className={css.add}
          onClick={() => set(!open)}
          aria-expanded={open}
          aria-label={short ? label : undefined}
        >
          <IconPlus size={14} aria-hidden="true" />
          {!short && label}
          {hint && <Kbd>{hint}</Kbd>}
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={label}>
        <LeafForm
          node={null}
          catalogue={catalogue}
          contacts={contacts}
          onDone={(next) => {
            set(false);
            if (next) onAdd(next);
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
