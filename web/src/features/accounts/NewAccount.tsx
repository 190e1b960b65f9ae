/** A customer entered by hand: little is needed, the rest can follow. */
import { Button, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { DateField } from '@/components/DateField';
import { ErrorNote } from '@/components/Page';
import { useFactValues } from '@/components/rule';
import { SideDrawer } from '@/components/SideDrawer';
import { done } from '@/components/Toast';
import { ask, Problem } from '@/lib/api';
import { useTranslation } from '@/lib/i18n';
import { useMe } from '@/lib/me';
import css from './AccountsPage.module.css';
import { refreshTable, useMembers } from './api';

export function NewAccount({ opened, onClose, onMade }: { opened: boolean; onClose: () => void; onMade: (id: string) => void }) {
  const { t } = useTranslation('accounts');
  return (
    <SideDrawer opened={opened} onClose={onClose} title={t('add')}>
      {opened && <Form onClose={onClose} onMade={onMade} />}
    </SideDrawer>
  );
}

function Form({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const { t } = useTranslation('accounts');
  const me = useMe();
  const members = useMembers();
  const stages = useFactValues('stage');
  const [draft, setDraft] = useState({
    name: '',
    key: '',
    owner: me.member?.id ?? '',
    stage: '',
    plan: '',
    country: '',
    starts_on: null as string | null,
  });
  const [missing, setMissing] = useState(false);
  const save = useMutation({
    mutationFn: () => {
      const body = Object.fromEntries(Object.entries(draft).filter(([, value]) => value));
      return ask<{ id: string; name: string }>('POST', '/api/v1/accounts', { body });
    },
    onSuccess: async (account) => {
      await refreshTable();
      done(t('added', { name: account.name }));
      onMade(account.id);
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  const put = (change: Partial<typeof draft>) => setDraft({ ...draft, ...change });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(!draft.name.trim());
    if (draft.name.trim()) save.mutate();
  };
  return (
    <form className={css.stack} onSubmit={submit} noValidate>
      <TextInput
        label={t('field.name')}
        data-autofocus
        required
        value={draft.name}
        error={missing ? t('field.name_missing') : problem?.at('name')}
        onChange={(event) => put({ name: event.currentTarget.value })}
        onBlur={() => setMissing(missing && !draft.name.trim())}
      />
      <TextInput
        label={t('field.key')}
        description={t('field.key_help')}
        dir="ltr"
        value={draft.key}
        error={problem?.at('key') ?? (problem?.code === 'account_key_taken' ? problem.message : undefined)}
        onChange={(event) => put({ key: event.currentTarget.value.trim() })}
      />
      <Select
        label={t('columns.owner')}
        searchable
        clearable
        data={(members.data ?? []).map((one) => ({ value: one.id, label: one.name }))}
        value={draft.owner || null}
        error={problem?.at('owner')}
        onChange={(owner) => put({ owner: owner ?? '' })}
      />
      <TextInput
        label={t('columns.stage')}
        list="account-stages"
        value={draft.stage}
        error={problem?.at('stage')}
        onChange={(event) => put({ stage: event.currentTarget.value })}
      />
      <datalist id="account-stages">
        {(stages.data ?? []).map((one) => (
          <option key={one.value} value={one.value} />
        ))}
      </datalist>
      <TextInput
        label={t('field.plan')}
        value={draft.plan}
        error={problem?.at('plan')}
        onChange={(event) => put({ plan: event.currentTarget.value })}
      />
      <TextInput
        label={t('field.country')}
        description={t('field.country_help')}
        dir="ltr"
        maxLength={2}
        value={draft.country}
        error={problem?.at('country')}
        onChange={(event) => put({ country: event.currentTarget.value.toUpperCase() })}
      />
      <DateField
        label={t('field.starts_on')}
        value={draft.starts_on}
        error={problem?.at('starts_on')}
        onChange={(starts_on) => put({ starts_on })}
      />
      {problem && problem.errors.length === 0 && problem.code !== 'account_key_taken' && <ErrorNote error={problem} />}
      <div className={css.formFoot}>
        <Button type="submit" loading={save.isPending}>
          {t('common:save')}
        </Button>
        <Button variant="subtle" color="gray" onClick={onClose}>
          {t('common:cancel')}
        </Button>
      </div>
    </form>
  );
}
