/** What can be done with the rows that are chosen, over the table; done at once, with the way back. */
import { Button, Popover, ScrollArea, TagsInput, TextInput } from '@mantine/core';
import { IconDownload, IconTag, IconUser, IconX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { Kbd, Letter } from '@/components/Page';
import { useFactValues } from '@/components/rule';
import { done, failed } from '@/components/Toast';
import { csv, download } from '@/lib/download';
import { fold } from '@/lib/fold';
import { currencyExponent, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import css from './AccountsPage.module.css';
import { type Bulk, changeMany, patchRows, type Question, type Row, refreshTable, undoMany, useMembers } from './api';

export function BulkBar({
  rows,
  selected,
  everything,
  total,
  question,
  currency,
  onEverything,
  onClear,
}: {
  rows: (Row | undefined)[];
  selected: ReadonlySet<string>;
  everything: boolean;
  total: number;
  question: Question;
  currency: string;
  onEverything: () => void;
  onClear: () => void;
}) {
  const { t } = useTranslation('accounts');
  const [open, setOpen] = useState<'assign' | 'tag' | null>(null);
  const chosen = rows.filter((row): row is Row => row !== undefined && selected.has(row.id));
  const count = everything ? total : selected.size;
  const arr = chosen.reduce((sum, row) => sum + (row.arr ?? 0), 0);
  const byRule = everything && Boolean(question.where || question.view || question.segment || question.q);
  const { sort: _, ...whom } = question;

  const run = async (change: Bulk, patch: (row: Row) => Row, say: string) => {
    setOpen(null);
    patchRows(everything ? 'all' : selected, patch);
    onClear();
    try {
      const body = byRule
        ? { ...whom, expect: total }
        : everything
          ? { where: 'health is known or not health is known', expect: total }
          : { ids: [...selected] };
      const made = await changeMany({ ...body, ...change });
      done(
        t(say, { count: made.changed, n: format.int(made.changed) }),
        made.id
          ? async () => {
              const back = await undoMany(made.id!);
              await refreshTable();
              if (back.left)
                done(
                  t('bulk.undone_left', {
                    n: format.int(back.left),
                    names: back.left_accounts.map((one) => one.name).join(', '),
                  }),
                );
            }
          : undefined,
      );
    } catch (error) {
      failed(error);
    }
    await refreshTable();
  };
  const assign = (member: { id: string; name: string } | null) =>
    run({ set: { owner: member?.id ?? null } }, (row) => ({ ...row, owner: member }), 'bulk.assigned');
  const tag = (add: string[], remove: string[]) =>
    run(
      { add_tags: add.length ? add : undefined, remove_tags: remove.length ? remove : undefined },
      (row) => ({
        ...row,
        tags: [...new Set([...row.tags.filter((one) => !remove.some((gone) => fold(gone) === fold(one))), ...add])].sort(),
      }),
      'bulk.tagged',
    );
  const save = () => {
    const money = (minor: number | null) => (minor === null ? null : minor / 10 ** currencyExponent(currency));
    const head = ['key', 'name', 'health', 'why', 'arr', 'currency', 'renewal', 'stage', 'owner', 'tags'].map((key) =>
      t(`columns.${key}`),
    );
    download(
      'accounts.csv',
      csv([
        head,
        ...chosen.map((row) => [
          row.key,
          row.name,
          row.health.score === null ? null : Math.round(row.health.score),
          row.why?.text,
          money(row.arr),
          currency,
          row.renews_on && format.day(row.renews_on, 'padded'),
          row.stage,
          row.owner?.name,
          row.tags.join(', '),
        ]),
      ]),
    );
  };
  useKeys({
    KeyA: () => setOpen(open === 'assign' ? null : 'assign'),
    KeyG: () => setOpen(open === 'tag' ? null : 'tag'),
    KeyE: save,
  });
  return (
    <div className={css.bulk} role="toolbar" aria-label={t('bulk.label')}>
      <span className={css.bulkCount} aria-live="polite">
        <b>{t('bulk.selected', { count, n: format.int(count) })}</b>
        {arr > 0 && !everything && <span>{t('bulk.arr', { amount: format.amount(arr, currency) })}</span>}
      </span>
      {!everything && selected.size < total && chosen.length >= Math.min(total, 60) && (
        <button type="button" className={css.bulkLink} onClick={onEverything}>
          {t('bulk.everything', { n: format.int(total) })}
        </button>
      )}
      <Part
        icon={<IconUser size={15} />}
        label={t('bulk.assign')}
        hint="A"
        open={open === 'assign'}
        onOpen={(on) => setOpen(on ? 'assign' : null)}
      >
        <Assign onChoose={assign} />
      </Part>
      <Part
        icon={<IconTag size={15} />}
        label={t('bulk.tag')}
        hint="G"
        open={open === 'tag'}
        onOpen={(on) => setOpen(on ? 'tag' : null)}
      >
        <TagForm present={[...new Set(chosen.flatMap((row) => row.tags))].sort()} onDone={tag} />
      </Part>
      <button type="button" className={css.bulkAction} onClick={save}>
        <IconDownload size={15} aria-hidden="true" /> {t('bulk.export')} <Kbd>E</Kbd>
      </button>
      <button type="button" className={`${css.bulkAction} ${css.bulkClose}`} onClick={onClear}>
        <IconX size={15} aria-hidden="true" /> <span className="sr">{t('bulk.clear')}</span> <Kbd>Esc</Kbd>
      </button>
    </div>
  );
}

function Part({
  icon,
  label,
  hint,
  open,
  onOpen,
  children,
}: {
  icon: ReactNode;
  label: string;
  hint: string;
  open: boolean;
  onOpen: (open: boolean) => void;
  children: ReactNode;
}) {
  return (
    <Popover opened={open} onChange={onOpen} position="top" width={300} shadow="md" trapFocus>
      <Popover.Target>
        <button type="button" className={css.bulkAction} aria-expanded={open} onClick={() => onOpen(!open)}>
          {icon} {label} <Kbd>{hint}</Kbd>
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={label}>{children}</Popover.Dropdown>
    </Popover>
  );
}

function Assign({ onChoose }: { onChoose: (member: { id: string; name: string } | null) => void }) {
  const { t } = useTranslation('accounts');
  const members = useMembers();
  const [typed, setTyped] = useState('');
  const [entered, setEntered] = useState(false);
  const found = (members.data ?? []).filter((one) => fold(one.name).includes(fold(typed)));
  /* Enter is not lost on who types before the names are here. */
  useEffect(() => {
    if (!entered || !members.data) return;
    setEntered(false);
    if (found[0] && typed) onChoose(found[0]);
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setEntered(true);
      }}
    >
      <TextInput
        data-autofocus
        aria-label={t('bulk.find_member')}
        placeholder={t('bulk.find_member')}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <ScrollArea.Autosize mah={260} mt={8}>
        {found.map((member) => (
          <button key={member.id} type="button" className={css.option} onClick={() => onChoose(member)}>
            <Letter name={member.name} round size={22} /> <bdi>{member.name}</bdi>
          </button>
        ))}
        {!typed && (
          <button type="button" className={css.option} onClick={() => onChoose(null)}>
            <span className="dim">{t('bulk.nobody')}</span>
          </button>
        )}
      </ScrollArea.Autosize>
    </form>
  );
}

function TagForm({ present, onDone }: { present: string[]; onDone: (add: string[], remove: string[]) => void }) {
  const { t } = useTranslation('accounts');
  const [add, setAdd] = useState<string[]>([]);
  const [remove, setRemove] = useState<string[]>([]);
  const known = useFactValues('tags');
  const all = [...new Set((known.data ?? []).flatMap((one) => one.value.split(', ')))].filter(Boolean);
  return (
    <form
      noValidate
      className={css.stack}
      onSubmit={(event) => {
        event.preventDefault();
        if (add.length || remove.length) onDone(add, remove);
      }}
    >
      <TagsInput
        label={t('bulk.add_tags')}
        data-autofocus
        data={all.filter((one) => !add.includes(one))}
        splitChars={[',', '،', ';', '؛']}
        value={add}
        onChange={setAdd}
        comboboxProps={{ withinPortal: false }}
      />
      {present.length > 0 && (
        <TagsInput
          label={t('bulk.remove_tags')}
          data={present.filter((one) => !remove.includes(one))}
          value={remove}
          onChange={(next) => setRemove(next.filter((one) => present.includes(one)))}
          comboboxProps={{ withinPortal: false }}
        />
      )}
      <Button type="submit" aria-disabled={!add.length && !remove.length}>
        {t('bulk.tag')}
      </Button>
    </form>
  );
}
