/** Who asked for which change, when, and how it ended: newest first, found by any of these. */
import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { DateField } from '@/components/DateField';
import { Empty, Loaded, PageHead } from '@/components/Page';
import { Rows } from '@/components/Table';
import { ask, type Page } from '@/lib/api';
import type { paths } from '@/lib/api.gen';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { whoIs } from '@/lib/words';
import css from './admin.module.css';

interface Entry {
  id: string;
  at: string;
  who: string;
  method: string;
  route: string;
  target: string;
  code: number;
  peer: string;
}
/** Every change that the API knows has words, in both languages: the compiler reads the list of operations. */
type Change = {
  [Path in keyof paths]: {
    [Method in 'post' | 'put' | 'patch' | 'delete']: paths[Path][Method] extends undefined
      ? never
      : Path extends `/api/v1${infer Rest}`
        ? `${Uppercase<Method>} ${Rest}`
        : never;
  }['post' | 'put' | 'patch' | 'delete'];
}[keyof paths];
type Worded<Words extends Record<Change, string>> = keyof Words & string;
type Action = Worded<typeof import('@/i18n/en/audit.json')>;

const route = getRouteApi('/shell/admin/audit');

export function AuditPage() {
  const { t } = useTranslation('admin');
  const { t: action } = useTranslation('audit');
  const search = route.useSearch();
  const go = route.useNavigate();
  const set = (change: Partial<typeof search>) => go({ search: { ...search, ...change }, replace: true });
  const list = useInfiniteQuery({
    queryKey: ['audit', search],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      ask<Page<Entry>>('GET', '/api/v1/audit', {
        query: { ...search, failed: search.failed ? 1 : undefined, limit: 100, cursor: pageParam },
      }),
    getNextPageParam: (page) => page.next_cursor,
  });
  return (
    <>
      <PageHead title={t('audit.title')} />
      <form
        noValidate
        className={`${css.filters} no-print`}
        onSubmit={(event) => event.preventDefault()}
        role="search"
        aria-label={t('audit.find')}
      >
        <Typed label={t('audit.who')} value={search.who ?? ''} onChange={(who) => set({ who: who || undefined })} />
        <Typed label={t('audit.what')} value={search.what ?? ''} onChange={(what) => set({ what: what || undefined })} />
        <Select
          label={t('audit.method')}
          data={[
            { value: '', label: t('audit.any') },
            ...['POST', 'PUT', 'PATCH', 'DELETE'].map((value) => ({ value, label: t(`method.${value}`) })),
          ]}
          value={search.method ?? ''}
          onChange={(method) => set({ method: method || undefined })}
        />
        <DateField
          label={t('audit.since')}
          value={search.since ?? null}
          onChange={(since) => set({ since: since ?? undefined })}
        />
        <DateField
          label={t('audit.until')}
          value={search.until ?? null}
          onChange={(until) => set({ until: until ?? undefined })}
        />
        <Checkbox
          label={t('audit.failed')}
          checked={search.failed ?? false}
          onChange={(event) => set({ failed: event.currentTarget.checked || undefined })}
        />
      </form>
      <Loaded query={list}>
        {({ pages }) => (
          <div className={css.list}>
            <Rows
              label={t('audit.title')}
              rows={pages.flatMap((page) => page.data)}
              rowKey={(entry) => entry.id}
              empty={<Empty title={t('audit.none')}>{t('audit.none_text')}</Empty>}
              columns={[
                { key: 'at', title: t('audit.at'), width: '190px', render: (entry) => format.instant(entry.at) },
                { key: 'who', title: t('audit.who'), render: (entry) => <span className="name">{whoIs(entry.who)}</span> },
                { key: 'action', title: t('audit.what'), render: (entry) => action(actionOf(entry)) },
                {
                  key: 'target',
                  title: t('audit.where'),
                  render: (entry) => <code className="dim">{entry.target.replace('/api/v1', '')}</code>,
                },
                {
                  key: 'code',
                  title: t('audit.outcome'),
                  width: '130px',
                  render: (entry) => (
                    <span className={entry.code >= 400 ? 'risk' : ''}>
                      {t(entry.code < 400 ? 'audit.done' : entry.code < 500 ? 'audit.refused' : 'audit.broken')}{' '}
                      <code>{entry.code}</code>
                    </span>
                  ),
                },
                {
                  key: 'peer',
                  title: t('audit.from'),
                  render: (entry) => (entry.peer === 'local' ? t('audit.local') : <code>{entry.peer}</code>),
                },
              ]}
            />
            {list.hasNextPage && (
              <Button
                variant="default"
                className={css.more}
                loading={list.isFetchingNextPage}
                onClick={() => list.fetchNextPage()}
              >
                {t('audit.more')}
              </Button>
            )}
          </div>
        )}
      </Loaded>
    </>
  );
}

const actionOf = (entry: Entry) => `${entry.method} ${entry.route.replace('/api/v1', '')}` as Action;

/** Asks once the typing rests. */
function Typed({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const rest = setTimeout(() => onChange(text), 300);
    return () => clearTimeout(rest);
  }, [text, value, onChange]);
  return <TextInput label={label} value={text} onChange={(event) => setText(event.currentTarget.value)} />;
}
