/** Saved views as tabs with live counts; what was changed can be kept as a view. */
import { ActionIcon, Button, Checkbox, Menu, Popover, TextInput } from '@mantine/core';
import { IconChevronDown, IconPlus } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { PageTabs } from '@/components/Page';
import { type RuleNode, textOf } from '@/components/rule';
import { done, failed } from '@/components/Toast';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import css from './AccountsPage.module.css';
import { asksHealth, noHealth, removeView, saveView, useEverybody, type View } from './api';

interface Draft {
  where?: string;
  rule: RuleNode | null;
  sort?: string;
  columns: string[];
  density: 'compact' | 'comfortable';
}

export function ViewTabs({
  views,
  active,
  draft,
  changed,
  onOpen,
}: {
  views: View[] | undefined;
  active: string | undefined;
  draft: Draft;
  changed: boolean;
  onOpen: (id: string | undefined) => void;
}) {
  const { t } = useTranslation('accounts');
  const all = useEverybody();
  const view = views?.find((one) => one.id === active);
  const body = () => ({
    text: draft.where !== undefined ? draft.where || null : textOf(draft.rule) || null,
    sort: draft.sort ?? null,
    columns: draft.columns,
    density: draft.density,
  });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['views'] });
  const update = async () => {
    try {
      await saveView(body() as never, view);
      await refresh();
      onOpen(view!.id);
      done(t('view.saved', { name: view!.title }));
    } catch (error) {
      failed(error);
    }
  };
  const remove = async () => {
    if (!view) return;
    try {
      await removeView(view);
      onOpen(undefined);
      await refresh();
      const { title, text, sort, columns, density, shared } = view;
      done(
        t('view.removed', { name: title }),
        view.built_in
          ? undefined
          : () =>
              saveView({
                title,
                text: text ?? undefined,
                sort: sort ?? undefined,
                columns: columns ?? undefined,
                density,
                shared,
              }).then(refresh),
      );
    } catch (error) {
      failed(error);
    }
  };
  return (
    <div className={css.tabs}>
      <PageTabs
        label={t('view.list')}
        active={active ?? ''}
        onChange={(key) => onOpen(key || undefined)}
        tabs={[
          { key: '', label: t('view.all'), count: all.data && format.int(all.data.total) },
          ...(views ?? []).map((one) => ({
            key: one.id,
            label: <bdi>{one.title}</bdi>,
            count: one.count === null ? '!' : noHealth(all.data) && asksHealth(one.rule) ? '–' : format.int(one.count),
          })),
        ]}
      />
      {view && (
        <Menu position="bottom-start">
          <Menu.Target>
            <ActionIcon size="sm" aria-label={t('view.menu', { name: view.title })}>
              <IconChevronDown size={14} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {view.mine && !view.built_in && changed && <Menu.Item onClick={update}>{t('view.update')}</Menu.Item>}
            {changed && <Menu.Item onClick={() => onOpen(view.id)}>{t('view.reset')}</Menu.Item>}
            {(view.mine || view.built_in) && (
              <Menu.Item color="red" onClick={remove}>
                {t(view.built_in ? 'view.dismiss' : 'view.remove')}
              </Menu.Item>
            )}
            {!view.mine && !view.built_in && !changed && <Menu.Label>{t('view.of_other')}</Menu.Label>}
          </Menu.Dropdown>
        </Menu>
      )}
      <SaveView
        body={body}
        onSaved={async (saved) => {
          await refresh();
          onOpen(saved.id);
          done(t('view.saved', { name: saved.title }));
        }}
      />
    </div>
  );
}

function SaveView({ body, onSaved }: { body: () => object; onSaved: (view: View) => void }) {
  const { t } = useTranslation('accounts');
  const me = useMe();
  const [open, setOpen] = useState(false);
  const [title, setTitle] = useState('');
  const [shared, setShared] = useState(false);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!title.trim()) return;
    try {
      const saved = await saveView({ ...body(), title: title.trim(), shared });
      setOpen(false);
      setTitle('');
      onSaved(saved);
    } catch (error) {
      failed(error);
    }
  };
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" width={280} shadow="md" trapFocus>
      <Popover.Target>
        <button type="button" className={css.saveView} onClick={() => setOpen(!open)} aria-expanded={open}>
          <IconPlus size={14} aria-hidden="true" /> {t('view.save')}
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('view.save')}>
        <form noValidate onSubmit={save} className={css.stack}>
          <TextInput
            label={t('view.title')}
            data-autofocus
            required
            value={title}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
          {mayRole(me, 'csm') && (
            <Checkbox
              label={t('view.shared')}
              description={t('view.shared_help')}
              checked={shared}
              onChange={(event) => setShared(event.currentTarget.checked)}
            />
          )}
          <Button type="submit">{t('common:save')}</Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
