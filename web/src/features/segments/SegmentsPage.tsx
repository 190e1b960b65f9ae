/** Segments: rules with a name and a memory, lists kept by hand, and the touch models among them. */
import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { IconAlertTriangle, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Empty, ErrorNote, Kbd, Lead, Loaded, PageHead, PageTabs, Section } from '@/components/Page';
import { type RuleCatalogue, RuleChips, type RuleNode, sentenceOf, useRuleCatalogue } from '@/components/rule';
import { SideDrawer } from '@/components/SideDrawer';
import { Rows, Table } from '@/components/Table';
import { done } from '@/components/Toast';
import { ask, Problem } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import { titled } from '@/lib/words';
import css from './Segments.module.css';
import { pathOf, type Segment, segmentsKey, titles, useSegments } from './segment';

const route = getRouteApi('/shell/health/segments');
const example: RuleNode = {
  all: [
    { fact: 'days_to_renewal', is: 'between', value: [0, 90] },
    { not: { some_contact: { fact: 'champion', is: '=', value: true }, at_least: 1 } },
  ],
};

export function SegmentsPage() {
  const { t } = useTranslation('segments');
  const me = useMe();
  const go = route.useNavigate();
  const { tab, add } = route.useSearch();
  const mayWrite = mayRole(me, 'manager');
  const list = useSegments();
  const catalogue = useRuleCatalogue();
  const adding = (open: boolean) => go({ search: (before) => ({ ...before, add: open || undefined }), replace: true });
  useKeys({ KeyN: mayWrite ? () => adding(true) : undefined });
  return (
    <>
      <PageHead
        title={t('title')}
        tabs={
          <PageTabs
            label={t('title')}
            active={tab ?? 'all'}
            onChange={(next) => go({ search: { tab: next === 'touch' ? 'touch' : undefined } })}
            tabs={[
              { key: 'all', label: t('all'), count: list.data && format.int(list.data.data.length) },
              { key: 'touch', label: t('touch.title') },
            ]}
          />
        }
      >
        {mayWrite && (
          <Button leftSection={<IconPlus size={15} />} rightSection={<Kbd>N</Kbd>} onClick={() => adding(true)}>
            {t('add')}
          </Button>
        )}
      </PageHead>
      <Loaded query={list}>
        {({ data }) =>
          tab === 'touch' ? (
            <TouchModels segments={data} catalogue={catalogue} />
          ) : (
            <>
              {data.length > 0 && (
                <Lead then={t('lead_then')}>{t('lead', { count: data.length, n: format.int(data.length) })}</Lead>
              )}
              <Table
                label={t('title')}
                rows={data}
                rowKey={(row) => row.key}
                rowHeight={44}
                onOpen={(row) => go({ to: '/health/segments/$key', params: { key: row.key } })}
                columns={columnsOf(t, catalogue)}
                empty={
                  <Empty
                    title={t('none')}
                    example={catalogue && <RuleChips rule={example} catalogue={catalogue} onChange={() => {}} disabled />}
                    action={
                      mayWrite && (
                        <Button leftSection={<IconPlus size={15} />} onClick={() => adding(true)}>
                          {t('add')}
                        </Button>
                      )
                    }
                  >
                    {t('none_text')}
                  </Empty>
                }
              />
            </>
          )
        }
      </Loaded>
      <SideDrawer opened={Boolean(add) && mayWrite} onClose={() => adding(false)} title={t('add')}>
        <NewSegment
          segments={list.data?.data ?? []}
          onDone={(key) => (key ? go({ to: '/health/segments/$key', params: { key }, search: { tab: 'rule' } }) : adding(false))}
        />
      </SideDrawer>
    </>
  );
}

type Say = (key: string, values?: Record<string, unknown>) => string;
const columnsOf = (t: Say, catalogue: RuleCatalogue | undefined) => [
  {
    key: 'title',
    title: t('segment'),
    width: 'minmax(150px, 1fr)',
    render: (row: Segment) => (
      <span className="clip">
        <bdi className="name">{titled(row)}</bdi> {row.holds === 'contacts' && <span className={css.chip}>{t('contacts')}</span>}
        {row.touch_place !== null && <span className={css.chip}>{t('touch.one')}</span>}
      </span>
    ),
  },
  {
    key: 'rule',
    title: t('rule'),
    width: 'minmax(240px, 2.2fr)',
    render: (row: Segment) =>
      row.broken ? (
        <span className={css.broken}>
          <IconAlertTriangle size={14} aria-hidden="true" /> {row.broken}
        </span>
      ) : row.rule && catalogue ? (
        <bdi className="clip" title={sentenceOf(row.rule, catalogue, row.holds === 'contacts')}>
          {sentenceOf(row.rule, catalogue, row.holds === 'contacts')}
        </bdi>
      ) : (
        <span className="quiet">{t('by_hand')}</span>
      ),
  },
  {
    key: 'members',
    title: t('members'),
    width: '90px',
    numeric: true,
    render: (row: Segment) => format.int(row.members),
  },
  {
    key: 'change',
    title: t('change'),
    width: '140px',
    numeric: true,
    render: (row: Segment) =>
      row.entered_30d || row.left_30d ? (
        <>
          {row.entered_30d > 0 && format.signed(row.entered_30d)} {row.left_30d > 0 && format.signed(-row.left_30d)}
        </>
      ) : (
        <span className="dim">{t('common:steady')}</span>
      ),
  },
  {
    key: 'arr',
    title: t('arr'),
    width: '140px',
    numeric: true,
    render: (row: Segment) => (row.arr === null ? '–' : format.amount(row.arr, row.currency)),
  },
];

