/** Backups in the folder that the operator named: begun here, made beside all other work. */
import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Copy } from '@/components/Copy';
import { Empty, Lead, Loaded, PageHead, Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { failed } from '@/components/Toast';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import { size } from './size';

interface Backup {
  name: string;
  state: 'running' | 'done' | 'failed';
  made_at: string;
  bytes: number | null;
  problem: string | null;
}

export function BackupPage() {
  const { t } = useTranslation('admin');
  const list = useQuery({
    queryKey: ['backups'],
    queryFn: () => ask<{ folder: string; data: Backup[] }>('GET', '/api/v1/backups'),
  });
  const start = useMutation({
    mutationFn: () => ask('POST', '/api/v1/backups'),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['backups'] }),
    onError: failed,
  });
  const running = list.data?.data.some((one) => one.state === 'running') ?? false;
  const last = list.data?.data.find((one) => one.state === 'done');
  return (
    <>
      <PageHead title={t('backup.title')}>
        {list.data?.folder && (
          <Button loading={start.isPending || running} onClick={() => start.mutate()}>
            {t('backup.do')}
          </Button>
        )}
      </PageHead>
      <Loaded query={list} rows={4}>
        {({ folder, data }) =>
          folder ? (
            <>
              <Lead then={t('backup.then')}>
                {last ? t('backup.last', { when: format.ago(last.made_at) }) : t('backup.never')}
              </Lead>
              <Section title={t('backup.list')} hint={<code>{folder}</code>} id="backups">
                <Rows
                  label={t('backup.list')}
                  rows={data}
                  rowKey={(one) => one.name}
                  empty={t('backup.none')}
                  columns={[
                    { key: 'name', title: t('backup.name'), render: (one) => <code>{one.name}</code> },
                    { key: 'made', title: t('backup.made'), render: (one) => format.instant(one.made_at) },
                    {
                      key: 'state',
                      title: t('backup.state'),
                      render: (one) => (
                        <span
                          className={one.state === 'failed' ? 'risk' : ''}
                          role={one.state === 'running' ? 'status' : undefined}
                        >
                          {t(`backup.states.${one.state}`)} {one.problem && <bdi>{one.problem}</bdi>}
                        </span>
                      ),
                    },
                    {
                      key: 'bytes',
                      title: t('backup.size'),
                      numeric: true,
                      render: (one) => (one.bytes === null ? '–' : size(one.bytes)),
                    },
                  ]}
                />
              </Section>
            </>
          ) : (
            <Empty
              title={t('backup.unset')}
              action={<Copy label={t('backup.unset')} text="vafa settings set DATA backup.folder=/srv/backup/vafa" />}
            >
              {t('backup.unset_text')}
            </Empty>
          )
        }
      </Loaded>
    </>
  );
}
