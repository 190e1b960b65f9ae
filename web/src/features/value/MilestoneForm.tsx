/** A milestone: a rule that proves a step of a stage, and the days it may take. */
import { Autocomplete, Button, NumberInput, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ErrorNote, Skeleton } from '@/components/Page';
import { RuleChips, type RuleNode, useRuleCatalogue } from '@/components/rule';
import { done, failed } from '@/components/Toast';
import { ask, Problem } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import type { Milestone } from './api';
import css from './Value.module.css';

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
  const [draft, setDraft] = useState({
    key: milestone?.key ?? '',
    stage: milestone?.stage ?? stages[0] ?? '',
    place: milestone?.place ?? 1,
    title_en: milestone?.title_en ?? '',
    title_fa: milestone?.title_fa ?? '',
    due_days: milestone?.due_days ?? 30,
    rule: (milestone?.rule ?? null) as RuleNode | null,
  });
  const put = ({ key, ...body }: typeof draft) =>
    ask<Milestone>('PUT', `/api/v1/milestones/${encodeURIComponent(key.trim())}`, {
      body: { ...body, title_fa: body.title_fa || null },
    });
  const title = (one: Pick<Milestone, 'title_en' | 'title_fa'>) =>
    (format.options.language === 'fa' && one.title_fa) || one.title_en;
  const save = useMutation({
    mutationFn: () => put(draft),
    onSuccess: (saved) => {
      refresh();
      done(t('milestone.saved', { title: title(saved) }));
      onDone();
    },
  });
  const remove = async () => {
    if (!milestone) return;
    onDone();
    try {
      await ask('DELETE', `/api/v1/milestones/${encodeURIComponent(milestone.key)}`);
      done(t('milestone.removed', { title: title(milestone) }), () =>
        put({ ...milestone, title_fa: milestone.title_fa ?? '', rule: milestone.rule as RuleNode }).then(refresh),
      );
    } catch (error) {
      failed(error);
    }
    refresh();
  };
  const problem = save.error instanceof Problem ? save.error : null;
  return (
    <form
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
      <Autocomplete
        label={t('milestone.stage')}
        data={stages}
        required
        disabled={!mayWrite}
        value={draft.stage}
        error={problem?.at('stage')}
        onChange={(stage) => setDraft({ ...draft, stage })}
      />
      <NumberInput
        label={t('milestone.due')}
        description={t('milestone.due_help')}
        min={0}
        max={3660}
        disabled={!mayWrite}
        value={draft.due_days}
        error={problem?.at('due_days')}
        onChange={(value) => setDraft({ ...draft, due_days: Number(value) || 0 })}
      />
      <NumberInput
        label={t('milestone.place')}
        min={1}
        max={1000}
        disabled={!mayWrite}
        value={draft.place}
        error={problem?.at('place')}
        onChange={(value) => setDraft({ ...draft, place: Number(value) || 1 })}
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
