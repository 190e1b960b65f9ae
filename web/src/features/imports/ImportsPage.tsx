/** All imports: what came in by file, from whom, and what became of it. */
import { Button } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Empty, Kbd, Loaded, PageHead } from '@/components/Page';
import { Table } from '@/components/Table';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { whoIs } from '@/lib/words';
import { type Import, importsQuery, isMoving } from './data';

export function ImportsPage() {
  const { t } = useTranslation('imports');
  const go = useNavigate();
  const list = useQuery(importsQuery);
  const start = () => go({ to: '/data/imports/new' });
  useKeys({ KeyN: start });
  return (
    <>
      <PageHead title={t('title')}>
        <Button leftSection={<IconUpload size={15} />} rightSection={<Kbd>N</Kbd>} onClick={start}>
          {t('start')}
        </Button>
      </PageHead>
      <Loaded query={list}>
        {(page) => (
          <Table
            label={t('title')}
            rows={page.data}
            rowKey={(one) => one.id}
            onOpen={(one) => go({ to: '/data/imports/$id', params: { id: one.id } })}
            columns={[
              {
                key: 'file',
                title: t('file'),
                width: 'minmax(180px, 1.4fr)',
                render: (one) => <bdi className="name">{one.file}</bdi>,
              },
              { key: 'kind', title: t('kind'), width: '130px', render: (one) => t(`kinds.${one.kind}`) },
              { key: 'state', title: t('state'), width: 'minmax(150px, 1fr)', render: (one) => <State one={one} /> },
              { key: 'rows', title: t('rows'), width: '90px', numeric: true, render: (one) => format.int(one.rows ?? 0) },
              {
                key: 'created',
                title: t('created'),
                width: '80px',
                numeric: true,
                render: (one) => format.int(one.created ?? 0),
              },
              {
                key: 'updated',
                title: t('updated'),
                width: '90px',
                numeric: true,
                render: (one) => format.int(one.updated ?? 0),
              },
              {
                key: 'rejected',
                title: t('rejected'),
                width: '80px',
                numeric: true,
                render: (one) => format.int(one.rejected ?? 0),
              },
              { key: 'by', title: t('by'), width: 'minmax(110px, 0.8fr)', render: (one) => whoIs(one.by) },
              { key: 'at', title: t('at'), width: '130px', render: (one) => one.created_at && format.ago(one.created_at) },
            ]}
            empty={
              <Empty
                title={t('none')}
                action={
                  <Button leftSection={<IconUpload size={15} />} onClick={start}>
                    {t('start')}
                  </Button>
                }
              >
                {t('none_text')}
              </Empty>
            }
          />
        )}
      </Loaded>
    </>
  );
}

function State({ one }: { one: Import }) {
  const { t } = useTranslation('imports');
  if (one.undo === 'done') return <span className="quiet">{t('states.undone')}</span>;
  if (one.undo) return <>{t('states.undoing')}</>;
  if (one.state === 'failed') return <span className="bad">{t('states.failed')}</span>;
  if (isMoving(one)) return <>{t('states.running')}</>;
  return one.dry_run ? <span className="quiet">{t('states.checked')}</span> : <>{t('states.done')}</>;
}
