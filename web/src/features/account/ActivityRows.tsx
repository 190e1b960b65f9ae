import { useQuery } from '@tanstack/react-query';
import { Loaded } from '@/components/Page';
import { Rows } from '@/components/Table';
import { ask, type Page } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';

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
