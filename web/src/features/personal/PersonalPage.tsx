/** One's own: what one likes, the password, the second factor, and where one is signed in. */
import { Button, PasswordInput, Select, Switch } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Lead, Loaded, PageHead, Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { done, failed } from '@/components/Toast';
import { ask, type Page, Problem } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { type Me, remembered, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import css from './PersonalPage.module.css';
import { SecondFactor } from './SecondFactor';

export function PersonalPage() {
  const { t } = useTranslation('personal');
  const me = useMe();
  return (
    <>
      <PageHead title={t('title')} />
      {me.second_factor?.must_set_up && <Lead then={t('must_then')}>{t('must')}</Lead>}
      {me.member ? (
        <>
          <SecondFactorFirst first={Boolean(me.second_factor?.must_set_up)} />
          <Likes me={me} />
          <PasswordSection />
          <SecondFactorFirst first={!me.second_factor?.must_set_up} />
          <Sessions />
        </>
      ) : null}
    </>
  );
}

/** Where it is required, it stands first: nothing else is open. */
const SecondFactorFirst = ({ first }: { first: boolean }) => (first ? <SecondFactor /> : null);

function Likes({ me }: { me: Me }) {
  const { t } = useTranslation('personal');
  const likes = me.preferences;
  const save = useMutation({
    mutationFn: (change: Record<string, unknown>) => ask<Me>('PATCH', '/api/v1/me', { body: change }),
    onSuccess: (_, change) => {
      if ('theme' in change) remembered.keep('theme', String(change.theme ?? 'system'));
      // Language, calendar and digits are in every word of the page: it is drawn anew.
      location.reload();
    },
    onError: failed,
  });
  const choose = (field: string, none: string) => (value: string | null) =>
    save.mutate({ [field]: value === none ? null : value });
  const organisation = (name: string) => t('as_organisation', { name });
  return (
    <Section title={t('likes')} hint={t('likes_hint')} id="likes">
      <div className={css.grid}>
        <Select
          label={t('language')}
          data={[
            { value: 'organisation', label: organisation(me.organisation.language === 'fa' ? 'فارسی' : 'English') },
            { value: 'en', label: 'English' },
            { value: 'fa', label: 'فارسی' },
          ]}
          value={likes?.language ?? 'organisation'}
          onChange={choose('language', 'organisation')}
        />
        <Select
          label={t('calendar')}
          data={[
            { value: 'organisation', label: organisation(t(`common:calendar.${me.organisation.calendar}`)) },
            { value: 'gregorian', label: t('common:calendar.gregorian') },
            { value: 'persian', label: t('common:calendar.persian') },
          ]}
          value={likes?.calendar ?? 'organisation'}
          onChange={choose('calendar', 'organisation')}
        />
        <Select
          label={t('digits')}
          data={[
            { value: 'by_language', label: t('digits_language') },
            { value: 'latin', label: '0 1 2 3' },
            { value: 'persian', label: '۰ ۱ ۲ ۳' },
          ]}
          value={likes?.digits ?? 'by_language'}
          onChange={choose('digits', 'by_language')}
        />
        <Select
          label={t('theme')}
          data={[
            { value: 'system', label: t('theme_system') },
            { value: 'light', label: t('common:theme.light') },
            { value: 'dark', label: t('common:theme.dark') },
          ]}
          value={likes?.theme ?? 'system'}
          onChange={choose('theme', 'system')}
        />
      </div>
      <Switch
        className={css.switch}
        label={t('letter_keys')}
        description={t('letter_keys_help')}
        checked={likes?.letter_keys ?? true}
        onChange={(event) => save.mutate({ letter_keys: event.currentTarget.checked })}
      />
    </Section>
  );
}

function PasswordSection() {
  const { t } = useTranslation('personal');
  const [draft, setDraft] = useState({ current: '', password: '' });
  const save = useMutation({
    mutationFn: () => ask('POST', '/api/v1/me/password', { body: draft }),
    onSuccess: () => {
      setDraft({ current: '', password: '' });
      queryClient.invalidateQueries({ queryKey: ['sessions'] });
      done(t('password_changed'));
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Section title={t('password')} hint={t('password_hint')} id="password">
      <form className={css.grid} onSubmit={submit} noValidate>
        <PasswordInput
          label={t('password_current')}
          dir="ltr"
          autoComplete="current-password"
          value={draft.current}
          onChange={(event) => setDraft({ ...draft, current: event.currentTarget.value })}
          error={problem?.at('current')}
          visibilityToggleButtonProps={{ 'aria-label': t('show') }}
        />
        <PasswordInput
          label={t('password_new')}
          dir="ltr"
          autoComplete="new-password"
          value={draft.password}
          onChange={(event) => setDraft({ ...draft, password: event.currentTarget.value })}
          error={problem?.at('password')}
          visibilityToggleButtonProps={{ 'aria-label': t('show') }}
        />
        {problem && problem.errors.length === 0 && (
          <p role="alert" className={`risk ${css.whole}`}>
            {problem.detail || problem.message}
          </p>
        )}
        <Button type="submit" variant="default" loading={save.isPending} className={css.start}>
          {t('password_change')}
        </Button>
      </form>
    </Section>
  );
}

interface SessionRow {
  id: string;
  device: string;
  peer: string;
  created_at: string;
  seen_at: string;
  current: boolean;
}

function Sessions() {
  const { t } = useTranslation('personal');
  const list = useQuery({
    queryKey: ['sessions'],
    queryFn: () => ask<Page<SessionRow>>('GET', '/api/v1/sessions', { query: { limit: 100 } }),
  });
  const end = useMutation({
    mutationFn: (id: string) => ask('DELETE', `/api/v1/sessions/${id}`),
    onSuccess: () => {
      queryClient.invalidateQueries({ queryKey: ['sessions'] });
      done(t('session_ended'));
    },
    onError: failed,
  });
  return (
    <Section title={t('sessions')} hint={t('sessions_hint')} id="sessions">
      <Loaded query={list} rows={2}>
        {({ data }) => (
          <Rows
            label={t('sessions')}
            rows={data}
            rowKey={(row) => row.id}
            columns={[
              {
                key: 'device',
                title: t('device'),
                render: (row) => (
                  <>
                    <bdi className="name">{row.device}</bdi> {row.current && <span className="label">{t('this_one')}</span>}
                  </>
                ),
              },
              { key: 'peer', title: t('from'), render: (row) => <code>{row.peer}</code> },
              { key: 'since', title: t('since'), render: (row) => format.instant(row.created_at) },
              { key: 'seen', title: t('seen'), render: (row) => format.ago(row.seen_at) },
              {
                key: 'end',
                title: <span className="sr">{t('end')}</span>,
                width: '90px',
                render: (row) =>
                  row.current ? null : (
                    <Button variant="subtle" color="red" onClick={() => end.mutate(row.id)}>
                      {t('end')}
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}
