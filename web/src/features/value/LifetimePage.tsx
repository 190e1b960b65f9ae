/** Lifetime value: what a customer is worth over its life, said only where the data bears it; a refusal is a sentence. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ChartFrame } from '@/components/ChartFrame';
import { Columns } from '@/components/Columns';
import { ErrorNote, Figure, Lead, PageHead, PageTabs, Section, Skeleton } from '@/components/Page';
import { PeriodPicker } from '@/components/PeriodPicker';
import { Printed, SegmentPicker, useGroupName, useSplits } from '@/components/SegmentPicker';
import { Rows } from '@/components/Table';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { resolvePeriod } from '@/lib/period';
import { moneyScale } from '@/lib/scale';
import { own } from '@/lib/words';
import { asOf, type Lifetime, type LifetimeRow } from './api';
import type { LifetimeSearch } from './routes';
import css from './Value.module.css';
import { AccountsTab, PurchasesTab, RenewalsTab } from './WorthTabs';
import { lifetimeTabs } from './worth';

const route = getRouteApi('/shell/insight/lifetime-value');
const leastEnded = 20;

export function LifetimePage() {
  const { t } = useTranslation('value');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = (change: Partial<LifetimeSearch>) => navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const name = useGroupName(search.split);
  const splits = useSplits(search.split !== undefined);
  const period = resolvePeriod(search, { by: 'month', last: 12 });
  const months = period.count * { month: 1, quarter: 3, year: 12 }[period.by];
  const query = useQuery({
    queryKey: ['lifetime', asOf(period), months, period.calendar, search.segment, search.split],
    queryFn: () =>
      ask<Lifetime>('GET', '/api/v1/lifetime-value', {
        query: {
          as_of: asOf(period),
          window: Math.min(120, months),
          calendar: period.calendar,
          segment: search.segment,
          split: search.split,
        },
      }),
    placeholderData: keepPreviousData,
    enabled: !search.tab,
  });
  const asked = { as_of: asOf(period), segment: search.segment, split: search.split };
  const answer = query.data;
  const all = answer?.data.find((row) => row.group === null);
  const groups = answer?.data.filter((row) => row.group !== null) ?? [];
  return (
    <>
      <PageHead
        title={
          <>
            {t('lifetime.title')} <Printed period={period} search={search} />
          </>
        }
        tabs={
          <PageTabs
            label={t('lifetime.title')}
            active={search.tab ?? 'simple'}
            tabs={['simple', ...lifetimeTabs].map((key) => ({ key, label: t(`worth:tab.${key}`) }))}
            onChange={(tab) => go({ tab: lifetimeTabs.find((one) => one === tab) })}
          />
        }
      >
        <PeriodPicker period={period} onChange={go} units={['month', 'quarter', 'year']} />
        <SegmentPicker search={search} onChange={go} />
      </PageHead>
      {search.tab === 'renewals' ? (
        <RenewalsTab asked={asked} />
      ) : search.tab === 'purchases' ? (
        <PurchasesTab asked={asked} />
      ) : search.tab === 'accounts' ? (
        <AccountsTab asked={asked} />
      ) : query.error && !answer ? (
        <ErrorNote error={query.error} onRetry={() => query.refetch()} />
      ) : !answer || !all ? (
        <Skeleton rows={8} />
      ) : (
        <>
          <Opening row={all} answer={answer} />
          <div className={css.strip}>
            <Value
              title={t('lifetime.simple')}
              value={all.simple}
              low={all.simple_low}
              high={all.simple_high}
              refusal={refuse(all.simple_state, 'simple', all, answer, t)}
              note={all.simple_state === 'capped' ? t('lifetime.capped', { months: format.int(answer.cap_months) }) : undefined}
              currency={answer.currency}
            />
            <Value
              title={t('lifetime.contract')}
              value={all.contract}
              low={all.contract_low}
              high={all.contract_high}
              refusal={refuse(all.contract_state, 'contract', all, answer, t)}
              note={t('lifetime.over', { months: format.int(all.contract_months) })}
              currency={answer.currency}
            />
            <Value
              title={t('lifetime.remaining')}
              value={all.remaining}
              low={null}
              high={null}
              refusal={refuse(all.contract_state, 'contract', all, answer, t)}
              note={
                all.remaining_total === null
                  ? undefined
                  : t('lifetime.remaining_note', {
                      total: format.amount(Math.round(all.remaining_total), answer.currency),
                      beyond: all.beyond === null ? '–' : format.percent(all.beyond / 100),
                    })
              }
              currency={answer.currency}
            />
            <Figure
              large
              label={t('lifetime.churn')}
              value={all.churn === null || all.customers < 10 ? '–' : format.percent(all.churn / 100, 1)}
              margin={
                all.churn_low === null || all.churn_high === null
                  ? undefined
                  : t('lifetime.between', {
                      low: format.percent(all.churn_low / 100, 1),
                      high: format.percent(all.churn_high / 100, 1),
                    })
              }
              note={t('lifetime.churn_note', {
                lost: format.int(all.lost),
                exposed: format.int(all.exposed),
                months: format.int(answer.window),
              })}
            />
          </div>
          {groups.length > 0 && (
            <Groups
              groups={groups}
              answer={answer}
              title={t('by', { by: splits.data?.find((one) => one.value === search.split)?.label ?? search.split })}
              label={(row) => name(row.group)}
            />
          )}
          <Section title={t('lifetime.how')}>
            <ul className={css.stack}>
              <li>
                <b>{t('lifetime.simple')}.</b> <span className="quiet">{own(answer.simple_definition)}</span>
              </li>
              <li>
                <b>{t('lifetime.contract')}.</b> <span className="quiet">{own(answer.contract_definition)}</span>
              </li>
              <li>
                <b>{t('lifetime.remaining')}.</b> <span className="quiet">{own(answer.remaining_definition)}</span>
              </li>
            </ul>
            {answer.unjudged > 0 && (
              <p className="dim">{t('insight:unjudged', { count: answer.unjudged, n: format.int(answer.unjudged) })}</p>
            )}
          </Section>
        </>
      )}
    </>
  );
}

type Say = (key: string, values?: Record<string, unknown>) => string;
/** Why there is no figure, as a sentence; null where there is one. */
function refuse(state: LifetimeRow['simple_state'], of: 'simple' | 'contract', row: LifetimeRow, answer: Lifetime, t: Say) {
  if (state === 'ok' || state === 'capped') return null;
  if (state === 'nobody') return t('lifetime.nobody');
  if (state === 'too_short') return t('lifetime.too_short');
  return t('lifetime.too_few', {
    n: format.int(of === 'simple' ? row.lost : row.ended),
    least: format.int(of === 'simple' ? answer.least_churns : leastEnded),
  });
}