function NewSegment({ segments, onDone }: { segments: Segment[]; onDone: (key?: string) => void }) {
  const { t } = useTranslation('segments');
  const [draft, setDraft] = useState({ key: '', en: '', fa: '', holds: 'accounts', kind: 'rule' });
  const slug = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_|_$/g, '');
  const save = useMutation({
    mutationFn: () => {
      if (segments.some((one) => one.key === draft.key))
        throw new Problem(409, { errors: [{ pointer: '/key', code: 'taken', message: t('taken', { key: draft.key }) }] });
      const first = draft.holds === 'contacts' ? { fact: 'champion', is: '=', value: true } : { fact: 'arr', is: 'known' };
      return ask<Segment>('PUT', pathOf(draft.key), {
        body: {
          ...titles(draft.en, draft.fa),
          ...(draft.holds === 'contacts' ? { holds: 'contacts' } : {}),
          ...(draft.kind === 'rule' ? { rule: first } : {}),
        },
      });
    },
    onSuccess: (saved) => {
      queryClient.invalidateQueries({ queryKey: segmentsKey });
      queryClient.invalidateQueries({ queryKey: ['rule-catalogue'] });
      done(t('made', { name: titled(saved) }));
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
      <SegmentedControl
        aria-label={t('holds')}
        value={draft.holds}
        onChange={(holds) => setDraft({ ...draft, holds })}
        data={['accounts', 'contacts'].map((one) => ({ value: one, label: t(`holds_${one}`) }))}
      />
      <SegmentedControl
        aria-label={t('kept')}
        value={draft.kind}
        onChange={(kind) => setDraft({ ...draft, kind })}
        data={['rule', 'hand'].map((one) => ({ value: one, label: t(`kept_${one}`) }))}
      />
      <TextInput
        label={t('title_en')}
        dir="ltr"
        data-autofocus
        value={draft.en}
        error={problem?.at('title_en')}
        onChange={(event) => {
          const en = event.currentTarget.value;
          setDraft((now) => ({ ...now, en, key: now.key === slug(now.en) ? slug(en) : now.key }));
        }}
      />
      <TextInput
        label={t('title_fa')}
        dir="rtl"
        lang="fa"
        value={draft.fa}
        error={problem?.at('title_fa')}
        onChange={(event) => setDraft({ ...draft, fa: event.currentTarget.value })}
      />
      <TextInput
        label={t('key')}
        description={t('key_help')}
        dir="ltr"
        required
        value={draft.key}
        error={problem?.at('key')}
        onChange={(event) => setDraft({ ...draft, key: event.currentTarget.value })}
      />
      {problem && !problem.errors.some((fault) => /key|title/.test(fault.pointer ?? '')) && <ErrorNote error={problem} />}
      <div className={css.foot}>
        <Button type="submit" loading={save.isPending}>
          {t('make')}
        </Button>
        <Button variant="subtle" color="gray" onClick={() => onDone()}>
          {t('common:cancel')}
        </Button>
      </div>
    </form>
  );
}

interface Suggestion {
  account: string;
  name: string;
  touch_model: string;
  owner: string;
  owner_name: string;
}

function TouchModels({ segments, catalogue }: { segments: Segment[]; catalogue: RuleCatalogue | undefined }) {
  const { t } = useTranslation('segments');
  const go = route.useNavigate();
  const models = segments.filter((one) => one.touch_place !== null).sort((a, b) => a.touch_place! - b.touch_place!);
  const suggestions = useQuery({
    queryKey: ['segments', null, 'suggestions'],
    queryFn: () => ask<{ data: Suggestion[] }>('GET', '/api/v1/touch/suggestions'),
  });
  return (
    <>
      <Lead then={t('touch.lead_then')}>{t('touch.lead', { count: models.length, n: format.int(models.length) })}</Lead>
      <Section flush>
        <Table
          label={t('touch.title')}
          rows={models}
          rowKey={(row) => row.key}
          rowHeight={44}
          onOpen={(row) => go({ to: '/health/segments/$key', params: { key: row.key }, search: { tab: 'rule' } })}
          columns={[
            {
              key: 'place',
              title: t('touch.place'),
              width: '60px',
              numeric: true,
              render: (row: Segment) => format.int(row.touch_place!),
            },
            ...columnsOf(t, catalogue).filter((column) => column.key !== 'change'),
            {
              key: 'cadence',
              title: t('touch.cadence'),
              width: '140px',
              render: (row: Segment) =>
                row.touch_cadence_days === null ? (
                  <span className="dim">{t('touch.no_cadence')}</span>
                ) : (
                  format.days(row.touch_cadence_days)
                ),
            },
          ]}
          empty={<Empty title={t('touch.none')}>{t('touch.none_text')}</Empty>}
        />
      </Section>
      <Section title={t('touch.suggestions')} hint={t('touch.suggestions_hint')}>
        <Rows
          label={t('touch.suggestions')}
          rows={suggestions.data?.data}
          rowKey={(row) => row.account}
          empty={t('touch.no_suggestions')}
          columns={[
            {
              key: 'name',
              title: t('account'),
              render: (row) => (
                <Link to={`/accounts/${encodeURIComponent(row.account)}` as string}>
                  <bdi>{row.name}</bdi>
                </Link>
              ),
            },
            { key: 'model', title: t('touch.one'), render: (row) => spokenOf(segments, row.touch_model) },
            { key: 'owner', title: t('touch.owner'), render: (row) => <bdi>{row.owner_name}</bdi> },
          ]}
        />
      </Section>
    </>
  );
}

const spokenOf = (segments: Segment[], key: string) => {
  const found = segments.find((one) => one.key === key);
  return <bdi>{found ? titled(found) : key}</bdi>;
};
