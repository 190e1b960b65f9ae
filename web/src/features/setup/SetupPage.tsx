/** Behind the link that the server prints at its first start: names the organisation and its first administrator. */
import { Button, MultiSelect, PasswordInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Card, cardCss, Refusal, useToken } from '@/features/session';
import { ask, Problem } from '@/lib/api';
import { useTranslation } from '@/lib/i18n';
import { remembered } from '@/lib/me';
import { currencies, timeZones, WEEKDAYS } from './choices';

interface State {
  needed: boolean;
  organisation?: string;
  time_zone?: string;
  calendar?: string;
  language?: string;
  currency?: string;
  week_start?: string;
  weekend?: string;
}
const empty = {
  organisation: '',
  language: 'en',
  time_zone: 'UTC',
  calendar: 'gregorian',
  currency: 'USD',
  week_start: 'monday',
  weekend: 'saturday,sunday',
  name: '',
  email: '',
  password: '',
};
/** What goes with a language unless somebody says otherwise. */
const usual: Record<string, Partial<typeof empty>> = {
  fa: { calendar: 'persian', currency: 'IRR', week_start: 'saturday', weekend: 'thursday,friday' },
  en: { calendar: 'gregorian', week_start: 'monday', weekend: 'saturday,sunday' },
};

export function SetupPage() {
  const { t } = useTranslation('setup');
  const token = useToken();
  const [draft, setDraft] = useState(empty);
  const set = (change: Partial<typeof empty>) => setDraft((before) => ({ ...before, ...change }));
  const state = useQuery({ queryKey: ['setup'], queryFn: () => ask<State>('GET', '/api/v1/setup') });
  useEffect(() => {
    if (!state.data?.needed) return;
    const { needed: _, ...made } = state.data;
    const language = remembered.language();
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    // The folder was made with these; where nobody chose, the browser knows better.
    setDraft({
      ...empty,
      ...made,
      ...(made.language === language ? {} : usual[language]),
      language,
      time_zone: !made.time_zone || made.time_zone === 'UTC' ? here || 'UTC' : made.time_zone,
    });
  }, [state.data]);
  const save = useMutation({
    mutationFn: async () => {
      await ask('POST', '/api/v1/setup', { body: { token, ...draft } });
      await ask('POST', '/api/v1/session', { body: { email: draft.email, password: draft.password } });
    },
    onSuccess: () => {
      remembered.keep('language', draft.language);
      location.assign('/start');
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  const fault = (field: string) => problem?.at(field);
  useEffect(() => {
    if (problem) document.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [problem]);
  if (state.data && !state.data.needed)
    return (
      <Card title={t('done_title')} lead={t('done_lead')}>
        <Button component="a" href="/sign-in" fullWidth>
          {t('session:do')}
        </Button>
      </Card>
    );
  if (state.data && (!token || problem?.code === 'token_used'))
    return (
      <Card title={t('link_title')} lead={t('link_lead')}>
        <code className="ltr">vafa serve DATA</code>
      </Card>
    );
  return (
    <Card wide title={t('title')} lead={t('lead')} onSubmit={() => save.mutate()}>
      <TextInput
        label={t('organisation')}
        value={draft.organisation}
        onChange={(event) => set({ organisation: event.currentTarget.value })}
        error={fault('organisation')}
        autoFocus
      />
      <div className={cardCss.pair}>
        <Select
          label={t('language')}
          data={[
            { value: 'en', label: 'English' },
            { value: 'fa', label: 'فارسی' },
          ]}
          value={draft.language}
          onChange={(language) => language && set({ language, ...usual[language] })}
          error={fault('language')}
        />
        <Select
          label={t('time_zone')}
          data={timeZones(draft.time_zone)}
          searchable
          dir="ltr"
          value={draft.time_zone}
          onChange={(time_zone) => time_zone && set({ time_zone })}
          error={fault('time_zone')}
        />
        <Select
          label={t('calendar')}
          data={(['gregorian', 'persian'] as const).map((value) => ({ value, label: t(`common:calendar.${value}`) }))}
          value={draft.calendar}
          onChange={(calendar) => calendar && set({ calendar })}
          error={fault('calendar')}
        />
        <Select
          label={t('currency')}
          data={currencies(draft.currency)}
          searchable
          value={draft.currency}
          onChange={(currency) => currency && set({ currency })}
          error={fault('currency')}
        />
        <Select
          label={t('week_start')}
          data={WEEKDAYS.map((value) => ({ value, label: t(`day.${value}`) }))}
          value={draft.week_start}
          onChange={(week_start) => week_start && set({ week_start })}
          error={fault('week_start')}
        />
        <MultiSelect
          label={t('weekend')}
          data={WEEKDAYS.map((value) => ({ value, label: t(`day.${value}`) }))}
          value={draft.weekend ? draft.weekend.split(',') : []}
          onChange={(days) => set({ weekend: days.join(',') })}
          error={fault('weekend')}
        />
      </div>
      <h2 className={cardCss.part}>{t('admin')}</h2>
      <TextInput
        label={t('name')}
        autoComplete="name"
        value={draft.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        error={fault('name')}
      />
      <div className={cardCss.pair}>
        <TextInput
          label={t('session:email')}
          type="email"
          dir="ltr"
          autoComplete="username"
          value={draft.email}
          onChange={(event) => set({ email: event.currentTarget.value })}
          error={fault('email')}
        />
        <PasswordInput
          label={t('session:password')}
          dir="ltr"
          autoComplete="new-password"
          value={draft.password}
          onChange={(event) => set({ password: event.currentTarget.value })}
          error={fault('password')}
          visibilityToggleButtonProps={{ 'aria-label': t('session:show') }}
        />
      </div>
      <Refusal error={save.error ?? state.error} />
      <Button type="submit" loading={save.isPending} fullWidth>
        {t('do')}
      </Button>
    </Card>
  );
}
