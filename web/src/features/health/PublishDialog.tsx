/** What the new version changes, whom it moves, and why: asked before it takes force. */
import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorNote } from '@/components/Page';
import { done } from '@/components/Toast';
import type { FactRow } from '@/features/facts';
import { ask, Problem } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import { type Card, type Change, findMeasure, type Scorecard, toWire } from './card';
import css from './Editor.module.css';
import { measureTitle, said } from './names';
import type { WhatIf } from './types';

export function PublishDialog({
  live,
  base,
  card,
  made,
  facts,
  answer,
  onClose,
  onDone,
}: {
  live: Scorecard;
  base: Card;
  card: Card;
  made: Change[];
  facts: FactRow[];
  answer?: WhatIf;
  onClose: () => void;
  onDone: () => void;
}) {
  const { t } = useTranslation('health');
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const save = useMutation({
    mutationFn: () =>
      ask<Scorecard>('PUT', `/api/v1/scorecards/${encodeURIComponent(live.key)}`, {
        body: { card: toWire(card), reason: reason.trim() },
        etag: `"${live.version}"`,
      }),
    onSuccess: (saved) => {
      onDone();
      queryClient.setQueryData(['scorecards', live.key], saved);
      queryClient.invalidateQueries({ queryKey: ['scorecards'] });
      done(t('publish.done', { n: format.int(saved.version) }));
    },
  });
  const name = (key: string) => {
    const measure = findMeasure(card, key) ?? findMeasure(base, key);
    return measure ? measureTitle(measure, facts) : key;
  };
  const words = (change: Change) =>
    change.kind === 'share'
      ? t('publish.share', {
          name: name(change.key),
          from: format.percent(change.from / 100, 1),
          to: format.percent(change.to / 100, 1),
        })
      : 'key' in change
        ? t(`publish.${change.kind}`, { name: name(change.key) })
        : 'reason' in change
          ? t(`publish.${change.kind}`, { name: said(change.reason, '') })
          : t(`publish.${change.kind}`);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('publish.title', { n: format.int(live.version + 1) })}
      closeButtonProps={{ 'aria-label': t('common:close') }}
      size={520}
    >
      <form
        noValidate
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(true);
          if (reason.trim()) save.mutate();
        }}
      >
        <ul className={css.diff}>
          {made.map((change, i) => (
            <li key={i}>{words(change)}</li>
          ))}
        </ul>
        {answer && (
          <p className="quiet">
            {t('test.moved', { count: answer.moved, n: format.int(answer.moved) })}. {t('publish.stays')}
          </p>
        )}
        <Textarea
          label={t('publish.reason')}
          description={t('publish.reason_help')}
          data-autofocus
          autosize
          minRows={2}
          maxLength={2000}
          value={reason}
          error={asked && !reason.trim() ? t('publish.reason_missing') : undefined}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {save.error && (
          <ErrorNote
            error={
              save.error instanceof Problem && save.error.status === 412
                ? new Problem(412, { title: t('publish.changed'), detail: t('publish.changed_how') })
                : save.error
            }
          />
        )}
        <div className={css.foot}>
          <Button type="submit" loading={save.isPending}>
            {t('editor.publish', { n: format.int(live.version + 1) })}
          </Button>
          <Button variant="subtle" color="gray" onClick={onClose}>
            {t('common:cancel')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
