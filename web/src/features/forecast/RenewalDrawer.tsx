/** One renewal: what is due, what call and model say, the call to make, what needs a decision or a plan, and what was said before. */
import { Button, Select, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { AccountLink } from '@/components/AccountLink';
import { useCardName } from '@/components/CardName';
import { DateField } from '@/components/DateField';
import { bandOf, HealthPill } from '@/components/Health';
import { ErrorNote, Loaded, Section } from '@/components/Page';
import { SideDrawer } from '@/components/SideDrawer';
import { done } from '@/components/Toast';
import { ask, Problem } from '@/lib/api';
import { type Day, format, latinDigits } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import { whoIs, wordOf } from '@/lib/words';
import { type AccountLine, type CallKind, callKinds, isOpen, minorOf, nameOf } from './api';
import { CallWords } from './CallWords';
import css from './RenewalsPage.module.css';

const said = () => queryClient.invalidateQueries({ queryKey: ['forecast'] });

export function RenewalDrawer({ open, onClose }: { open?: string; onClose: () => void }) {
  const { t } = useTranslation('forecast');
  const account = open?.split('|')[0];
  const query = useQuery({
    queryKey: ['forecast', 'account', account],
    queryFn: () => ask<{ data: AccountLine[] }>('GET', `/api/v1/accounts/${account}/renewals`),
    enabled: account !== undefined,
  });
  const line = query.data?.data.find((one) => nameOf(one) === open);
  return (
    <SideDrawer
      opened={open !== undefined}
      onClose={onClose}
      title={line ? t('drawer', { name: `\u2068${line.name}\u2069`, day: format.day(line.due_on) }) : t('title')}
    >
      <Loaded query={query} rows={6}>
        {() => (line ? <Renewal key={nameOf(line)} line={line} /> : <p className="quiet">{t('gone')}</p>)}
      </Loaded>
    </SideDrawer>
  );
}

function Renewal({ line }: { line: AccountLine }) {
  const { t } = useTranslation('forecast');
  const mayWrite = mayRole(useMe(), 'csm') && isOpen(line);
  const cardName = useCardName();
  const { model } = line;
  const needs = line.needs.map((one) => one.need);
  return (
    <div className={css.stack}>
      <dl className={css.facts}>
        <dt className="quiet">{t('insight:account')}</dt>
        <dd>
          <AccountLink id={line.id} name={line.name} /> <HealthPill score={line.score} band={bandOf(line.band)} />
        </dd>
        <dt className="quiet">{t('figure.due')}</dt>
        <dd className="num">
          {format.amount(line.own_amount, line.currency)}{' '}
          {line.product && <bdi className="quiet">{wordOf('product', line.product)}</bdi>}
        </dd>
        <dt className="quiet">{t('due_on')}</dt>
        <dd>
          {format.day(line.due_on)} <span className="quiet">{format.fromToday(line.due_on)}</span>
        </dd>
        <dt className="quiet">{t('call.title')}</dt>
        <dd>
          <CallWords line={line} />
        </dd>
        {isOpen(line) ? (
          <>
            <dt className="quiet">{t('model.title')}</dt>
            <dd>
              <span className="num">{format.percent(model.probability, 0)}</span>{' '}
              <span className="quiet">
                {t(`model.${model.source}`)}
                {model.source === 'scorecard' && (
                  <>
                    {' '}
                    <bdi>{cardName(`${model.key} v${model.version}`)}</bdi>
                  </>
                )}
                {model.source === 'model' && <> {t('model.version', { version: format.int(model.version ?? 0) })}</>}
                {model.low !== null && model.high !== null && (
                  <> {t('model.between', { low: format.percent(model.low, 0), high: format.percent(model.high, 0) })}</>
                )}
              </span>
            </dd>
          </>
        ) : (
          <>
            <dt className="quiet">{t('counts')}</dt>
            <dd>{t(`stage.${line.stage}`)}</dd>
          </>
        )}
      </dl>
      {line.needs.length > 0 && (
        <ul>
          {line.needs.map((one) => (
            <li key={one.need} className="risk">
              {one.text}
            </li>
          ))}
        </ul>
      )}
      {mayWrite && needs.includes('decision') && <NoteForm line={line} kind="decision" />}
      {mayWrite && (needs.includes('plan') || needs.includes('plan_overdue')) && <NoteForm line={line} kind="plan" />}
      {mayWrite && <CallForm line={line} />}
      <History line={line} />
    </div>
  );
}

const whichOf = (line: AccountLine) => ({ due_on: line.due_on, product: line.product, currency: line.currency });

function CallForm({ line }: { line: AccountLine }) {
  const { t } = useTranslation('forecast');
  const [call, setCall] = useState<CallKind>((line.call?.call as CallKind) ?? 'renew');
  const [amount, setAmount] = useState('');
  const [chance, setChance] = useState('');
  const [comment, setComment] = useState('');
  const sized = call === 'expansion' || call === 'contraction';
  const chanced = call !== 'churn';
  const save = useMutation({
    mutationFn: () =>
      ask('POST', `/api/v1/accounts/${line.id}/renewals/calls`, {
        body: {
          ...whichOf(line),
          call,
          amount: sized ? minorOf(amount, line.currency) : undefined,
          chance: chanced && chance.trim() ? Number(latinDigits(chance)) : undefined,
          comment: comment.trim() || undefined,
        },
      }),
    onSuccess: () => {
      setComment('');
      setAmount('');
      said();
      done(t('call.saved'));
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  return (
    <form
      className={css.form}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Select
        label={t('call.yours')}
        data={callKinds.map((value) => ({ value, label: t(`call.${value}`) }))}
        value={call}
        allowDeselect={false}
        error={problem?.at('call')}
        onChange={(value) => value && setCall(value as CallKind)}
      />
      {sized && (
        <TextInput
          label={t('call.amount')}
          description={t('call.amount_help', { amount: format.amount(line.own_amount, line.currency) })}
          inputMode="decimal"
          required
          value={amount}
          error={problem?.at('amount')}
          onChange={(event) => setAmount(event.currentTarget.value)}
        />
      )}
      {chanced && (
        <TextInput
          label={t('call.chance')}
          description={t('call.chance_help')}
          inputMode="numeric"
          value={format.digits(chance)}
          error={problem?.at('chance')}
          onChange={(event) => setChance(latinDigits(event.currentTarget.value))}
        />
      )}
      <Textarea
        label={t('call.comment')}
        autosize
        minRows={2}
        value={comment}
        error={problem?.at('comment')}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
      {problem && problem.errors.length === 0 && <ErrorNote error={problem} />}
      <Button type="submit" loading={save.isPending}>
        {t('call.save')}
      </Button>
    </form>
  );
}

function NoteForm({ line, kind }: { line: AccountLine; kind: 'decision' | 'plan' }) {
  const { t } = useTranslation('forecast');
  const [body, setBody] = useState('');
  const [until, setUntil] = useState<Day | null>(null);
  const save = useMutation({
    mutationFn: () =>
      ask('POST', `/api/v1/accounts/${line.id}/renewals/notes`, {
        body: { ...whichOf(line), kind, body, until: kind === 'plan' ? until : undefined },
      }),
    onSuccess: () => {
      said();
      done(t(`note.${kind}_saved`));
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  return (
    <form
      className={css.form}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Textarea
        label={t(`note.${kind}`)}
        description={t(`note.${kind}_help`)}
        autosize
        minRows={2}
        required
        value={body}
        error={problem?.at('body')}
        onChange={(event) => setBody(event.currentTarget.value)}
      />
      {kind === 'plan' && (
        <DateField label={t('note.until')} value={until} onChange={setUntil} min={format.today()} error={problem?.at('until')} />
      )}
      {problem && problem.errors.length === 0 && <ErrorNote error={problem} />}
      <Button type="submit" variant="default" loading={save.isPending}>
        {t(`note.${kind}_save`)}
      </Button>
    </form>
  );
}

function History({ line }: { line: AccountLine }) {
  const { t } = useTranslation('forecast');
  const rows = [
    ...line.calls.map((one) => ({
      id: one.id,
      at: one.made_at,
      by: one.made_by,
      what: t(`call.${one.call}`),
      text: one.comment,
    })),
    ...line.notes.map((one) => ({
      id: one.id,
      at: one.written_at,
      by: one.written_by,
      what: t(`note.${one.kind}_word`),
      text: one.body,
    })),
  ].sort((a, b) => (a.at < b.at ? 1 : -1));
  return (
    <Section title={t('history')} flush>
      {rows.length === 0 && <p className="quiet">{t('history_none')}</p>}
      <ul className={css.past}>
        {rows.map((one) => (
          <li key={one.id}>
            <b>{one.what}</b> <bdi>{one.text}</bdi>{' '}
            <span className="dim">
              {whoIs(one.by)}, {format.ago(one.at)}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
