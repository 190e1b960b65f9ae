/** One import: what the check found, bad cells mended in their place, taking it in, and taking it back. */
import { Button } from '@mantine/core';
import { IconArrowBackUp, IconDownload } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ErrorNote, Loaded, PageHead } from '@/components/Page';
import { Rows } from '@/components/Table';
import { done, failed } from '@/components/Toast';
import { ask, type Page, Problem } from '@/lib/api';
import { download } from '@/lib/download';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import { ColumnsStep } from './ColumnsStep';
import { type Import, importQuery, isMoving } from './data';
import css from './Import.module.css';
import { RefusedRows } from './RefusedRows';
import { Steps } from './Steps';

const route = getRouteApi('/shell/data/imports/$id');

export function ImportPage() {
  const { t } = useTranslation('imports');
  const { id } = route.useParams();
  const { step } = route.useSearch();
  const go = useNavigate();
  const query = useQuery(importQuery(id));
  const one = query.data;
  const unmapped = one?.state === 'failed' && one.dry_run && (one.columns?.length ?? 0) > 0;
  const columns = step === 'columns' || unmapped;
  const at = !one ? 2 : columns && one.dry_run ? 1 : one.dry_run ? 2 : isMoving(one) && !one.undo ? 3 : 4;
  const toStep = (wanted: number) =>
    go({ to: '/data/imports/$id', params: { id }, search: { step: wanted === 1 ? 'columns' : undefined } });
  return (
    <>
      <PageHead title={<bdi>{one?.file ?? t('import')}</bdi>} crumbs={[{ to: '/data/imports', label: t('title') }]}>
        <Steps at={at} onStep={one?.dry_run && one.state === 'done' ? toStep : undefined} />
      </PageHead>
      <Loaded query={query}>
        {(found) =>
          isMoving(found) ? (
            <Progress one={found} />
          ) : columns && found.dry_run ? (
            <ColumnsStep key={found.id} one={found} />
          ) : found.state === 'failed' ? (
            <Failed one={found} />
          ) : found.dry_run ? (
            <Check one={found} />
          ) : (
            <Result one={found} />
          )
        }
      </Loaded>
    </>
  );
}

