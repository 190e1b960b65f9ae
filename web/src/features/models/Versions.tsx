/** Every version that was made, the newest first: in which state, why, by whom; the one before can go live again. */
import { Button, Modal } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { done, failed } from '@/components/Toast';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import { whoIs } from '@/lib/words';
import { type Model, modelsKey, type WholeVersion } from './api';
import css from './Models.module.css';
import { State } from './State';

export const versionsPart = 'versions';

export function Versions({ model, mayWrite }: { model: Model; mayWrite: boolean }) {
  const { t } = useTranslation('models');
  const [sure, setSure] = useState(false);
  const live = model.versions.findIndex((one) => one.state === 'live');
  const before = model.versions.slice(live + 1).find((one) => one.state === 'replaced');
  const back = useMutation({
    mutationFn: () => ask<WholeVersion>('POST', `/api/v1/models/${encodeURIComponent(model.outcome)}/roll-back`),
    onSuccess: (version) => {
      for (const key of [modelsKey, ['accounts'], ['account']]) queryClient.invalidateQueries({ queryKey: key });
      done(t('versions.done', { n: format.int(version.version) }));
    },
    onError: failed,
    onSettled: () => setSure(false),
  });
  return (
    <Section
      id={versionsPart}
      title={t('versions.title')}
      hint={t('versions.hint')}
      aside={
        mayWrite &&
        before && (
          <Button variant="default" onClick={() => setSure(true)}>
            {t('versions.back', { n: format.int(before.version) })}
          </Button>
        )
      }
    >
      <Rows
        label={t('versions.title')}
        rows={model.versions}
        rowKey={(row) => String(row.version)}
        empty={t('not_made_text')}
        columns={[
          {
            key: 'version',
            title: t('versions.version'),
            numeric: true,
            width: '70px',
            render: (row) => format.int(row.version),
          },
          { key: 'state', title: t('state_'), render: (row) => <State state={row.state} /> },
          {
            key: 'why',
            title: t('why'),
            render: (row) => <div className={css.why}>{row.verdict === 'worse' ? t('verdict.worse') : row.text}</div>,
          },
          {
            key: 'auc',
            title: 'AUC',
            numeric: true,
            render: (row) => {
              const auc = row.tests.learners?.find((one) => one.learner === row.learner)?.auc;
              return auc == null ? <span className="dim">–</span> : format.number(auc, 3);
            },
          },
          { key: 'lost', title: t('counted'), numeric: true, render: (row) => format.int(row.lost) },
          {
            key: 'made',
            title: t('made'),
            render: (row) => (
              <span className={css.days}>
                {format.instant(row.made_at)}
                <div className="label">{row.made_by === 'schedule' ? t('versions.schedule') : whoIs(row.made_by)}</div>
              </span>
            ),
          },
        ]}
      />
      <Modal
        opened={sure && before !== undefined}
        onClose={() => setSure(false)}
        title={before && t('versions.sure', { n: format.int(before.version) })}
        closeButtonProps={{ 'aria-label': t('common:close') }}
      >
        <p>{t('versions.warning')}</p>
        <p className={css.buttons}>
          <Button loading={back.isPending} onClick={() => back.mutate()}>
            {before && t('versions.back', { n: format.int(before.version) })}
          </Button>
          <Button variant="subtle" color="gray" onClick={() => setSure(false)}>
            {t('common:cancel')}
          </Button>
        </p>
      </Modal>
    </Section>
  );
}
