/** A milestone: a rule that proves a step of a stage, and the days it may take. */
import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ErrorNote, Skeleton } from '@/components/Page';
import { RuleChips, type RuleNode, useRuleCatalogue } from '@/components/rule';
import { done, failed } from '@/components/Toast';
import { ask, Problem } from '@/lib/api';
import { format, latinDigits } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import { titled } from '@/lib/words';
import type { Milestone } from './api';
import css from './Value.module.css';

/** What is no number goes as it is: the server says at the field what is wrong. */
const whole = (text: string) => (/^\d+$/.test(text.trim()) ? Number(text) : text);

const listKey = ['milestones', 'list'];
export const useMilestones = () =>
  useQuery({ queryKey: listKey, queryFn: () => ask<{ data: Milestone[] }>('GET', '/api/v1/milestones') });
const refresh = () => queryClient.invalidateQueries({ queryKey: ['milestones'] });

export function MilestoneForm({ name, mayWrite, onDone }: { name: string; mayWrite: boolean; onDone: () => void }) {
  const list = useMilestones();
  if (list.error) return <ErrorNote error={list.error} onRetry={() => list.refetch()} />;
  if (!list.data) return <Skeleton rows={4} />;
  return (
    <Fields
      milestone={list.data.data.find((one) => one.key === name)}
      stages={[...new Set(list.data.data.map((one) => one.stage))]}
      mayWrite={mayWrite}
      onDone={onDone}
    />
  );
}

function Fields({
  milestone,
  stages,
  mayWrite,
  onDone,
}: {
  milestone?: Milestone;
  stages: string[];
  mayWrite: boolean;
  onDone: () => void;
}) {
  const { t } = useTranslation('value');
  const catalogue = useRuleCatalogue();
  const initial = {
    key: milestone?.key ?? '',
    stage: milestone?.stage ?? stages[0] ?? '',
    place: String(milestone?.place ?? 1),
    title_en: milestone?.title_en ?? '',
    title_fa: milestone?.title_fa ?? '',
    due_days: String(milestone?.due_days ?? 30),
    rule: (milestone?.rule ?? null) as RuleNode | null,
  };
  const [draft, setDraft] = useState(initial);
  const put = ({ key, ...body }: typeof draft) =>
    ask<Milestone>('PUT', `/api/v1/milestones/${encodeURIComponent(key.trim())}`, {
      body: { ...body, place: whole(body.place), due_days: whole(body.due_days), title_fa: body.title_fa || null },
    });
  const save = useMutation({
    mutationFn: () => put(draft),
    onSuccess: (saved) => {
      refresh();
      done(t('milestone.saved', { title: titled(saved) }));
      onDone();
    },
  });
  const remove = async () => {
    if (!milestone) return;
    onDone();
    try {
      await ask('DELETE', `/api/v1/milestones/${encodeURIComponent(milestone.key)}`);
      done(t('milestone.removed', { title: titled(milestone) }), () => put(initial).then(refresh));
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
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <p className="quiet">{t('milestone.meaning')}</p>
      <TextInput
        label={t('event.key')}
        dir="ltr"
        required
        disabled={Boolean(milestone) || !mayWrite}
        value={draft.key}
        error={problem?.at('key')}
        onChange={(event) => setDraft({ ...draft, key: event.currentTarget.value })}
      />
      <TextInput
        label={t('milestone.title_en')}
        dir="ltr"
        required
        disabled={!mayWrite}
        value={draft.title_en}
        error={problem?.at('title_en')}
        onChange={(event) => setDraft({ ...draft, title_en: event.currentTarget.value })}
      />
      <TextInput
        label={t('milestone.title_fa')}
        dir="rtl"
        lang="fa"
        disabled={!mayWrite}
        value={draft.title_fa}
        error={problem?.at('title_fa')}
        onChange={(event) => setDraft({ ...draft, title_fa: event.currentTarget.value })}
      />
      <TextInput
        label={t('milestone.stage')}
        list="milestone-stages"
        required
        disabled={!mayWrite}
        value={draft.stage}
        error={problem?.at('stage')}
        onChange={(event) => setDraft({ ...draft, stage: event.currentTarget.value })}
      />
      <datalist id="milestone-stages">
        {stages.map((stage) => (
          <option key={stage} value={stage} />
        ))}
      </datalist>
      <TextInput
        label={t('milestone.due')}
        description={t('milestone.due_help')}
        inputMode="numeric"
        disabled={!mayWrite}
        value={format.digits(draft.due_days)}
        error={problem?.at('due_days')}
        onChange={(event) => setDraft({ ...draft, due_days: latinDigits(event.currentTarget.value) })}
      />
      <TextInput
        label={t('milestone.place')}
        inputMode="numeric"
        disabled={!mayWrite}
        value={format.digits(draft.place)}
        error={problem?.at('place')}
        onChange={(event) => setDraft({ ...draft, place: latinDigits(event.currentTarget.value) })}
      />
      <div>
        <div className="mantine-InputWrapper-label">{t('milestone.rule')}</div>
        {catalogue ? (
          <RuleChips
            rule={draft.rule}
            catalogue={catalogue}
            layout="tree"
            disabled={!mayWrite}
            onChange={(rule) => setDraft({ ...draft, rule })}
            faults={problem?.errors
              .filter((fault) => fault.pointer?.startsWith('/rule'))
              .map((fault) => ({ pointer: fault.pointer?.slice('/rule'.length), message: fault.message }))}
          />
        ) : (
          <Skeleton rows={1} />
        )}
      </div>
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
        {milestone && mayWrite && (
          <Button variant="subtle" color="red" className={css.remove} onClick={remove}>
            {t('milestone.remove')}
          </Button>
        )}
      </div>
    </form>
  );
}
