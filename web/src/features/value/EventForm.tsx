/** What proves first value: an event or a feature, for a product or a plan. */
import { Button, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ErrorNote, Skeleton } from '@/components/Page';
import { done, failed } from '@/components/Toast';
import { ask, type Page, Problem } from '@/lib/api';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import type { ValueEvent } from './api';
import css from './Value.module.css';

const listKey = ['value-events'];
const refresh = () => {
  queryClient.invalidateQueries({ queryKey: listKey });
  queryClient.invalidateQueries({ queryKey: ['time-to-value'] });
};

export function EventForm({ name, mayWrite, onDone }: { name: string; mayWrite: boolean; onDone: () => void }) {
  const list = useQuery({ queryKey: listKey, queryFn: () => ask<{ data: ValueEvent[] }>('GET', '/api/v1/value-events') });
  if (!list.data) return <Skeleton rows={4} />;
  return <Fields event={list.data.data.find((one) => one.key === name)} mayWrite={mayWrite} onDone={onDone} />;
}

function Fields({ event, mayWrite, onDone }: { event?: ValueEvent; mayWrite: boolean; onDone: () => void }) {
  const { t } = useTranslation('value');
  const features = useQuery({
    queryKey: ['features'],
    queryFn: () => ask<Page<{ key: string }>>('GET', '/api/v1/features', { query: { limit: 200 } }),
  });
  const initial = {
    key: event?.key ?? '',
    event: event?.event ?? '',
    product: event?.product ?? '',
    plan: event?.plan ?? '',
    clock: event?.clock ?? 'contract',
  };
  const [draft, setDraft] = useState(initial);
  const put = ({ key, ...body }: typeof draft) =>
    ask<ValueEvent>('PUT', `/api/v1/value-events/${encodeURIComponent(key.trim())}`, {
      body: { ...body, product: body.product || null, plan: body.plan || null },
    });
  const save = useMutation({
    mutationFn: () => put(draft),
    onSuccess: (saved) => {
      refresh();
      done(t('event.saved', { event: saved.event }));
      onDone();
    },
  });
  const remove = async () => {
    if (!event) return;
    onDone();
    try {
      await ask('DELETE', `/api/v1/value-events/${encodeURIComponent(event.key)}`);
      done(t('event.removed', { event: event.event }), () => put(initial).then(refresh));
    } catch (error) {
      failed(error);
    }
    refresh();
  };
  const problem = save.error instanceof Problem ? save.error : null;
  return (
    <form
      noValidate
      className={css.form}
      onSubmit={(submitted: FormEvent) => {
        submitted.preventDefault();
        save.mutate();
      }}
    >
      <p className="quiet">{t('event.meaning')}</p>
      <TextInput
        label={t('event.key')}
        description={t('event.key_help')}
        dir="ltr"
        required
        disabled={Boolean(event) || !mayWrite}
        value={draft.key}
        error={problem?.at('key')}
        onChange={(changed) => setDraft({ ...draft, key: changed.currentTarget.value })}
      />
      <TextInput
        label={t('event.event')}
        description={t('event.event_help')}
        dir="ltr"
        list="value-features"
        required
        disabled={!mayWrite}
        value={draft.event}
        error={problem?.at('event')}
        onChange={(changed) => setDraft({ ...draft, event: changed.currentTarget.value })}
      />
      <datalist id="value-features">
        {features.data?.data.map((one) => (
          <option key={one.key} value={one.key} />
        ))}
      </datalist>
      <TextInput
        label={t('event.product')}
        description={t('event.every_help')}
        disabled={!mayWrite}
        value={draft.product}
        error={problem?.at('product')}
        onChange={(changed) => setDraft({ ...draft, product: changed.currentTarget.value })}
      />
      <TextInput
        label={t('event.plan')}
        disabled={!mayWrite}
        value={draft.plan}
        error={problem?.at('plan')}
        onChange={(changed) => setDraft({ ...draft, plan: changed.currentTarget.value })}
      />
      <Select
        label={t('event.clock')}
        disabled={!mayWrite}
        data={(['contract', 'first_event', 'kickoff'] as const).map((value) => ({ value, label: t(`clock.${value}`) }))}
        value={draft.clock}
        onChange={(value) => setDraft({ ...draft, clock: (value as ValueEvent['clock']) ?? 'contract' })}
      />
      {problem && problem.errors.length === 0 && <ErrorNote error={problem} />}
      <div className={css.foot}>
        {mayWrite && (
          <Button type="submit" loading={save.isPending}>
            {t('common:save')}
          </Button>
        )}
        <Button variant="subtle" color="gray" onClick={onDone}>
          {t(mayWrite ? 'common:cancel' : 'common:close')}
        </Button>
        {event && mayWrite && (
          <Button variant="subtle" color="red" className={css.remove} onClick={remove}>
            {t('event.remove')}
          </Button>
        )}
      </div>
    </form>
  );
}
