/** Custom fields: what the organisation adds to customers and contacts. */
import { ActionIcon, Button, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Empty, ErrorNote, Kbd, Loaded, PageHead } from '@/components/Page';
import { SideDrawer } from '@/components/SideDrawer';
import { Table } from '@/components/Table';
import { done, failed } from '@/components/Toast';
import { ask, Problem } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import { titled } from '@/lib/words';
import css from './Fields.module.css';

interface Choice {
  key: string;
  en: string;
  fa?: string;
}
export interface CustomField {
  id: string;
  of: 'account' | 'contact';
  key: string;
  type: 'text' | 'number' | 'date' | 'yes_no' | 'choice' | 'money';
  title_en: string;
  title_fa: string | null;
  description: string | null;
  choices: Choice[] | null;
  currency: string | null;
  place: number;
  values: number;
  version: number;
}
const types = ['text', 'number', 'date', 'yes_no', 'choice', 'money'] as const;
const listKey = ['custom-fields'];
const route = getRouteApi('/shell/data/fields');

export function FieldsPage() {
  const { t } = useTranslation('fields');
  const me = useMe();
  const { edit } = route.useSearch();
  const go = route.useNavigate();
  const may = mayRole(me, 'manager');
  const query = useQuery({ queryKey: listKey, queryFn: () => ask<{ data: CustomField[] }>('GET', '/api/v1/custom-fields') });
  const open = (id: string | undefined) => go({ search: { edit: id } });
  useKeys({ KeyN: may ? () => open('new') : undefined });
  const add = may && (
    <Button leftSection={<IconPlus size={15} />} onClick={() => open('new')}>
      {t('add')}
    </Button>
  );
  return (
    <>
      <PageHead title={t('title')}>
        {may && (
          <Button leftSection={<IconPlus size={15} />} rightSection={<Kbd>N</Kbd>} onClick={() => open('new')}>
            {t('add')}
          </Button>
        )}
      </PageHead>
      <Loaded query={query}>
        {({ data }) => (
          <Table
            label={t('title')}
            rows={data}
            rowKey={(field) => field.id}
            onOpen={may ? (field) => open(field.id) : undefined}
            columns={[
              {
                key: 'title',
                title: t('field'),
                width: 'minmax(150px, 1.2fr)',
                render: (field) => <bdi className="name">{titled(field)}</bdi>,
              },
              { key: 'of', title: t('of'), width: '120px', render: (field) => t(`ofs.${field.of}`) },
              {
                key: 'type',
                title: t('type'),
                width: 'minmax(130px, 0.8fr)',
                render: (field) => (
                  <>
                    {t(`types.${field.type}`)} {field.currency && <span className="dim">{field.currency}</span>}
                  </>
                ),
              },
              { key: 'key', title: t('key'), width: 'minmax(120px, 1fr)', render: (field) => <code>{field.key}</code> },
              { key: 'values', title: t('values'), width: '110px', numeric: true, render: (field) => format.int(field.values) },
            ]}
            empty={
              <Empty title={t('none')} action={add}>
                {t('none_text')}
              </Empty>
            }
          />
        )}
      </Loaded>
      <SideDrawer opened={edit !== undefined} onClose={() => open(undefined)} title={edit === 'new' ? t('add') : t('edit')}>
        {edit !== undefined && (
          <Loaded query={query} rows={5}>
            {({ data }) => <FieldForm key={edit} field={data.find((one) => one.id === edit)} onDone={() => open(undefined)} />}
          </Loaded>
        )}
      </SideDrawer>
    </>
  );
}

