/** A note, call, meeting or e-mail in two clicks: open, write, save. Keys L and N open it (useTouchKeys). */
import { Button, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, type KeyboardEvent, useState } from 'react';
import { DateField } from '@/components/DateField';
import { ErrorNote, Kbd, Loaded } from '@/components/Page';
import { SideDrawer } from '@/components/SideDrawer';
import { done, failed } from '@/components/Toast';
import { ask, type Page, Problem } from '@/lib/api';
import type { components } from '@/lib/api.gen';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { queryClient } from '@/lib/query';
import css from './LogTouch.module.css';

export type TouchKind = 'call' | 'note' | 'meeting' | 'email';
const kinds: TouchKind[] = ['call', 'note', 'meeting', 'email'];
const moods = ['good', 'neutral', 'bad'] as const;
type Activity = components['schemas']['Activity'] & { id: string; version: number };
type Contact = components['schemas']['Contact'] & { id: string; person: string };

/** L logs a call, N a note, wherever an account is open. */
export function useTouchKeys(open: (kind: TouchKind) => void, active = true) {
  useKeys({ KeyL: () => open('call'), KeyN: () => open('note') }, active);
}

/** What an account shows is asked for anew: its timeline, facts, health and lists. */
export const accountTouched = (account: string) =>
  queryClient.invalidateQueries({ predicate: (query) => query.queryKey.includes(account) });

export function LogTouch({
  account,
  name,
  kind,
  activity,
  onClose,
}: {
  account: string;
  /** Of the account, for the title. */
  name?: string;
  /** What to log; undefined: closed, unless there is an activity to edit. */
  kind?: TouchKind;
  /** Id of one to edit. */
  activity?: string;
  onClose: () => void;
}) {
  const { t } = useTranslation('timeline');
  const opened = kind !== undefined || activity !== undefined;
  const one = useQuery({
    queryKey: ['activities', activity],
    queryFn: () => ask<Activity>('GET', `/api/v1/activities/${activity}`),
    enabled: activity !== undefined,
    staleTime: 0,
  });
  return (
    <SideDrawer
      opened={opened}
      onClose={onClose}
      title={
        <>
          {activity ? t('touch.edit') : t('touch.log')} {name && <bdi className="quiet">{name}</bdi>}
        </>
      }
    >
      {activity ? (
        <Loaded query={one} rows={5}>
          {(found) => <TouchForm key={found.version} account={account} activity={found} onDone={onClose} />}
        </Loaded>
      ) : (
        kind && <TouchForm key={kind} account={account} kind={kind} onDone={onClose} />
      )}
    </SideDrawer>
  );
}

/** The instant of a wall clock time of the organisation's zone. */
export function instantOf(day: string, time: string) {
  const wanted = Date.parse(`${day}T${time}:00Z`);
  let at = wanted;
  for (let i = 0; i < 3; i++) {
    const shown = format.wall(at);
    at += wanted - Date.parse(`${shown.day}T${shown.time}:00Z`);
  }
  return new Date(at).toISOString();
}

const latin = (text: string) =>
  text
    .replace(/[۰-۹]/g, (digit) => String('۰۱۲۳۴۵۶۷۸۹'.indexOf(digit)))
    .replace(/[٠-٩]/g, (digit) => String('٠١٢٣٤٥٦٧٨٩'.indexOf(digit)));