function Opening({ row, answer }: { row: LifetimeRow; answer: Lifetime }) {
  const { t } = useTranslation('value');
  if (!row.customers) return <Lead>{t('lifetime.nobody')}</Lead>;
  const value = row.contract ?? row.simple;
  const month = row.arpa === null ? '–' : format.amount(Math.round(row.arpa), answer.currency);
  if (value === null)
    return <Lead then={t('lifetime.lead_refused')}>{t('lifetime.lead_month', { n: format.int(row.customers), month })}</Lead>;
  return (
    <Lead then={t('lifetime.lead_then', { margin: format.percent(answer.margin), month })}>
      {t('lifetime.lead', {
        value: format.amount(Math.round(value), answer.currency),
        months: format.int(row.contract === null ? answer.cap_months : row.contract_months),
      })}
    </Lead>
  );
}

function Value({
  title,
  value,
  low,
  high,
  refusal,
  note,
  currency,
}: {
  title: string;
  value: number | null;
  low: number | null;
  high: number | null;
  refusal: string | null;
  note?: string;
  currency: string;
}) {
  const { t } = useTranslation('value');
  if (refusal)
    return (
      <div>
        <div className="label">{title}</div>
        <p className={css.refused}>{refusal}</p>
      </div>
    );
  return (
    <Figure
      large
      label={title}
      value={value === null ? '–' : format.amount(Math.round(value), currency)}
      note={
        <>
          {low !== null &&
            high !== null &&
            `${t('lifetime.between', { low: format.amount(Math.round(low), currency), high: format.amount(Math.round(high), currency) })}. `}
          {note}
        </>
      }
    />
  );
}

function Groups({
  groups,
  answer,
  title,
  label,
}: {
  groups: LifetimeRow[];
  answer: Lifetime;
  title: string;
  label: (row: LifetimeRow) => string;
}) {
  const { t } = useTranslation('value');
  const most = Math.max(1, ...groups.map((row) => row.contract_high ?? row.simple_high ?? 0));
  const scale = moneyScale(most, answer.currency);
  const money = (value: number | null) => (value === null ? '–' : format.amount(Math.round(value), answer.currency));
  const said = groups.filter((row) => row.contract !== null || row.simple !== null);
  return (
    <ChartFrame
      title={title}
      hint={said.length ? scale.unit : undefined}
      file="lifetime-value"
      table={{
        columns: [
          t('insight:group'),
          t('lifetime.customers'),
          t('lifetime.month'),
          t('lifetime.lost'),
          t('lifetime.simple'),
          t('lifetime.contract'),
          t('lifetime.remaining'),
        ],
        rows: groups.map((row) => [
          label(row),
          row.customers,
          money(row.arpa),
          row.lost,
          money(row.simple),
          money(row.contract),
          money(row.remaining),
        ]),
      }}
    >
      {said.length > 0 && (
        <Columns
          label={title}
          height={220}
          points
          show={scale.show}
          scale={[0, most * 1.1]}
          columns={groups.map((row) => {
            const contract = row.contract !== null;
            const value = row.contract ?? row.simple;
            const low = contract ? row.contract_low : row.simple_low;
            const high = contract ? row.contract_high : row.simple_high;
            return {
              key: row.group ?? '',
              label: label(row),
              parts: [{ value: value ?? 0, colour: 'var(--v-data)' }],
              interval: low !== null && high !== null ? ([low, high] as [number, number]) : undefined,
              text: value === null ? undefined : scale.show(value),
              few: value === null ? t('too_few') : undefined,
              title: `${label(row)}: ${value === null ? (refuse(row.contract_state, 'contract', row, answer, t) ?? '') : money(value)}`,
            };
          })}
        />
      )}
      <Rows
        label={title}
        rows={groups}
        rowKey={(row) => row.group ?? ''}
        columns={[
          { key: 'group', title: t('insight:group'), render: (row) => <bdi>{label(row)}</bdi> },
          { key: 'customers', title: t('lifetime.customers'), numeric: true, render: (row) => format.int(row.customers) },
          { key: 'month', title: t('lifetime.month'), numeric: true, render: (row) => money(row.arpa) },
          { key: 'lost', title: t('lifetime.lost'), numeric: true, render: (row) => format.int(row.lost) },
          {
            key: 'simple',
            title: t('lifetime.simple'),
            render: (row) =>
              refuse(row.simple_state, 'simple', row, answer, t) ??
              (row.simple_state === 'capped' ? t('lifetime.capped_short', { value: money(row.simple) }) : money(row.simple)),
          },
          {
            key: 'contract',
            title: t('lifetime.contract'),
            render: (row) => refuse(row.contract_state, 'contract', row, answer, t) ?? money(row.contract),
          },
        ]}
      />
    </ChartFrame>
  );
}
