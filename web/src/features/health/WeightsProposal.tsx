/** Weights learnt from the earlier two thirds of the past and tested on the later third: shown, never applied by themselves. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Loaded } from '@/components/Page';
import { Rows } from '@/components/Table';
import { ask, Problem } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import type { Scorecard } from './card';
import css from './Editor.module.css';
import type { Proposal } from './types';

export function WeightsProposal({ scorecard, onUse }: { scorecard: Scorecard; onUse: (shares: Map<string, number>) => void }) {
  const { t } = useTranslation('health');
  const proposal = useQuery({
    queryKey: ['scorecards', scorecard.key, 'weights', scorecard.version],
    staleTime: 10 * 60_000,
    retry: false,
    queryFn: () => ask<Proposal>('GET', `/api/v1/scorecards/${encodeURIComponent(scorecard.key)}/weights`),
  });
  const few = proposal.error instanceof Problem && proposal.error.code === 'proposal_few' ? proposal.error : null;
  if (few) return <p className={`quiet ${css.form}`}>{few.detail || few.message}</p>;
  return (
    <Loaded query={proposal} rows={8}>
      {(data) => (
        <div className={css.form}>
          <p className="quiet">
            {t('weights.text', {
              from: format.day(data.trained.from),
              to: format.day(data.trained.to),
              losses: format.int(data.trained.losses),
              since: format.day(data.tested_from),
            })}
          </p>
          <p>
            {data.refused ??
              (data.kept
                ? t('weights.kept')
                : data.current && data.draft
                  ? t('weights.tested', {
                      before: format.number(data.current.auc ?? 0, 2),
                      after: format.number(data.draft.auc ?? 0, 2),
                      verdict: t(
                        data.difference && data.difference.auc_low > 0
                          ? 'weights.better'
                          : data.difference && data.difference.auc_high < 0
                            ? 'weights.worse'
                            : 'weights.same',
                      ),
                    })
                  : '')}
          </p>
          <Rows
            label={t('weights.title')}
            rows={data.measures}
            rowKey={(row) => row.key}
            columns={[
              { key: 'title', title: t('editor.measure'), render: (row) => <bdi>{row.title}</bdi> },
              {
                key: 'before',
                title: t('weights.now'),
                numeric: true,
                width: '80px',
                render: (row) => format.percent(row.share_before, 1),
              },
              {
                key: 'after',
                title: t('weights.proposed'),
                numeric: true,
                width: '110px',
                render: (row) => <b>{format.percent(row.share_after, 1)}</b>,
              },
            ]}
          />
          <p className="label">{t('weights.yours')}</p>
          <div className={css.foot}>
            <Button
              onClick={() => onUse(new Map(data.measures.map((row) => [row.key, Math.round(row.share_after * 1000) / 10])))}
            >
              {t('weights.use')}
            </Button>
          </div>
        </div>
      )}
    </Loaded>
  );
}