function TouchForm({
  account,
  kind = 'note',
  activity,
  onDone,
}: {
  account: string;
  kind?: TouchKind;
  activity?: Activity;
  onDone: () => void;
}) {
  const { t } = useTranslation('timeline');
  const then = activity?.happened_at ? format.wall(activity.happened_at) : null;
  const [draft, setDraft] = useState({
    kind: (activity?.kind as TouchKind | undefined) ?? kind,
    summary: activity?.summary ?? '',
    person: activity?.person ?? null,
    outcome: activity?.outcome ?? '',
    sentiment: activity?.sentiment ?? '',
    next_step: activity?.next_step ?? '',
  });
  /** null: now. */
  const [when, setWhen] = useState<{ day: string; time: string } | null>(then && { day: then.day, time: then.time });
  const contacts = useQuery({
    queryKey: ['contacts', account],
    queryFn: () => ask<Page<Contact>>('GET', `/api/v1/accounts/${account}/contacts`, { query: { limit: 500 } }),
  });
  const save = useMutation({
    mutationFn: () => {
      const clock = /^(\d{1,2}):(\d{2})$/.exec(latin(when?.time ?? ''));
      const time = clock ? `${clock[1]!.padStart(2, '0')}:${clock[2]}` : '12:00';
      const body = {
        kind: draft.kind,
        happened_at: when ? instantOf(when.day, time) : new Date().toISOString(),
        summary: draft.summary || null,
        person: draft.person,
        outcome: draft.outcome || null,
        sentiment: draft.sentiment || null,
        next_step: draft.next_step || null,
      };
      if (activity) return ask<Activity>('PATCH', `/api/v1/activities/${activity.id}`, { body, etag: `"${activity.version}"` });
      const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
      return ask<Activity>('POST', `/api/v1/accounts/${account}/activities`, { body: given });
    },
    onSuccess: (saved) => {
      accountTouched(account);
      queryClient.removeQueries({ queryKey: ['activities', saved.id] });
      const undo = activity
        ? undefined
        : () => ask('DELETE', `/api/v1/activities/${saved.id}`, { etag: '*' }).then(() => accountTouched(account));
      done(t(`touch.saved.${draft.kind}`), undo);
      onDone();
    },
  });
  const remove = async () => {
    if (!activity) return;
    onDone();
    try {
      await ask('DELETE', `/api/v1/activities/${activity.id}`, { etag: `"${activity.version}"` });
      const { happened_at, summary, person, outcome, sentiment, next_step } = activity;
      const body = Object.fromEntries(
        Object.entries({ kind: activity.kind, happened_at, summary, person, outcome, sentiment, next_step }).filter(
          ([, value]) => value,
        ),
      );
      done(t('touch.removed'), () =>
        ask('POST', `/api/v1/accounts/${account}/activities`, { body }).then(() => accountTouched(account)),
      );
    } catch (error) {
      failed(error);
    }
    accountTouched(account);
  };
  const problem = save.error instanceof Problem ? save.error : null;
  const shown = ['kind', 'summary', 'person', 'happened_at', 'outcome', 'sentiment', 'next_step'];
  const elsewhere = problem && !problem.errors.some((fault) => shown.includes((fault.pointer ?? '').replace('/', '')));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      save.mutate();
    }
  };
  const people = (contacts.data?.data ?? [])
    .filter((contact) => !contact.valid_to || contact.person === draft.person)
    .map((contact) => ({ value: contact.person, label: contact.name ?? contact.email ?? '–' }));
  if (draft.person && !people.some((one) => one.value === draft.person))
    people.push({ value: draft.person, label: activity?.person_name ?? '–' });
  const unique = people.filter((one, i) => people.findIndex((other) => other.value === one.value) === i);
  return (
    <form noValidate className={css.form} onSubmit={submit} onKeyDown={press}>
      <SegmentedControl
        aria-label={t('touch.kind')}
        data={kinds.map((one) => ({ value: one, label: t(`touch.kinds.${one}`) }))}
        value={draft.kind}
        onChange={(value) => setDraft({ ...draft, kind: value as TouchKind })}
        fullWidth
      />
      <Textarea
        label={t('touch.summary')}
        data-autofocus
        autosize
        minRows={4}
        maxRows={14}
        maxLength={9000}
        dir="auto"
        value={draft.summary}
        error={problem?.at('summary')}
        onChange={(event) => setDraft({ ...draft, summary: event.currentTarget.value })}
      />
      <Select
        label={t('touch.with')}
        placeholder={t('touch.nobody')}
        data={unique}
        value={draft.person}
        clearable
        searchable
        nothingFoundMessage={t('touch.no_contact')}
        error={problem?.at('person')}
        onChange={(value) => setDraft({ ...draft, person: value })}
      />
      {when ? (
        <div className={css.when}>
          <DateField
            label={t('touch.day')}
            value={when.day}
            max={format.today()}
            error={problem?.at('happened_at')}
            onChange={(day) => setWhen({ ...when, day: day ?? format.today() })}
          />
          <TextInput
            label={t('touch.time')}
            className={css.time}
            dir="ltr"
            inputMode="numeric"
            value={when.time}
            onChange={(event) => setWhen({ ...when, time: event.currentTarget.value })}
          />
        </div>
      ) : (
        <p className={css.now}>
          {t('touch.now')}{' '}
          <button type="button" className={css.link} onClick={() => setWhen(format.wall(Date.now()))}>
            {t('touch.earlier')}
          </button>
        </p>
      )}
      {draft.kind !== 'note' && (
        <>
          <TextInput
            label={t('touch.outcome')}
            dir="auto"
            maxLength={140}
            value={draft.outcome}
            error={problem?.at('outcome')}
            onChange={(event) => setDraft({ ...draft, outcome: event.currentTarget.value })}
          />
          <div>
            <div className={css.label} id="touch-mood">
              {t('touch.mood')}
            </div>
            <SegmentedControl
              aria-labelledby="touch-mood"
              data={[
                { value: '', label: t('touch.moods.none') },
                ...moods.map((one) => ({ value: one as string, label: t(`touch.moods.${one}`) })),
              ]}
              value={draft.sentiment}
              onChange={(value) => setDraft({ ...draft, sentiment: value as typeof draft.sentiment })}
            />
          </div>
        </>
      )}
      <TextInput
        label={t('touch.next')}
        dir="auto"
        maxLength={240}
        value={draft.next_step}
        error={problem?.at('next_step')}
        onChange={(event) => setDraft({ ...draft, next_step: event.currentTarget.value })}
      />
      {elsewhere && <ErrorNote error={problem} />}
      {save.error && !problem && <ErrorNote error={save.error} />}
      <div className={css.foot}>
        <Button type="submit" loading={save.isPending} rightSection={<Kbd>Ctrl ↵</Kbd>}>
          {activity ? t('common:save') : t(`touch.save.${draft.kind}`)}
        </Button>
        <Button variant="subtle" color="gray" onClick={onDone}>
          {t('common:cancel')}
        </Button>
        {activity && (
          <Button variant="subtle" color="red" className={css.remove} onClick={remove}>
            {t('touch.remove')}
          </Button>
        )}
      </div>
    </form>
  );
}
