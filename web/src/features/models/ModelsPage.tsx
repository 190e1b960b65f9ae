/** What could be foretold of customers, an outcome a row: by which model, how well on later time, or why not. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Empty, Lead, Loaded, PageHead, Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { mayRole, useMe } from '@/lib/me';
import { type ModelRow, modelList } from './api';
import css from './Models.module.css';
import { BeingMade, State } from './State';

const route = getRouteApi('/shell/insight/models');

export function ModelsPage() {
  const { t } = useTranslation('models');
  const me = useMe();
  const list = useQuery(modelList);
  return (
    <>
      <PageHead title={t('title')} />
      <Loaded query={list} rows={6} row={60}>
        {({ data }) => {
          const live = data.filter((one) => one.live).length;
          return (
            <>
              <Lead then={t('lead_then')}>
                {live ? t('lead', { count: live, n: format.int(live), of: format.int(data.length) }) : t('lead_none')}
              </Lead>
              {live === 0 && (
                <Empty
                  title={t(data.some((one) => one.newest) ? 'empty.title' : 'not_made')}
                  action={
                    mayRole(me, 'manager') && (
                      <Button component={Link} to="/data/imports/new">
                        {t('empty.act')}
                      </Button>
                    )
                  }
                >
                  {t('empty.text')}
                </Empty>
              )}
              <Section id="models" title={t('outcomes')} hint={t('outcomes_hint', { days: format.days(data[0]?.days ?? 0) })}>
                <Outcomes rows={data} />
                <p className={css.note}>{t('associated')}</p>
              </Section>
            </>
          );
        }}
      </Loaded>
    </>
  );
}

const shownOf = (row: ModelRow) => row.live ?? row.newest;

function Outcomes({ rows }: { rows: ModelRow[] }) {
  const { t } = useTranslation('models');
  const go = route.useNavigate();
  const dash = <span className="dim">–</span>;
  return (
    <Rows
      label={t('outcomes')}
      rows={rows}
      rowKey={(row) => row.outcome}
      onOpen={(row) => go({ to: '/insight/models/$outcome', params: { outcome: row.outcome } })}
      columns={[
        {
          key: 'outcome',
          title: t('outcome'),
          render: (row) => (
            <Link to="/insight/models/$outcome" params={{ outcome: row.outcome }} className="name">
              {row.title}
            </Link>
          ),
        },
        {
          key: 'state',
          title: t('state_'),
          render: (row) => {
            const shown = shownOf(row);
            return row.being_made ? (
              <BeingMade>{t('being_made')}</BeingMade>
            ) : shown ? (
              <State state={shown.state} />
            ) : (
              <span className={`dim ${css.days}`}>{t('not_made')}</span>
            );
          },
        },
        {
          key: 'why',
          title: t('why'),
          render: (row) => <div className={css.why}>{shownOf(row)?.text ?? t('not_made_text')}</div>,
        },
        {
          key: 'auc',
          title: 'AUC',
          numeric: true,
          render: ({ live }) =>
            live?.auc == null ? (
              dash
            ) : (
              <>
                {format.number(live.auc, 3)}
                {live.auc_low != null && live.auc_high != null && (
                  <div className="label">
                    {t('between', { low: format.number(live.auc_low, 3), high: format.number(live.auc_high, 3) })}
                  </div>
                )}
              </>
            ),
        },
        {
          key: 'lost',
          title: t('counted'),
          numeric: true,
          render: (row) => {
            const shown = shownOf(row);
            return shown ? (
              <>
                {format.int(shown.lost)}
                <div className="label">{t('of_cases', { n: format.int(shown.cases) })}</div>
              </>
            ) : (
              dash
            );
          },
        },
        {
          key: 'range',
          title: t('range'),
          render: (row) => {
            const shown = shownOf(row);
            return shown?.first_day && shown.last_day ? (
              <span className={css.days}>
                {t('from_to', { from: format.day(shown.first_day, 'month'), to: format.day(shown.last_day, 'month') })}
              </span>
            ) : (
              dash
            );
          },
        },
        {
          key: 'made',
          title: t('made'),
          render: (row) => {
            const shown = shownOf(row);
            return shown ? <span className={`quiet ${css.days}`}>{format.ago(shown.made_at)}</span> : dash;
          },
        },
      ]}
    />
  );
}