function Progress({ one }: { one: Import }) {
  const { t } = useTranslation('imports');
  const undo = one.undo === 'waiting' || one.undo === 'running';
  const done_ = undo ? (one.undo_done ?? 0) : (one.bytes_done ?? 0);
  const total = undo ? (one.undo_total ?? 0) : (one.bytes_total ?? 0);
  const share = total ? Math.min(1, done_ / total) : 0;
  return (
    <>
      <p className={css.lead} aria-live="polite">
        <strong>{t(undo ? 'undoing' : one.dry_run ? 'checking' : 'taking', { file: one.file })}</strong>{' '}
        {undo
          ? t('undo_progress', { done: format.int(done_), total: format.int(total) })
          : t('progress', { rows: format.int(one.rows ?? 0) })}
      </p>
      <div
        className={css.progress}
        role="progressbar"
        aria-valuenow={Math.round(share * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-label={t(undo ? 'undoing' : 'taking', { file: one.file })}
      >
        <i style={{ width: `${share * 100}%` }} />
      </div>
    </>
  );
}

function Failed({ one }: { one: Import }) {
  const { t } = useTranslation('imports');
  const go = useNavigate();
  return (
    <>
      <ErrorNote error={new Problem(400, { title: one.problem?.message, code: one.problem?.code, detail: t('failed_text') })} />
      <div className={css.result}>
        <Button onClick={() => go({ to: '/data/imports/new', search: { kind: one.kind ?? undefined } })}>{t('again')}</Button>
      </div>
    </>
  );
}

/** New, changed, unchanged and refused as one bar. */
function Bar({ one }: { one: Import }) {
  const { t } = useTranslation('imports');
  const parts = [
    { key: 'created', tone: css.fresh, n: one.created ?? 0 },
    { key: 'updated', tone: css.changed, n: one.updated ?? 0 },
    { key: 'unchanged', tone: css.same, n: one.unchanged ?? 0 },
    { key: 'rejected', tone: css.refused, n: one.rejected ?? 0 },
  ].filter((part) => part.n > 0);
  return (
    <>
      <div className={css.bar} aria-hidden="true">
        {parts.map((part) => (
          <i key={part.key} className={part.tone} style={{ flexGrow: part.n }} />
        ))}
      </div>
      <ul className={css.legend}>
        {parts.map((part) => (
          <li key={part.key}>
            <i className={part.tone} aria-hidden="true" />
            {t(`part.${part.key}`, { count: part.n, n: format.int(part.n) })}
          </li>
        ))}
      </ul>
    </>
  );
}

const fetchErrors = async (one: Import) => {
  const csv = await ask<string>('GET', `/api/v1/imports/${one.id}/errors`);
  download(`${one.file ?? 'import'}.errors.csv`, new Blob([csv], { type: 'text/csv' }));
};

function Check({ one }: { one: Import }) {
  const { t } = useTranslation('imports');
  const go = useNavigate();
  const fine = (one.rows ?? 0) - (one.rejected ?? 0);
  const run = useMutation({
    mutationFn: () => ask<Import>('POST', `/api/v1/imports/${one.id}/run`),
    onSuccess: (made) => {
      queryClient.setQueryData(['imports', made.id], made);
      queryClient.invalidateQueries({ queryKey: ['imports', 'list'] });
      go({ to: '/data/imports/$id', params: { id: made.id } });
    },
    onError: failed,
  });
  return (
    <>
      <p className={css.lead}>
        <strong>
          {one.rejected
            ? t('fine_of', { fine: format.int(fine), rows: format.int(one.rows ?? 0) })
            : t('all_fine', { count: one.rows ?? 0, rows: format.int(one.rows ?? 0) })}
        </strong>{' '}
        {one.rejected ? t('mend', { count: one.rejected, n: format.int(one.rejected) }) : t('ready')}
      </p>
      <Bar one={one} />
      {one.rejected ? <RefusedRows one={one} /> : <div className={css.space} />}
      <div className={`${css.foot} no-print`}>
        {Boolean(one.rejected) && (
          <Button
            variant="subtle"
            color="gray"
            leftSection={<IconDownload size={15} />}
            onClick={() => fetchErrors(one).catch(failed)}
          >
            {t('download', { n: format.int(one.rejected ?? 0), count: one.rejected ?? 0 })}
          </Button>
        )}
        <span className={`${css.push} quiet`}>
          <IconArrowBackUp size={14} aria-hidden="true" /> {t('undo_promise', { days: format.int(14) })}
        </span>
        <Button
          variant="default"
          onClick={() => go({ to: '/data/imports/$id', params: { id: one.id }, search: { step: 'columns' } })}
        >
          {t('steps.columns')}
        </Button>
        <Button loading={run.isPending} onClick={() => (fine ? run.mutate() : failed(t('nothing_fine')))}>
          {t('take', { count: fine, n: format.int(fine) })}
        </Button>
      </div>
    </>
  );
}

const placeOf: Record<string, string> = { accounts: '/accounts', contacts: '/accounts', members: '/administration/members' };

function Result({ one }: { one: Import }) {
  const { t } = useTranslation('imports');
  const go = useNavigate();
  const [asking, ask_] = useState(false);
  const took = (one.created ?? 0) + (one.updated ?? 0);
  const undo = useMutation({
    mutationFn: () => ask<Import>('POST', `/api/v1/imports/${one.id}/undo`),
    onSuccess: (made) => {
      queryClient.setQueryData(['imports', made.id], made);
      queryClient.invalidateQueries({ queryKey: ['imports', 'list'] });
      done(t('undo_began'));
    },
    onError: failed,
  });
  if (one.undo === 'done') return <Undone one={one} />;
  const place = placeOf[one.kind ?? ''];
  return (
    <>
      <p className={css.lead}>
        <strong>{t('took', { count: took, n: format.int(took) })}</strong>{' '}
        {one.rejected ? t('left', { count: one.rejected, n: format.int(one.rejected) }) : one.unchanged ? t('rest_same') : ''}
      </p>
      <Bar one={one} />
      {one.rejected ? <RefusedRows one={one} /> : <div className={css.space} />}
      <div className={`${css.foot} no-print`}>
        {Boolean(one.rejected) && (
          <Button
            variant="subtle"
            color="gray"
            leftSection={<IconDownload size={15} />}
            onClick={() => fetchErrors(one).catch(failed)}
          >
            {t('download', { n: format.int(one.rejected ?? 0), count: one.rejected ?? 0 })}
          </Button>
        )}
        <span className={css.push} />
        {asking ? (
          <>
            <span>{t('undo_sure', { count: took, n: format.int(took) })}</span>
            <Button color="red" variant="filled" loading={undo.isPending} onClick={() => undo.mutate()}>
              {t('undo_yes')}
            </Button>
            <Button variant="subtle" color="gray" onClick={() => ask_(false)}>
              {t('common:cancel')}
            </Button>
          </>
        ) : (
          took > 0 && (
            <Button variant="subtle" color="red" leftSection={<IconArrowBackUp size={15} />} onClick={() => ask_(true)}>
              {t('undo')}
            </Button>
          )
        )}
        {place && (
          <Button variant="default" onClick={() => go({ to: place })}>
            {t('show')}
          </Button>
        )}
        <Button onClick={() => go({ to: '/data/imports/new' })}>{t('another')}</Button>
      </div>
    </>
  );
}

interface Kept {
  row: number;
  key: string;
  code: string;
  message: string;
}

function Undone({ one }: { one: Import }) {
  const { t } = useTranslation('imports');
  const go = useNavigate();
  const kept = useQuery({
    queryKey: ['imports', one.id, 'kept'],
    queryFn: () => ask<Page<Kept>>('GET', `/api/v1/imports/${one.id}/kept`, { query: { limit: 200 } }),
    enabled: Boolean(one.undo_kept),
  });
  return (
    <>
      <p className={css.lead}>
        <strong>
          {t('undone', {
            count: (one.undo_total ?? 0) - (one.undo_kept ?? 0),
            n: format.int((one.undo_total ?? 0) - (one.undo_kept ?? 0)),
          })}
        </strong>{' '}
        {one.undo_kept ? t('undone_kept', { count: one.undo_kept, n: format.int(one.undo_kept) }) : ''}{' '}
        {one.undone_by && one.undone_at && t('undone_by', { name: one.undone_by, when: format.ago(one.undone_at) })}
      </p>
      {Boolean(one.undo_kept) && one.kind !== 'events' && (
        <div className={css.match}>
          <Rows
            label={t('kept')}
            rows={kept.data?.data}
            rowKey={(row, i) => `${row.row}.${i}`}
            columns={[
              { key: 'row', title: t('row'), width: '80px', numeric: true, render: (row) => format.int(row.row) },
              { key: 'key', title: t('key'), width: '180px', render: (row) => <bdi>{row.key}</bdi> },
              { key: 'message', title: t('why'), render: (row) => row.message },
            ]}
          />
        </div>
      )}
      <div className={css.result}>
        <Button onClick={() => go({ to: '/data/imports/new', search: { kind: one.kind ?? undefined } })}>{t('another')}</Button>
      </div>
    </>
  );
}
