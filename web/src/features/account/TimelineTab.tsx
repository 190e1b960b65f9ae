/** What happened: everything, by day, with notes and calls logged in place. */
import { Button } from '@mantine/core';
import { IconNote } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Kbd, Loaded, Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { LogTouch, Timeline } from '@/features/timeline';
import { ask, type Page } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import css from './Account.module.css';
import type { TabProps } from './AccountPage';

export function TimelineTab({ id, overview, search, look, mayWrite }: TabProps) {
  const { t } = useTranslation('timeline');
  const [editing, setEditing] = useState<string>();
  const log = mayWrite && search.log ? (search.log === 'note' ? 'note' : 'call') : undefined;
  return (
    <Section
      flush
      title={t('title')}
      aside={
        mayWrite && (
          <span className={css.logging}>
            <Button
              variant="default"
              leftSection={<IconNote size={15} />}
              rightSection={<Kbd>N</Kbd>}
              onClick={() => look({ log: 'note' })}
            >
              {t('touch.kinds.note')}
            </Button>
          </span>
        )
      }
    >
      <Timeline account={id} onEdit={mayWrite ? setEditing : undefined} />
      <LogTouch
        account={id}
        name={overview.name}
        kind={log}
        activity={editing}
        onClose={() => {
          setEditing(undefined);
          if (search.log) look({ log: undefined });
        }}
      />
    </Section>
  );
}

export function TimelineSide({ id, look }: TabProps) {
  const { t } = useTranslation('account');
  return (
    <Section
      title={t('timeline.title')}
      aside={
        <button type="button" className={css.link} onClick={() => look({ tab: 'timeline' })}>
          {t('timeline.all')}
        </button>
      }
    >
      <Timeline account={id} compact />
    </Section>
  );
}

interface Activity {
  id: string;
  kind: string;
  happened_at: string;
  subject?: string | null;
  text?: string | null;
}

/** What we did with the account, newest first, up to a day: behind a measure. */
export function ActivityRows({ id, until }: { id: string; until: string }) {
  const { t } = useTranslation('account');
  const list = useQuery({
    queryKey: ['account', id, 'activities'],
    queryFn: () => ask<Page<Activity>>('GET', `/api/v1/accounts/${id}/activities`, { query: { limit: 100 } }),
  });
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
