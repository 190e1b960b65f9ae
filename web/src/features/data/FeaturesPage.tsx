/** The features of our product: what usage is read as. The example for new pages: list, drawer, form, optimistic edit with undo. */
import { Button, Checkbox, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Empty, ErrorNote, Kbd, Lead, PageHead, Skeleton } from '@/components/Page';
import { SideDrawer } from '@/components/SideDrawer';
import { Table } from '@/components/Table';
import { done, failed } from '@/components/Toast';
import { ask, type Page, Problem } from '@/lib/api';
import type { components } from '@/lib/api.gen';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import { comma, titled, wordOf } from '@/lib/words';
import css from './FeaturesPage.module.css';

type Feature = components['schemas']['Feature'] & { id: string; version: number };
const route = getRouteApi('/shell/data/features');
const listKey = ['features'];

export function FeaturesPage() {
  const { t } = useTranslation('data');
  const me = useMe();
  const { edit } = route.useSearch();
  const go = route.useNavigate();
  const mayWrite = mayRole(me, 'manager');
  const list = useQuery({
    queryKey: listKey,
    queryFn: () => ask<Page<Feature>>('GET', '/api/v1/features', { query: { limit: 200 } }),
  });
  const products = useQuery({
    queryKey: ['products'],
    queryFn: () => ask<{ data: { product: string; accounts: number; plans: number }[] }>('GET', '/api/v1/products'),
    enabled: me.scope === 'all',
  });
  const sold = products.data?.data ?? [];
  const features = list.data?.data ?? [];
  const open = (id: string | undefined) => go({ search: { edit: id } });
  useKeys({ KeyN: mayWrite ? () => open('new') : undefined });

  return (
    <>
      <PageHead title={t('features.title')}>
        {mayWrite && (
          <Button leftSection={<IconPlus size={15} />} rightSection={<Kbd>N</Kbd>} onClick={() => open('new')}>
            {t('features.add')}
          </Button>
        )}
      </PageHead>
      {sold.length > 0 && (
        <Lead then={t('features.below')}>
          {t('features.products', { count: sold.length, n: format.int(sold.length) })}{' '}
          {sold.slice(0, 6).map((one, i) => (
            <span key={one.product}>
              {i > 0 && comma()}
              <bdi>{wordOf('product', one.product)}</bdi> (
              {t('features.bought_by', { count: one.accounts, n: format.int(one.accounts) })})
            </span>
          ))}
          {sold.length > 6 ? '…' : '.'}
        </Lead>
      )}
      {list.isPending ? (
        <Skeleton />
      ) : list.error ? (
        <ErrorNote error={list.error} onRetry={() => list.refetch()} />
      ) : (
        <Table
          label={t('features.title')}
          rows={features}
          rowKey={(feature) => feature.id}
          onOpen={mayWrite ? (feature) => open(feature.id) : undefined}
          columns={[
            {
              key: 'title',
              title: t('features.name'),
              width: 'minmax(140px, 1.2fr)',
              render: (feature) => <bdi className="name">{titled(feature)}</bdi>,
            },
            {
              key: 'key',
              title: t('features.key'),
              width: 'minmax(120px, 1fr)',
              render: (feature) => <code>{feature.key}</code>,
            },
            {
              key: 'core',
              title: t('features.core'),
              width: '110px',
              render: (feature) => (feature.core ? t('features.is_core') : ''),
            },
            {
              key: 'plans',
              title: t('features.plans'),
              width: 'minmax(120px, 1fr)',
              render: (feature) => <bdi>{feature.plans ?? t('features.every_plan')}</bdi>,
            },
          ]}
          empty={
            <Empty
              title={t('features.none')}
              action={
                mayWrite && (
                  <Button leftSection={<IconPlus size={15} />} onClick={() => open('new')}>
                    {t('features.add')}
                  </Button>
                )
              }
            >
              {t('features.none_text')}
            </Empty>
          }
        />
      )}
      <SideDrawer
        opened={edit !== undefined}
        onClose={() => open(undefined)}
        title={edit === 'new' ? t('features.add') : t('features.edit')}
      >
        {edit !== undefined && (
          <FeatureForm key={edit} feature={features.find((one) => one.id === edit)} onDone={() => open(undefined)} />
        )}
      </SideDrawer>
    </>
  );
}