function FieldForm({ field, onDone }: { field?: CustomField; onDone: () => void }) {
  const { t } = useTranslation('fields');
  const me = useMe();
  const [draft, setDraft] = useState({
    of: field?.of ?? ('account' as CustomField['of']),
    key: field?.key ?? '',
    type: field?.type ?? ('text' as CustomField['type']),
    title_en: field?.title_en ?? '',
    title_fa: field?.title_fa ?? '',
    description: field?.description ?? '',
    currency: field?.currency ?? me.organisation.currency,
    choices: field?.choices ?? [{ key: '', en: '', fa: '' }],
  });
  const [asking, setAsking] = useState(false);
  const refresh = () => queryClient.invalidateQueries({ queryKey: listKey });
  const save = useMutation({
    mutationFn: () => {
      const shown = {
        title_en: draft.title_en,
        title_fa: draft.title_fa || null,
        description: draft.description || null,
        ...(draft.type === 'choice'
          ? {
              choices: draft.choices
                .filter((choice) => choice.en || choice.key || choice.fa)
                .map((choice) => {
                  const en = choice.en || choice.fa || choice.key;
                  return { key: choice.key || en, en, fa: choice.fa || en };
                }),
            }
          : {}),
      };
      if (field)
        return ask<CustomField>('PATCH', `/api/v1/custom-fields/${field.id}`, { body: shown, etag: `"${field.version}"` });
      const body = {
        of: draft.of,
        key: draft.key,
        type: draft.type,
        ...Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== null)),
        ...(draft.type === 'money' ? { currency: draft.currency.toUpperCase() } : {}),
      };
      return ask<CustomField>('POST', '/api/v1/custom-fields', { body });
    },
    onSuccess: (saved) => {
      refresh();
      done(t('saved', { name: titled(saved) }));
      onDone();
    },
  });
  const remove = async () => {
    if (!field) return;
    onDone();
    try {
      const answer = await ask<{ message: string }>('DELETE', `/api/v1/custom-fields/${field.id}`, {
        etag: `"${field.version}"`,
      });
      const { of, key, type, title_en, title_fa, description, choices, currency } = field;
      const body = Object.fromEntries(
        Object.entries({ of, key, type, title_en, title_fa, description, choices, currency }).filter(
          ([, value]) => value !== null,
        ),
      );
      done(answer.message, () => ask('POST', '/api/v1/custom-fields', { body }).then(refresh));
    } catch (error) {
      failed(error);
    }
    refresh();
  };
  const problem = save.error instanceof Problem ? save.error : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const choice = (i: number, part: Partial<Choice>) =>
    setDraft({ ...draft, choices: draft.choices.map((one, k) => (k === i ? { ...one, ...part } : one)) });
  return (
    <form noValidate className={css.form} onSubmit={submit}>
      {!field && (
        <SegmentedControl
          aria-label={t('of')}
          fullWidth
          data={(['account', 'contact'] as const).map((of) => ({ value: of, label: t(`ofs.${of}`) }))}
          value={draft.of}
          onChange={(of) => setDraft({ ...draft, of: of as CustomField['of'] })}
        />
      )}
      <TextInput
        label={t('title_en')}
        dir="ltr"
        data-autofocus
        value={draft.title_en}
        error={problem?.at('title_en')}
        onChange={(event) => {
          const title_en = event.currentTarget.value;
          const made = (title: string) =>
            title
              .toLowerCase()
              .replace(/[^a-z0-9]+/g, '_')
              .replace(/^[^a-z]+|_+$/g, '')
              .slice(0, 40);
          setDraft({ ...draft, title_en, key: !field && draft.key === made(draft.title_en) ? made(title_en) : draft.key });
        }}
      />
      <TextInput
        label={t('title_fa')}
        dir="rtl"
        lang="fa"
        value={draft.title_fa}
        error={problem?.at('title_fa')}
        onChange={(event) => setDraft({ ...draft, title_fa: event.currentTarget.value })}
      />
      <TextInput
        label={t('key')}
        description={t('key_help')}
        dir="ltr"
        disabled={Boolean(field)}
        value={draft.key}
        error={problem?.at('key')}
        onChange={(event) => setDraft({ ...draft, key: event.currentTarget.value })}
      />
      <Select
        label={t('type')}
        data={types.map((type) => ({ value: type, label: t(`types.${type}`) }))}
        value={draft.type}
        disabled={Boolean(field)}
        onChange={(type) => setDraft({ ...draft, type: (type ?? 'text') as CustomField['type'] })}
      />
      {draft.type === 'money' && (
        <TextInput
          label={t('currency')}
          dir="ltr"
          disabled={Boolean(field)}
          value={draft.currency}
          error={problem?.at('currency')}
          onChange={(event) => setDraft({ ...draft, currency: event.currentTarget.value })}
        />
      )}
      {draft.type === 'choice' && (
        <fieldset className={css.choices}>
          <legend>{t('choices')}</legend>
          {draft.choices.map((one, i) => (
            <div key={i} className={css.choice}>
              <TextInput
                aria-label={t('choice_en', { n: format.int(i + 1) })}
                placeholder={t('in_english')}
                dir="ltr"
                value={one.en}
                onChange={(event) => choice(i, { en: event.currentTarget.value })}
              />
              <TextInput
                aria-label={t('choice_fa', { n: format.int(i + 1) })}
                placeholder={t('in_persian')}
                dir="rtl"
                lang="fa"
                value={one.fa ?? ''}
                onChange={(event) => choice(i, { fa: event.currentTarget.value })}
              />
              <ActionIcon
                aria-label={t('choice_remove', { n: format.int(i + 1) })}
                onClick={() => setDraft({ ...draft, choices: draft.choices.filter((_, k) => k !== i) })}
              >
                <IconX size={15} />
              </ActionIcon>
            </div>
          ))}
          {problem?.at('choices') && <p className="bad">{problem.at('choices')}</p>}
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={() => setDraft({ ...draft, choices: [...draft.choices, { key: '', en: '', fa: '' }] })}
          >
            {t('choice_add')}
          </Button>
        </fieldset>
      )}
      <Textarea
        label={t('description')}
        dir="auto"
        autosize
        minRows={2}
        value={draft.description}
        onChange={(event) => setDraft({ ...draft, description: event.currentTarget.value })}
      />
      {problem && !problem.errors.length && <ErrorNote error={problem} />}
      <div className={css.foot}>
        <Button type="submit" loading={save.isPending}>
          {t('common:save')}
        </Button>
        <Button variant="subtle" color="gray" onClick={onDone}>
          {t('common:cancel')}
        </Button>
        {field && !asking && (
          <Button variant="subtle" color="red" className={css.remove} onClick={() => setAsking(true)}>
            {t('remove')}
          </Button>
        )}
      </div>
      {field && asking && (
        <div className={css.sure}>
          <span>{t('remove_sure', { count: field.values, n: format.int(field.values) })}</span>
          <Button color="red" onClick={remove}>
            {t('remove')}
          </Button>
        </div>
      )}
    </form>
  );
}
