/** What happened: changes of the account's own fields until the timeline of everything is there. */
import { useQuery } from '@tanstack/react-query';
import { Loaded, Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { ask, type Page } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import css from './Account.module.css';
import type { TabProps } from './AccountPage';

interface Activity {
  id: string;
  kind: string;
  happened_at: string;
  subject?: string | null;
  text?: string | null;
}

const activities = (id: string) => ({
  queryKey: ['account', id, 'activities'],
  queryFn: () => ask<Page<Activity>>('GET', `/api/v1/accounts/${id}/activities`, { query: { limit: 100 } }),
});

export function TimelineTab({ id }: TabProps) {
  const { t } = useTranslation('account');
  return (
    <Section title={t('timeline.title')}>
      <ActivityRows id={id} until="9999-12-31" />
    </Section>
  );
}

/** What we did with the account, newest first, up to a day. */
export function ActivityRows({ id, until }: { id: string; until: string }) {
  const { t } = useTranslation('account');
  const list = useQuery(activities(id));
  return (
    <Loaded query={list} rows={4}>
      {({ data }) => (
        <Rows
          label={t('timeline.title')}
          rows={data.filter((row) => format.wall(row.happened_at).day <= until)}
          rowKey={(row) => row.id}
          empty={t('timeline.none')}
          columns={[
            { key: 'at', title: t('day'), width: '150px', render: (row) => format.instant(row.happened_at) },
            {
              key: 'kind',
              title: t('timeline.kind'),
              render: (row) => <bdi>{t(`activity.${row.kind}`, { defaultValue: row.kind })}</bdi>,
            },
            { key: 'text', title: t('timeline.what'), render: (row) => <bdi>{row.subject ?? row.text ?? ''}</bdi> },
          ]}
        />
      )}
    </Loaded>
  );
}

export function TimelineSide({ id, look }: TabProps) {
  const { t } = useTranslation('account');
  const list = useQuery(activities(id));
  return (
    <Section
      title={t('timeline.title')}
      aside={
        <button type="button" className={css.link} onClick={() => look({ tab: 'timeline' })}>
          {t('timeline.all')}
        </button>
      }
    >
      <Loaded query={list} rows={4} row={44}>
        {({ data }) => (
          <>
            {data.length === 0 && <p className="quiet">{t('timeline.none')}</p>}
            <ul>
              {data.slice(0, 6).map((row) => (
                <li key={row.id} className={css.sidePerson}>
                  <span className={css.personName}>
                    <span className="name clip">
                      <bdi>{row.subject ?? row.text ?? t(`activity.${row.kind}`, { defaultValue: row.kind })}</bdi>
                    </span>
                    <span className="label">
                      <bdi>{t(`activity.${row.kind}`, { defaultValue: row.kind })}</bdi>
                    </span>
                  </span>
                  <span className="label">{format.day(format.wall(row.happened_at).day, 'brief')}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </Section>
  );
}
