/** What is behind a figure, a bar, a point or a cell: the accounts, with the ledger's rows to the day. */
import { useQuery } from '@tanstack/react-query';
import { AccountLink } from '@/components/AccountLink';
import { Loaded } from '@/components/Page';
import { SideDrawer } from '@/components/SideDrawer';
import { Rows } from '@/components/Table';
import { ask } from '@/lib/api';
import { type Calendar, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { periodWords } from '@/lib/period';
import { signedAmount } from '@/lib/scale';
import { own } from '@/lib/words';
import type { Asked, CohortAccounts, Movement, RetentionRows } from './api';
import { Books, Restatements } from './Closed';
import type { CohortOf } from './CohortMap';
import css from './RetentionPage.module.css';

const limit = 200;

export interface Behind {
  /** Label of the period that the page is about. */
  period: string;
  calendar: Calendar;
  mode: 'snapshot' | 'flow';
  segment?: string;
  index?: string;
  cohorts: { of: CohortOf; by: 'week' | 'month' | 'quarter' | 'year' };
}

export function RetentionDrawer({
  asked,
  behind,
  onClose,
  onOpen,
}: {
  asked: Asked | null;
  behind: Behind;
  onClose: () => void;
  onOpen: (open: string) => void;
}) {
  const { t } = useTranslation('retention');
  const title =
    asked?.kind === 'cohort'
      ? t('rows.cohort', {
          cohort: periodWords(asked.key),
          since: t(`cohorts.after.${behind.cohorts.by}`, { count: asked.since, n: format.int(asked.since) }),
        })
      : asked?.kind === 'closed'
        ? t('closed.of', { period: periodWords(asked.key) })
        : asked?.kind === 'books'
          ? t('closed.books')
          : asked?.kind === 'amount'
            ? t(`bar.${asked.key}`)
            : asked?.kind === 'point'
              ? periodWords(asked.key)
              : asked
                ? t(`name.${asked.key}`)
                : '';
  return (
    <SideDrawer opened={asked !== null} onClose={onClose} title={title} size={620}>
      {asked?.kind === 'cohort' ? (
        <CohortRows asked={asked} behind={behind} />
      ) : asked?.kind === 'closed' ? (
        <Restatements label={asked.key} />
      ) : asked?.kind === 'books' ? (
        <Books calendar={behind.calendar} onOpen={(label) => onOpen(`closed:${label}`)} />
      ) : asked ? (
        <LedgerRows asked={asked} behind={behind} />
      ) : null}
    </SideDrawer>
  );
}

function LedgerRows({ asked, behind }: { asked: Asked; behind: Behind }) {
  const { t } = useTranslation('retention');
  const query = useQuery({
    queryKey: ['retention', 'rows', asked.kind, asked.key, behind],
    queryFn: () =>
      ask<RetentionRows>('GET', '/api/v1/retention/rows', {
        query: {
          period: asked.kind === 'point' ? asked.key : behind.period,
          figure: asked.kind === 'figure' ? asked.key : asked.kind === 'point' ? 'nrr' : undefined,
          amount: asked.kind === 'amount' && asked.key !== 'same' ? (asked.key === 'lost_due' ? 'due' : asked.key) : undefined,
          mode: behind.mode,
          segment: behind.segment,
          index: behind.index,
          limit,
        },
      }),
  });
  return (
    <Loaded query={query}>
      {(rows) => {
        const due = asked.key === 'due' || asked.key === 'renewed' || asked.key === 'lost_due' || asked.key.startsWith('renewal');
        const data =
          asked.key === 'lost_due'
            ? rows.data.filter((row) => (row.amounts.due ?? 0) > (row.amounts.renewed ?? 0))
            : asked.key === 'same'
              ? rows.data.filter((row) => row.amounts.customers_start)
              : rows.data;
        return (
          <div className={css.stack}>
            {rows.figure && (
              <p>
                <span className={css.big}>
                  {rows.figure.value.value === null
                    ? t('insight:not_applicable')
                    : rows.figure.key === 'quick_ratio'
                      ? format.number(rows.figure.value.value, 1)
                      : format.percent(rows.figure.value.value, 1)}
                </span>{' '}
                <span className="dim">
                  {t('rows.of', { over: shown(rows, rows.figure.over), under: shown(rows, rows.figure.under) })}
                </span>
              </p>
            )}
            {rows.figure && <p className="quiet">{own(rows.figure.definition)}</p>}
            {rows.frozen && <p className="quiet">{t('rows.frozen')}</p>}
            <Rows
              label={t('rows.label')}
              rows={data}
              rowKey={(row) => row.id}
              empty={t('insight:rows_none')}
              columns={[
                { key: 'name', title: t('insight:account'), render: (row) => <AccountLink id={row.id} name={row.name} /> },
                ...(due
                  ? [
                      {
                        key: 'due',
                        title: t('rows.due'),
                        numeric: true,
                        render: (row: RetentionRows['data'][number]) => format.amount(row.amounts.due ?? 0, rows.currency),
                      },
                      {
                        key: 'renewed',
                        title: t('rows.renewed'),
                        numeric: true,
                        render: (row: RetentionRows['data'][number]) => format.amount(row.amounts.renewed ?? 0, rows.currency),
                      },
                    ]
                  : [
                      {
                        key: 'start',
                        title: t('rows.start'),
                        numeric: true,
                        render: (row: RetentionRows['data'][number]) => format.amount(row.amounts.start ?? 0, rows.currency),
                      },
                      {
                        key: 'end',
                        title: t('rows.end'),
                        numeric: true,
                        render: (row: RetentionRows['data'][number]) => format.amount(row.amounts.end ?? 0, rows.currency),
                      },
                    ]),
                {
                  key: 'moves',
                  title: t('rows.moves'),
                  render: (row) => (
                    <ul className={css.moves}>
                      {row.movements.map((move, i) => (
                        <li key={i}>{said(move, rows.currency, t)}</li>
                      ))}
                      {!row.movements.length && <li>{t('rows.nothing')}</li>}
                      {row.amounts.fx ? <li>{t('rows.fx', { amount: signedAmount(row.amounts.fx, rows.currency) })}</li> : null}
                    </ul>
                  ),
                },
              ]}
            />
            {rows.has_more && (
              <p className="dim">{t('insight:more', { shown: format.int(limit), all: format.int(rows.accounts) })}</p>
            )}
          </div>
        );
      }}
    </Loaded>
  );
}

/** Counts of customers, or money. */
const shown = (rows: RetentionRows, value: number) =>
  rows.figure?.key === 'logo_retention' || rows.figure?.key === 'renewal_rate_terms'
    ? format.int(value)
    : format.amount(value, rows.currency);

function said(move: Movement, currency: string, t: (key: string, values?: Record<string, unknown>) => string) {
  const why =
    move.kind === 'churn'
      ? t(move.pending ? 'move.pending' : `move.${move.reason ?? 'not_renewed'}`)
      : Object.keys(move.parts)
          .map((part) => t(`part.${part}`))
          .join(t('and'));
  return t(why ? 'move.said_why' : 'move.said', {
    day: format.day(move.day),
    kind: t(`move.${move.kind}`),
    amount: signedAmount(move.amount, currency),
    why,
  });
}

function CohortRows({ asked, behind }: { asked: Asked; behind: Behind }) {
  const { t } = useTranslation('retention');
  const usage = behind.cohorts.of === 'usage' || behind.cohorts.of === 'people';
  const query = useQuery({
    queryKey: ['cohorts', 'accounts', asked.key, asked.since, behind],
    queryFn: () =>
      ask<CohortAccounts>('GET', '/api/v1/cohorts/accounts', {
        query: {
          of: usage ? 'usage' : 'revenue',
          by: behind.cohorts.by,
          calendar: behind.calendar,
          cohort: asked.key,
          since: asked.since,
          segment: behind.segment,
          limit,
        },
      }),
  });
  return (
    <Loaded query={query}>
      {(answer) => (
        <div className={css.stack}>
          {behind.cohorts.of === 'people' && <p className="quiet">{t('cohorts.people_rows')}</p>}
          <Rows
            label={t('rows.label')}
            rows={answer.data}
            rowKey={(row) => row.id}
            empty={t('insight:rows_none')}
            columns={[
              { key: 'name', title: t('insight:account'), render: (row) => <AccountLink id={row.id} name={row.name} /> },
              ...(usage
                ? [
                    {
                      key: 'left',
                      title: t('cohorts.was_active'),
                      render: (row: CohortAccounts['data'][number]) => t(row.left ? 'cohorts.active' : 'cohorts.idle'),
                    },
                  ]
                : [
                    {
                      key: 'began',
                      title: t('cohorts.began'),
                      numeric: true,
                      render: (row: CohortAccounts['data'][number]) =>
                        row.converted ? format.amount(row.began, answer.currency ?? '') : t('cohorts.no_rate'),
                    },
                    {
                      key: 'left',
                      title: t('cohorts.left'),
                      numeric: true,
                      render: (row: CohortAccounts['data'][number]) =>
                        row.converted ? format.amount(row.left, answer.currency ?? '') : t('cohorts.no_rate'),
                    },
                  ]),
            ]}
          />
          {answer.has_more && (
            <p className="dim">{t('insight:more', { shown: format.int(limit), all: format.int(answer.accounts) })}</p>
          )}
        </div>
      )}
    </Loaded>
  );
}
