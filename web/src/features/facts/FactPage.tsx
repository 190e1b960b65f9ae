/** One fact: what it means, how it lies over the accounts today, and what reads it. */
import { Button, Select, Textarea, TextInput } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { DateField } from '@/components/DateField';
import { Histogram } from '@/components/Histogram';
import { NumberField } from '@/components/NumberField';
import { ErrorNote, Figure, Lead, Loaded, PageHead, Section } from '@/components/Page';
import { valueText } from '@/components/rule';
import { fieldScale } from '@/components/rule/words';
import { SideDrawer } from '@/components/SideDrawer';
import { Rows } from '@/components/Table';
import { done } from '@/components/Toast';
import { ask, Problem } from '@/lib/api';
import { addDays, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import { comma, own } from '@/lib/words';
import { FactForm, removeFact } from './FactForm';
import css from './Facts.module.css';
import { type Distribution, type FactRow, titleOf, useDistribution, useFacts } from './index';
import { useUses } from './useUses';
import { kindOf, sourceText, unitText } from './words';

const route = getRouteApi('/shell/health/facts/$key');

export function FactPage() {
  const { t } = useTranslation('facts');
  const { key } = route.useParams();
  const facts = useFacts();
  const fact = facts.data?.find((one) => one.key === key);
  return (
    <Loaded query={facts} rows={10}>
      {(all) =>
        fact ? (
          <Fact fact={fact} facts={all} />
        ) : (
          <>
            <PageHead title={<code>{key}</code>} crumbs={[{ to: '/health/facts', label: t('title') }]} />
            <ErrorNote error={new Problem(404, { title: t('gone') })} />
          </>
        )
      }
    </Loaded>
  );
}

function Fact({ fact, facts }: { fact: FactRow; facts: FactRow[] }) {
  const { t } = useTranslation('facts');
  const me = useMe();
  const go = route.useNavigate();
  const { edit } = route.useSearch();
  const own = mayRole(me, 'manager') && !fact.built_in;
  const seen = useDistribution(fact.key);
  const uses = useUses(facts)?.get(fact.key) ?? [];
  const editing = (open: boolean) => go({ search: open ? { edit: true } : {}, replace: true });
  const remove = async () => {
    if (await removeFact(fact, { removed: t('removed', { name: titleOf(fact) }) })) go({ to: '/health/facts' });
  };
  const reads = fact.reads.map((key) => facts.find((one) => one.key === key)).filter((one) => one !== undefined);
  return (
    <>
      <PageHead title={<bdi>{titleOf(fact)}</bdi>} crumbs={[{ to: '/health/facts', label: t('title') }]}>
        <code className="dim">{fact.key}</code>
        {own && (
          <>
            <Button variant="default" leftSection={<IconPencil size={15} />} onClick={() => editing(true)}>
              {t('edit')}
            </Button>
            <Button variant="subtle" color="red" leftSection={<IconTrash size={15} />} onClick={remove}>
              {t('remove')}
            </Button>
          </>
        )}
      </PageHead>
      <Lead then={`${t('unit_is', { unit: unitText(fact) })} ${t(`better.${fact.better}`)}.`}>
        {reads.length
          ? t('computed', { names: reads.map((one) => t('quoted', { name: titleOf(one) })).join(` ${t('common:and')} `) })
          : sourceText(fact)}
      </Lead>
      {kindOf(fact) === 'formula' && (
        <Section title={t('formula')}>
          <pre className={css.formula}>{String(fact.source.formula)}</pre>
          <p className="quiet">
            {t('reads')}{' '}
            {reads.map((one, i) => (
              <span key={one.key}>
                {i > 0 && comma()}
                <Link to="/health/facts/$key" params={{ key: one.key }}>
                  <bdi>{titleOf(one)}</bdi>
                </Link>
              </span>
            ))}
          </p>
        </Section>
      )}
      <Loaded query={seen} rows={5}>
        {(data) => (
          <>
            <Section title={t('today')}>
              <div className={css.figures}>
                <Figure label={t('known')} value={format.int(data.known)} note={t('of', { n: format.int(data.accounts) })} />
                <Figure label={t('unknown')} value={format.int(data.unknown)} note={<Causes data={data} />} />
                <Figure label={t('not_applicable')} value={format.int(data.not_applicable)} />
                <Figure
                  label={t('age')}
                  value={data.age_days === null ? '–' : data.age_days === 0 ? t('fresh') : format.days(data.age_days)}
                  note={fact.valid_for ? t('valid_note', { days: format.days(fact.valid_for) }) : t('age_note')}
                />
              </div>
            </Section>
            <Section title={t('lies')} hint={<LeftHint data={data} />}>
              <Lies fact={fact} data={data} currency={me.organisation.currency} />
            </Section>
          </>
        )}
      </Loaded>
      <Section title={t('used_by')}>
        <Rows
          label={t('used_by')}
          rows={uses}
          rowKey={(use) => use.kind + use.key}
          empty={t('unused')}
          columns={[
            { key: 'kind', title: t('what'), width: '140px', render: (use) => t(`use.${use.kind}`) },
            {
              key: 'title',
              title: t('name'),
              render: (use) => (
                <Link to={use.path as string}>
                  <bdi>{use.title}</bdi>
                </Link>
              ),
            },
          ]}
        />
      </Section>
      {kindOf(fact) === 'manual' && mayRole(me, 'csm') && <ManualValue fact={fact} />}
      <SideDrawer opened={Boolean(edit) && own} onClose={() => editing(false)} title={t('edit')}>
        <FactForm fact={fact} facts={facts} onDone={() => editing(false)} />
      </SideDrawer>
    </>
  );
}

function Causes({ data }: { data: Distribution }) {
  return (
    <>
      {data.causes.map((cause) => (
        <span key={cause.en} className={css.cause}>
          {format.int(cause.count)}: {own(cause)}
        </span>
      ))}
    </>
  );
}

function LeftHint({ data }: { data: Distribution }) {
  const { t } = useTranslation('facts');
  if (!data.left.enough) return <>{t('left_few', { n: format.int(data.left.accounts), needed: format.int(data.left.needed) })}</>;
  return (
    <>
      <i className={css.keyAll} aria-hidden="true" /> {t('accounts_today')}{' '}
      <i className={`${css.keyLeft} hatch`} aria-hidden="true" />{' '}
      {t(`left_${data.outcome}`, { n: format.int(data.left.known), days: format.days(data.days) })}
    </>
  );
}

function Lies({ fact, data, currency }: { fact: FactRow; data: Distribution; currency: string }) {
  const { t } = useTranslation('facts');
  const info = fact as Parameters<typeof valueText>[1];
  if (data.known < 10) return <p className="quiet">{t('too_few')}</p>;
  if (data.values)
    return (
      <Rows
        label={t('lies')}
        rows={data.values}
        rowKey={(row, i) => row.value ?? String(i)}
        columns={[
          {
            key: 'value',
            title: t('value'),
            render: (row) => (row.value === null ? t('others') : <bdi>{row.value || t('empty')}</bdi>),
          },
          { key: 'accounts', title: t('accounts'), numeric: true, width: '110px', render: (row) => format.int(row.accounts) },
          {
            key: 'left',
            title: t('left'),
            numeric: true,
            width: '110px',
            render: (row) => (row.left === null ? '–' : format.int(row.left)),
          },
        ]}
      />
    );
  const words = (value: number) =>
    fact.type === 'date'
      ? format.fromToday(addDays(format.today(), Math.round(value)))
      : fact.type === 'bool'
        ? valueText(value >= 1, info, currency)
        : valueText(value, info, currency);
  return (
    <>
      <Histogram label={t('lies')} bars={data.bins ?? []} words={words} />
      {(data.more_below || data.more_above) && <p className="label">{t('beyond')}</p>}
    </>
  );
}

interface Found {
  id: string;
  name: string;
  key: string | null;
  kind: string;
}

function ManualValue({ fact }: { fact: FactRow }) {
  const { t } = useTranslation('facts');
  const me = useMe();
  const [typed, setTyped] = useState('');
  const [account, setAccount] = useState<{ id: string; name: string } | null>(null);
  const [number, setNumber] = useState<number | null>(null);
  const [text, setText] = useState('');
  const [comment, setComment] = useState('');
  const [until, setUntil] = useState<string | null>(null);
  const scale = fieldScale(fact as Parameters<typeof fieldScale>[0], me.organisation.currency);
  const found = useQuery({
    queryKey: ['search', typed],
    enabled: typed.length > 0,
    queryFn: () => ask<{ data: Found[] }>('GET', '/api/v1/search', { query: { q: typed } }),
  });
  const save = useMutation({
    mutationFn: () =>
      ask('PUT', `/api/v1/accounts/${account?.id}/facts/${encodeURIComponent(fact.key)}`, {
        body: {
          ...(fact.type === 'text' ? { text } : { number: number === null ? null : number / scale }),
          ...(comment ? { comment } : {}),
          ...(until ? { expires_on: until } : {}),
        },
      }),
    onSuccess: () => {
      done(t('manual.set', { name: account?.name }));
      queryClient.invalidateQueries({ queryKey: ['facts', fact.key] });
      setAccount(null);
      setTyped('');
      setComment('');
      setNumber(null);
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  return (
    <Section title={t('manual.title')}>
      <form
        noValidate
        className={css.form}
        style={{ maxWidth: 480 }}
        onSubmit={(event) => {
          event.preventDefault();
          if (account) save.mutate();
        }}
      >
        <Select
          label={t('manual.account')}
          searchable
          placeholder={t('manual.find')}
          data={[
            ...(account ? [{ value: account.id, label: account.name }] : []),
            ...(found.data?.data ?? [])
              .filter((one) => one.kind === 'account' && one.id !== account?.id)
              .map((one) => ({ value: one.id, label: one.name })),
          ]}
          filter={({ options }) => options}
          value={account?.id ?? null}
          searchValue={typed}
          onSearchChange={setTyped}
          onChange={(id, option) => setAccount(id ? { id, name: option?.label ?? id } : null)}
          nothingFoundMessage={typed ? t('manual.nobody') : undefined}
        />
        {fact.type === 'text' ? (
          <TextInput
            label={t('value')}
            value={text}
            error={problem?.at('text')}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        ) : (
          <NumberField label={t('value')} value={number} decimals={2} onChange={setNumber} error={problem?.at('number')} />
        )}
        <Textarea label={t('manual.comment')} value={comment} onChange={(event) => setComment(event.currentTarget.value)} />
        <DateField label={t('manual.until')} value={until} onChange={setUntil} />
        {problem && problem.errors.length === 0 && <ErrorNote error={problem} />}
        <div>
          <Button type="submit" loading={save.isPending} aria-disabled={!account}>
            {account ? t('manual.save') : t('manual.choose')}
          </Button>
        </div>
      </form>
    </Section>
  );
}
