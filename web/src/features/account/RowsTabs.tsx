/** The rows behind the figures: contracts and movements, tickets, invoices, answers, milestones. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ChartFrame } from '@/components/ChartFrame';
import { Loaded, Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { TimeSeries } from '@/components/TimeSeries';
import { AccountGrowth } from '@/features/growth';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { moneyScale, signedAmount } from '@/lib/scale';
import { wordOf } from '@/lib/words';
import type { TabProps } from './AccountPage';
import { answersOf, invoicesOf, milestonesOf, movementsOf, peopleOf, subscriptionsOf, ticketsOf } from './queries';
import type { Answer, Invoice, Movements, Subscription, Ticket } from './shape';

type T = (key: string, values?: Record<string, unknown>) => string;
const day = (value: string | null | undefined) => (value ? format.day(value, 'padded') : '–');

export function RevenueTab({ id, overview, search }: TabProps) {
  const { t } = useTranslation('account');
  const subscriptions = useQuery(subscriptionsOf(id));
  const movements = useQuery(movementsOf(id));
  const currency = overview.currency ?? '';
  return (
    <>
      <Section id="subscriptions" title={t('revenue.subscriptions')}>
        <Loaded query={subscriptions}>
          {({ data }) => (
            <Rows
              label={t('revenue.subscriptions')}
              rows={data}
              rowKey={(row) => row.id}
              empty={t('revenue.none')}
              columns={subscriptionColumns(t)}
            />
          )}
        </Loaded>
      </Section>
      {!search.as_of && <AccountGrowth id={id} />}
      <Loaded query={movements}>
        {(data) => (
          <>
            {data.months.length > 1 && <Paid data={data} currency={currency} />}
            <Section id="movements" title={t('revenue.movements')} hint={t('revenue.movements_hint')}>
              <Rows
                label={t('revenue.movements')}
                rows={data.data}
                rowKey={(row, i) => `${row.day} ${i}`}
                empty={t('revenue.no_movements')}
                columns={[
                  { key: 'day', title: t('day'), width: '120px', render: (row) => day(row.day) },
                  { key: 'kind', title: t('revenue.kind'), render: (row) => t(`movement.${row.kind}`) },
                  {
                    key: 'parts',
                    title: t('revenue.by'),
                    render: (row) =>
                      row.reason
                        ? t(`movement.reason_${row.reason}`)
                        : Object.entries(row.parts)
                            .map(([part, amount]) => `${t(`movement.part_${part}`)} ${format.amount(amount, currency)}`)
                            .join(' · '),
                  },
                  {
                    key: 'amount',
                    title: t('revenue.amount'),
                    numeric: true,
                    render: (row) => (
                      <span className={row.amount < 0 ? 'risk' : 'good'}>{signedAmount(row.amount, currency)}</span>
                    ),
                  },
                ]}
              />
            </Section>
          </>
        )}
      </Loaded>
    </>
  );
}

function Paid({ data, currency }: { data: Movements; currency: string }) {
  const { t } = useTranslation('account');
  const scale = useMemo(() => moneyScale(Math.max(...data.months.map((month) => month.arr)), currency), [data, currency]);
  const drawn = useMemo(
    () => ({
      days: data.months.map((month) => month.to),
      series: [{ label: t('head.arr'), values: data.months.map((month) => month.arr) }],
      show: scale.show,
    }),
    [data, scale, t],
  );
  const last = data.months.at(-1)!;
  const finding = t('revenue.finding', {
    amount: format.amount(last.arr, currency),
    day: data.first ? format.day(data.first) : '',
  });
  return (
    <ChartFrame
      title={t('revenue.paid')}
      hint={`${finding} · ${scale.unit}`}
      finding={finding}
      file="revenue"
      table={{
        columns: [t('day'), t('head.arr')],
        rows: data.months.map((month) => [format.period(month.period), format.amount(month.arr, currency)]),
      }}
    >
      <TimeSeries {...drawn} height={160} />
    </ChartFrame>
  );
}

const subscriptionColumns = (t: T) => [
  { key: 'key', title: t('revenue.key'), render: (row: Subscription) => <code>{row.key}</code> },
  {
    key: 'product',
    title: t('revenue.product'),
    render: (row: Subscription) => (
      <bdi>{[row.product && wordOf('product', row.product), row.plan].filter(Boolean).join(' · ')}</bdi>
    ),
  },
  { key: 'starts', title: t('revenue.starts'), render: (row: Subscription) => day(row.starts_on) },
  {
    key: 'ends',
    title: t('revenue.ends'),
    render: (row: Subscription) =>
      row.cancelled_on ? (
        <span className="risk">{t('revenue.cancelled', { day: day(row.cancelled_on) })}</span>
      ) : row.ends_on ? (
        <>
          {day(row.ends_on)} {row.auto_renew && <span className="dim">{t('revenue.renews')}</span>}
        </>
      ) : (
        t('revenue.open')
      ),
  },
  {
    key: 'seats',
    title: t('revenue.seats'),
    numeric: true,
    render: (row: Subscription) => (typeof row.seats === 'number' ? format.int(row.seats) : '–'),
  },
  {
    key: 'arr',
    title: t('head.arr'),
    numeric: true,
    render: (row: Subscription) =>
      typeof row.arr === 'number' && row.currency ? (
        format.money(row.arr, row.currency)
      ) : (
        <span className="dim">{t('common:unknown')}</span>
      ),
  },
];

export function TicketsTab({ id }: TabProps) {
  const { t } = useTranslation('account');
  const tickets = useQuery(ticketsOf(id));
  return (
    <Section id="tickets" title={t('tab.tickets')}>
      <Loaded query={tickets}>{({ data }) => <TicketRows rows={data} />}</Loaded>
    </Section>
  );
}

export function TicketRows({ rows }: { rows: Ticket[] }) {
  const { t } = useTranslation('account');
  return (
    <Rows
      label={t('tab.tickets')}
      rows={rows}
      rowKey={(row) => row.id}
      empty={t('tickets.none')}
      columns={[
        {
          key: 'opened',
          title: t('tickets.opened'),
          width: '170px',
          render: (row) => (row.opened_at ? format.instant(row.opened_at) : '–'),
        },
        { key: 'subject', title: t('tickets.subject'), render: (row) => <bdi className="name">{row.subject ?? row.key}</bdi> },
        {
          key: 'urgency',
          title: t('tickets.urgency'),
          render: (row) => (
            <span className={row.urgency === 'urgent' && !row.closed_at ? 'risk' : ''}>
              {t(`urgency.${row.urgency ?? 'normal'}`)}
            </span>
          ),
        },
        {
          key: 'state',
          title: t('tickets.state'),
          render: (row) =>
            row.closed_at ? (
              <span className="dim">{t('tickets.closed', { day: format.day(format.wall(row.closed_at).day, 'brief') })}</span>
            ) : (
              t('tickets.open', { since: row.opened_at ? format.ago(row.opened_at) : '' })
            ),
        },
      ]}
    />
  );
}

export function InvoicesTab({ id }: TabProps) {
  const { t } = useTranslation('account');
  const invoices = useQuery(invoicesOf(id));
  return (
    <Section id="invoices" title={t('tab.invoices')}>
      <Loaded query={invoices}>{({ data }) => <InvoiceRows rows={data} />}</Loaded>
    </Section>
  );
}

export function InvoiceRows({ rows }: { rows: Invoice[] }) {
  const { t } = useTranslation('account');
  const today = format.today();
  return (
    <Rows
      label={t('tab.invoices')}
      rows={rows}
      rowKey={(row) => row.id}
      empty={t('invoices.none')}
      columns={[
        { key: 'key', title: t('invoices.key'), render: (row) => <code>{row.key}</code> },
        { key: 'issued', title: t('invoices.issued'), render: (row) => day(row.issued_on) },
        { key: 'due', title: t('invoices.due'), render: (row) => day(row.due_on) },
        {
          key: 'state',
          title: t('invoices.state'),
          render: (row) =>
            row.paid_on ? (
              <span className={row.due_on && row.paid_on > row.due_on ? 'watch' : 'dim'}>
                {t('invoices.paid', { day: day(row.paid_on) })}
              </span>
            ) : row.due_on && row.due_on < today ? (
              <span className="risk">{t('invoices.overdue', { days: format.days(daysSince(row.due_on, today)) })}</span>
            ) : (
              t('invoices.open')
            ),
        },
        {
          key: 'amount',
          title: t('revenue.amount'),
          numeric: true,
          render: (row) =>
            row.amount !== null && row.amount !== undefined && row.currency ? format.money(row.amount, row.currency) : '–',
        },
      ]}
    />
  );
}

const daysSince = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);

export function AnswersTab({ id, search }: TabProps) {
  const { t } = useTranslation('account');
  const answers = useQuery(answersOf(id));
  const people = useQuery(peopleOf(id, search.as_of));
  const names = new Map(people.data?.data.map((person) => [person.person, person.name ?? person.email]));
  return (
    <Section id="answers" title={t('tab.answers')}>
      <Loaded query={answers}>{({ data }) => <AnswerRows rows={data} names={names} />}</Loaded>
    </Section>
  );
}

export function AnswerRows({ rows, names }: { rows: Answer[]; names: Map<string, string | null> }) {
  const { t } = useTranslation('account');
  return (
    <Rows
      label={t('tab.answers')}
      rows={rows}
      rowKey={(row) => row.id}
      empty={t('answers.none')}
      columns={[
        {
          key: 'at',
          title: t('answers.at'),
          width: '170px',
          render: (row) => (row.answered_at ? format.instant(row.answered_at) : '–'),
        },
        {
          key: 'who',
          title: t('answers.who'),
          render: (row) => <bdi className="name">{names.get(row.person ?? '') ?? '–'}</bdi>,
        },
        { key: 'kind', title: t('answers.kind'), render: (row) => <span className="ltr">{row.kind?.toUpperCase()}</span> },
        {
          key: 'score',
          title: t('answers.score'),
          numeric: true,
          render: (row) =>
            t('answers.of', {
              n: typeof row.score === 'number' ? format.number(row.score, 1) : '–',
              most: typeof row.scale_max === 'number' ? format.number(row.scale_max, 0) : '–',
            }),
        },
        { key: 'comment', title: t('answers.comment'), render: (row) => <bdi>{row.comment ?? ''}</bdi> },
      ]}
    />
  );
}

export function MilestonesTab({ id }: TabProps) {
  const { t } = useTranslation('account');
  const milestones = useQuery(milestonesOf(id));
  const tone = { reached: 'good', late: 'risk', missed: 'watch', waiting: '', unknown: 'dim' } as const;
  return (
    <Section id="milestones" title={t('tab.milestones')} hint={t('milestones.hint')}>
      <Loaded query={milestones}>
        {({ data }) => (
          <Rows
            label={t('tab.milestones')}
            rows={data}
            rowKey={(row, i) => `${row.milestone} ${row.entered_on} ${i}`}
            empty={t('milestones.none')}
            columns={[
              { key: 'title', title: t('milestones.title'), render: (row) => <bdi className="name">{row.title}</bdi> },
              {
                key: 'stage',
                title: t('milestones.stage'),
                render: (row) => <bdi>{wordOf('stage', row.stage)}</bdi>,
              },
              {
                key: 'state',
                title: t('milestones.state'),
                render: (row) => <span className={tone[row.state]}>{t(`milestone.${row.state}`)}</span>,
              },
              { key: 'entered', title: t('milestones.entered'), render: (row) => day(row.entered_on) },
              { key: 'due', title: t('milestones.due'), render: (row) => day(row.due_on) },
              { key: 'reached', title: t('milestones.reached'), render: (row) => day(row.reached_on) },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}