function FeatureForm({ feature, onDone }: { feature?: Feature; onDone: () => void }) {
  const { t } = useTranslation('data');
  const [draft, setDraft] = useState({
    key: feature?.key ?? '',
    title_en: feature?.title_en ?? '',
    title_fa: feature?.title_fa ?? '',
    core: feature?.core ?? false,
    plans: feature?.plans ?? '',
  });
  const save = useMutation({
    mutationFn: () => {
      const body = { ...draft, title_fa: draft.title_fa || null, plans: draft.plans || null };
      if (!feature) return ask<Feature>('POST', '/api/v1/features', { body });
      const { key: _, ...changes } = body;
      return ask<Feature>('PATCH', `/api/v1/features/${feature.id}`, { body: changes, etag: `"${feature.version}"` });
    },
    onSuccess: (saved) => {
      queryClient.invalidateQueries({ queryKey: listKey });
      done(t('features.saved', { name: titled(saved) }));
      onDone();
    },
  });
  const remove = async () => {
    if (!feature) return;
    queryClient.setQueryData<Page<Feature>>(
      listKey,
      (page) => page && { ...page, data: page.data.filter((one) => one.id !== feature.id) },
    );
    onDone();
    try {
      await ask('DELETE', `/api/v1/features/${feature.id}`, { etag: `"${feature.version}"` });
      const { key, title_en, title_fa, core, plans, events } = feature;
      done(t('features.removed', { name: titled(feature) }), () =>
        ask('POST', '/api/v1/features', { body: { key, title_en, title_fa, core, plans, events } }).then(() =>
          queryClient.invalidateQueries({ queryKey: listKey }),
        ),
      );
    } catch (error) {
      failed(error);
    }
    queryClient.invalidateQueries({ queryKey: listKey });
  };
  const problem = save.error instanceof Problem ? save.error : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form noValidate className={css.form} onSubmit={submit}>
      <TextInput
        label={t('features.key')}
        description={t('features.key_help')}
        dir="ltr"
        data-autofocus
        disabled={Boolean(feature)}
        value={draft.key}
        error={problem?.at('key')}
        onChange={(event) => setDraft({ ...draft, key: event.currentTarget.value })}
      />
      <TextInput
        label={t('features.title_en')}
        dir="ltr"
        value={draft.title_en}
        error={problem?.at('title_en')}
        onChange={(event) => setDraft({ ...draft, title_en: event.currentTarget.value })}
      />
      <TextInput
        label={t('features.title_fa')}
        dir="rtl"
        lang="fa"
        value={draft.title_fa}
        error={problem?.at('title_fa')}
        onChange={(event) => setDraft({ ...draft, title_fa: event.currentTarget.value })}
      />
      <TextInput
        label={t('features.plans')}
        description={t('features.plans_help')}
        value={draft.plans}
        error={problem?.at('plans')}
        onChange={(event) => setDraft({ ...draft, plans: event.currentTarget.value })}
      />
      <Checkbox
        label={t('features.is_core')}
        description={t('features.core_help')}
        checked={draft.core}
        onChange={(event) => setDraft({ ...draft, core: event.currentTarget.checked })}
      />
      {problem && problem.errors.length === 0 && <ErrorNote error={problem} />}
      <div className={css.foot}>
        <Button type="submit" loading={save.isPending}>
          {t('common:save')}
        </Button>
        <Button variant="subtle" color="gray" onClick={onDone}>
          {t('common:cancel')}
        </Button>
        {feature && (
          <Button variant="subtle" color="red" className={css.remove} onClick={remove}>
            {t('features.remove')}
          </Button>
        )}
      </div>
    </form>
  );
}
