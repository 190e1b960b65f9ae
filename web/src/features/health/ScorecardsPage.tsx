/** The scorecards in force, in the order in which they are tried. */
import { Button, Select, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { Empty, ErrorNote, Kbd, Lead, Loaded, PageHead } from '@/components/Page';
import { sentenceOf, useRuleCatalogue } from '@/components/rule';
import { SideDrawer } from '@/components/SideDrawer';
import { Table } from '@/components/Table';
import { done } from '@/components/Toast';
import { ask, type Page, Problem } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import { keptDraft, measuresOf, type Scorecard, toDraft } from './card';
import css from './Editor.module.css';
import { cardTitle } from './names';

const route = getRouteApi('/shell/health/scorecards');
export const scorecardsKey = ['scorecards'];

export function ScorecardsPage() {
  const { t } = useTranslation('health');
  const me = useMe();
  const go = route.useNavigate();
  const { add } = route.useSearch();
  const catalogue = useRuleCatalogue();
  const mayWrite = mayRole(me, 'manager');
  const list = useQuery({ queryKey: scorecardsKey, queryFn: () => ask<Page<Scorecard>>('GET', '/api/v1/scorecards') });
  const adding = (open: boolean) => go({ search: open ? { add: true } : {} });
  useKeys({ KeyN: mayWrite ? () => adding(true) : undefined });
  return (
    <>
      <PageHead title={t('cards.title')}>
        {mayWrite && (
          <Button leftSection={<IconPlus size={15} />} rightSection={<Kbd>N</Kbd>} onClick={() => adding(true)}>
            {t('cards.add')}
          </Button>
        )}
      </PageHead>
      <Loaded query={list}>
        {({ data }) => (
          <>
            {data.length > 0 && (
              <Lead then={t('cards.lead_then')}>{t('cards.lead', { count: data.length, n: format.int(data.length) })}</Lead>
            )}
            <Table
              label={t('cards.title')}
              rows={data}
              rowKey={(row) => row.key}
              rowHeight={46}
              onOpen={(row) => go({ to: '/health/scorecards/$key', params: { key: row.key } })}
              columns={[
                {
                  key: 'title',
                  title: t('cards.name'),
                  width: 'minmax(150px, 1fr)',
                  render: (row) => (
                    <>
                      <bdi className="name">{cardTitle(row.card)}</bdi>{' '}
                      {keptDraft(row.key) && <span className={css.chipDraft}>{t('cards.draft')}</span>}
                    </>
                  ),
                },
                {
                  key: 'applies',
                  title: t('cards.applies'),
                  width: 'minmax(220px, 2fr)',
                  render: (row) =>
                    row.card.applies_to && catalogue ? (
                      <bdi className="clip">{sentenceOf(row.card.applies_to, catalogue)}</bdi>
                    ) : (
                      <span className="quiet">{t('cards.rest')}</span>
                    ),
                },
                {
                  key: 'measures',
                  title: t('cards.measures'),
                  width: '90px',
                  numeric: true,
                  render: (row) => format.int(measuresOf(toDraft(row.card)).length),
                },
                {
                  key: 'version',
                  title: t('cards.version'),
                  width: '80px',
                  numeric: true,
                  render: (row) => format.int(row.version),
                },
                {
                  key: 'saved',
                  title: t('cards.saved'),
                  width: 'minmax(150px, 1fr)',
                  render: (row) => (
                    <>
                      <span className="quiet">{format.ago(row.created_at)}</span>
                      {row.created_by !== 'vafa' && (
                        <>
                          {' '}
                          <bdi className="dim">{row.created_by}</bdi>
                        </>
                      )}
                    </>
                  ),
                },
              ]}
              empty={
                <Empty
                  title={t('cards.none')}
                  action={
                    mayWrite && (
                      <Button leftSection={<IconPlus size={15} />} onClick={() => adding(true)}>
                        {t('cards.add')}
                      </Button>
                    )
                  }
                >
                  {t('cards.none_text')}
                </Empty>
              }
            />
            <SideDrawer opened={Boolean(add) && mayWrite} onClose={() => adding(false)} title={t('cards.add')}>
              <NewCard
                cards={data}
                onDone={(key) => (key ? go({ to: '/health/scorecards/$key', params: { key } }) : adding(false))}
              />
            </SideDrawer>
          </>
        )}
      </Loaded>
    </>
  );
}

function NewCard({ cards, onDone }: { cards: Scorecard[]; onDone: (key?: string) => void }) {
  const { t } = useTranslation('health');
  const [draft, setDraft] = useState({ key: '', en: '', fa: '', from: cards[0]?.key ?? '' });
  const save = useMutation({
    mutationFn: () => {
      if (cards.some((one) => one.key === draft.key))
        throw new Problem(409, {
          errors: [{ pointer: '/card/key', code: 'taken', message: t('cards.taken', { key: draft.key }) }],
        });
      const { applies_to: _, ...from } = cards.find((one) => one.key === draft.from)!.card;
      const title = { en: draft.en || draft.fa || draft.key, fa: draft.fa || draft.en || draft.key };
      return ask<Scorecard>('PUT', `/api/v1/scorecards/${encodeURIComponent(draft.key)}`, {
        body: { place: 500, reason: t('cards.copied', { from: draft.from }), card: { ...from, key: draft.key, title } },
      });
    },
    onSuccess: (saved) => {
      queryClient.invalidateQueries({ queryKey: scorecardsKey });
      done(t('cards.made', { name: cardTitle(saved.card) }));
      onDone(saved.key);
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  return (
    <form
      noValidate
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <p className="quiet">{t('cards.add_text')}</p>
      <TextInput
        label={t('cards.title_en')}
        dir="ltr"
        data-autofocus
        value={draft.en}
        onChange={(event) => {
          const en = event.currentTarget.value;
          const slug = (text: string) =>
            text
              .toLowerCase()
              .replace(/[^a-z0-9]+/g, '_')
              .replace(/^_|_$/g, '');
          setDraft((now) => ({ ...now, en, key: now.key === slug(now.en) ? slug(en) : now.key }));
        }}
      />
      <TextInput
        label={t('cards.title_fa')}
        dir="rtl"
        lang="fa"
        value={draft.fa}
        onChange={(event) => setDraft({ ...draft, fa: event.currentTarget.value })}
      />
      <TextInput
        label={t('cards.key')}
        description={t('cards.key_help')}
        dir="ltr"
        required
        value={draft.key}
        error={problem?.at('card/key')}
        onChange={(event) => setDraft({ ...draft, key: event.currentTarget.value })}
      />
      <Select
        label={t('cards.from')}
        data={cards.map((one) => ({ value: one.key, label: cardTitle(one.card) }))}
        value={draft.from}
        onChange={(from) => from && setDraft({ ...draft, from })}
      />
      {problem && !problem.at('card/key') && <ErrorNote error={problem} />}
      <div className={css.foot}>
        <Button type="submit" loading={save.isPending}>
          {t('cards.make')}
        </Button>
        <Button variant="subtle" color="gray" onClick={() => onDone()}>
          {t('common:cancel')}
        </Button>
      </div>
    </form>
  );
}
