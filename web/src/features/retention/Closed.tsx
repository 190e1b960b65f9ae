/** The books: periods that were closed and stand as shown, what would be different now, and closing the next. */
import { Button, Modal, Select, TextInput } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { AccountLink } from '@/components/AccountLink';
import { ErrorNote, Loaded } from '@/components/Page';
import { Rows } from '@/components/Table';
import { done, failed } from '@/components/Toast';
import { ask, Problem } from '@/lib/api';
import { type Calendar, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { mayRole, useMe } from '@/lib/me';
import { labelOf, periodWords, previousOf, startOf } from '@/lib/period';
import { queryClient } from '@/lib/query';
import { signedAmount } from '@/lib/scale';
import { own, whoIs } from '@/lib/words';
import type { ClosedPeriod, Restated } from './api';
import css from './RetentionPage.module.css';

export const useClosed = () =>
  useQuery({ queryKey: ['retention', 'closed'], queryFn: () => ask<{ data: ClosedPeriod[] }>('GET', '/api/v1/periods') });
export const useRestated = (label: string | undefined) =>
  useQuery({
    queryKey: ['retention', 'closed', label],
    queryFn: () => ask<Restated>('GET', `/api/v1/periods/${label}`),
    enabled: label !== undefined,
  });

export function Restatements({ label }: { label: string }) {
  const { t } = useTranslation('retention');
  const me = useMe();
  const query = useRestated(label);
  return (
    <Loaded query={query}>
      {(closed) => {
        const moved = closed.figures.filter((one) => ratio(one.key, one.shown) !== ratio(one.key, one.now));
        return (
          <div className={css.stack}>
            <p>{t('closed.by', { by: whoIs(closed.closed_by), at: format.instant(closed.closed_at) })}</p>
            <p className="quiet">
              {closed.changes.length
                ? t('closed.restated', { count: closed.restated_accounts, n: format.int(closed.restated_accounts) })
                : t('closed.stands')}
            </p>
            {closed.changes.length > 0 && mayRole(me, 'manager') && <Restate label={label} />}
            {closed.restatements.length > 0 && (
              <ul>
                {closed.restatements.map((one) => (
                  <li key={one.at} className="quiet">
                    {t('closed.restated_by', {
                      by: whoIs(one.by),
                      at: format.instant(one.at),
                      why: own(one.reason_title) || one.reason,
                    })}{' '}
                    <bdi>{one.note}</bdi>
                  </li>
                ))}
              </ul>
            )}
            {moved.length > 0 && (
              <Rows
                label={t('closed.figures')}
                rows={moved}
                rowKey={(row) => row.key}
                columns={[
                  { key: 'title', title: t('closed.figure'), render: (row) => own(row.title) },
                  { key: 'shown', title: t('closed.shown'), numeric: true, render: (row) => ratio(row.key, row.shown) },
                  { key: 'now', title: t('closed.now'), numeric: true, render: (row) => ratio(row.key, row.now) },
                ]}
              />
            )}
            {closed.changes.length > 0 && (
              <Rows
                label={t('closed.changes')}
                rows={closed.changes}
                rowKey={(row, i) => row.account ?? String(i)}
                columns={[
                  {
                    key: 'name',
                    title: t('insight:account'),
                    render: (row) =>
                      row.account ? <AccountLink id={row.account} name={row.name ?? null} /> : t('common:unknown'),
                  },
                  {
                    key: 'change',
                    title: t('closed.change'),
                    numeric: true,
                    render: (row) => signedAmount(row.change.end ?? row.change.start ?? 0, closed.currency),
                  },
                  { key: 'why', title: t('closed.why'), render: (row) => own(row.reason_title) },
                ]}
              />
            )}
          </div>
        );
      }}
    </Loaded>
  );
}

const reasons = ['late_data', 'corrected_data', 'merged_accounts', 'rates', 'rules', 'mistake', 'other'] as const;
/** Lets the closed period show what is known now; what it showed is kept with the reason. */
function Restate({ label }: { label: string }) {
  const { t } = useTranslation('retention');
  const [draft, setDraft] = useState<{ reason: string; note: string }>({ reason: 'late_data', note: '' });
  const restate = useMutation({
    mutationFn: () => ask<ClosedPeriod>('POST', `/api/v1/periods/${label}/restatements`, { body: draft }),
    onSuccess: () => {
      queryClient.invalidateQueries({ queryKey: ['retention'] });
      done(t('closed.restated_done', { period: periodWords(label) }));
    },
  });
  const problem = restate.error instanceof Problem ? restate.error : null;
  return (
    <form
      noValidate
      className={css.stack}
      onSubmit={(event) => {
        event.preventDefault();
        restate.mutate();
      }}
    >
      <Select
        label={t('closed.why')}
        data={reasons.map((value) => ({ value, label: t(`reason.${value}`) }))}
        value={draft.reason}
        onChange={(value) => setDraft({ ...draft, reason: value ?? 'other' })}
      />
      <TextInput
        label={t('closed.note')}
        description={t('closed.restate_help')}
        required
        value={draft.note}
        error={problem?.at('note')}
        onChange={(event) => setDraft({ ...draft, note: event.currentTarget.value })}
      />
      {problem && problem.errors.length === 0 && <ErrorNote error={problem} />}
      <span>
        <Button type="submit" variant="default" loading={restate.isPending}>
          {t('closed.restate')}
        </Button>
      </span>
    </form>
  );
}
const ratio = (key: string, value: number | null) =>
  value === null ? '–' : key === 'quick_ratio' ? format.number(value, 2) : format.percent(value, 1);

/** All closed periods, and those that a manager may close now. */
export function Books({ calendar, onOpen }: { calendar: Calendar; onOpen: (label: string) => void }) {
  const { t } = useTranslation('retention');
  const me = useMe();
  const query = useClosed();
  const [asking, ask_] = useState<string | null>(null);
  const close = useMutation({
    mutationFn: (period: string) => ask<ClosedPeriod>('POST', '/api/v1/periods', { body: { period } }),
    onSuccess: (closed) => {
      queryClient.invalidateQueries({ queryKey: ['retention'] });
      done(t('closed.done', { period: periodWords(closed.label) }));
    },
    onError: failed,
    onSettled: () => ask_(null),
  });
  return (
    <Loaded query={query}>
      {({ data }) => {
        const open: string[] = [];
        let at = startOf(format.today(), 'month', calendar);
        for (let i = 0; i < 6; i++) {
          at = previousOf(at, 'month', calendar);
          const label = labelOf(at, 'month', calendar);
          if (!data.some((one) => one.label === label)) open.push(label);
        }
        return (
          <div className={css.stack}>
            <p className="quiet">{t('closed.meaning')}</p>
            {mayRole(me, 'manager') && open.length > 0 && (
              <>
                <h3>{t('closed.can')}</h3>
                <Rows
                  label={t('closed.can')}
                  rows={open}
                  rowKey={(label) => label}
                  columns={[
                    { key: 'label', title: t('closed.period'), render: (label) => periodWords(label) },
                    {
                      key: 'close',
                      title: '',
                      render: (label) => (
                        <Button variant="default" leftSection={<IconLock size={14} />} onClick={() => ask_(label)}>
                          {t('closed.close', { period: periodWords(label) })}
                        </Button>
                      ),
                    },
                  ]}
                />
              </>
            )}
            <h3>{t('closed.list')}</h3>
            <Rows
              label={t('closed.list')}
              rows={data}
              rowKey={(row) => row.label}
              onOpen={(row) => onOpen(row.label)}
              empty={t('closed.none')}
              columns={[
                { key: 'label', title: t('closed.period'), render: (row) => periodWords(row.label) },
                { key: 'at', title: t('closed.at'), render: (row) => format.instant(row.closed_at) },
                { key: 'by', title: t('closed.who'), render: (row) => whoIs(row.closed_by) },
              ]}
            />
            <Modal
              opened={asking !== null}
              onClose={() => ask_(null)}
              title={asking && t('closed.sure', { period: periodWords(asking) })}
              closeButtonProps={{ 'aria-label': t('common:close') }}
            >
              <p>{t('closed.warning')}</p>
              <p className={css.switches} style={{ marginTop: 16 }}>
                <Button loading={close.isPending} onClick={() => asking && close.mutate(asking)}>
                  {asking && t('closed.close', { period: periodWords(asking) })}
                </Button>
                <Button variant="subtle" color="gray" onClick={() => ask_(null)}>
                  {t('common:cancel')}
                </Button>
              </p>
            </Modal>
          </div>
        );
      }}
    </Loaded>
  );
}
