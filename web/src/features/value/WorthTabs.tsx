/** Lifetime value further: contracts renewal by renewal, accounts that buy without one, and each customer's months to come. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { AccountLink } from '@/components/AccountLink';
import { ChartFrame } from '@/components/ChartFrame';
import { Empty, Figure, Lead, Loaded, Section } from '@/components/Page';
import { useGroupName } from '@/components/SegmentPicker';
import { Rows } from '@/components/Table';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { own } from '@/lib/words';
import { Curves, type Line } from './Curves';
import css from './Value.module.css';
import type { Ahead, Purchases, RenewalRow, Renewals } from './worth';

type Say = (key: string, values?: Record<string, unknown>) => string;

interface Asked {
  as_of?: string;
  segment?: string;
  split?: string;
}
const between = (low: number | null, high: number | null, show: (value: number) => string, t: Say) =>
  low === null || high === null ? '' : t('between', { low: show(low), high: show(high) });
const share = (value: number | null, decimals = 0) => (value === null ? '–' : format.percent(value / 100, decimals));

/* ---- renewals ---- */

const keyOf = (row: RenewalRow) => `${row.term_months} ${row.group ?? '\u0000'}`;

export function RenewalsTab({ asked }: { asked: Asked }) {
  const { t } = useTranslation('worth');
  const name = useGroupName(asked.split);
  const [chosen, choose] = useState<string>();
  const query = useQuery({
    queryKey: ['lifetime', 'renewals', asked],
    queryFn: () => ask<Renewals>('GET', '/api/v1/lifetime-value/renewals', { query: { ...asked } }),
    placeholderData: keepPreviousData,
  });
  return (
    <Loaded query={query}>
      {(answer) => {
        if (!answer.data.length) return <Empty title={t('renewals.none')}>{t('renewals.none_text')}</Empty>;
        const row =
          answer.data.find((one) => keyOf(one) === chosen) ??
          [...answer.data].sort((a, b) => Number(b.state === 'ok') - Number(a.state === 'ok') || b.contracts - a.contracts)[0]!;
        const money = (value: number | null) => (value === null ? '–' : format.amount(Math.round(value), answer.currency));
        const group = (one: RenewalRow) =>
          one.group === null ? t('renewals.all') : one.group === '' ? t('unknown') : asked.split ? name(one.group) : one.group;
        return (
          <>
            <Lead then={own(row.why)}>
              {row.state === 'ok' && row.value !== null
                ? t('renewals.lead', { value: money(row.value), months: format.int(row.term_months), group: group(row) })
                : t('renewals.lead_refused', { months: format.int(row.term_months), group: group(row) })}
            </Lead>
            <div className={css.strip}>
              <Figure
                large
                label={t('renewals.new')}
                value={money(row.value)}
                margin={between(row.value_low, row.value_high, money, t)}
                note={row.beyond === null ? undefined : t('renewals.beyond', { share: share(row.beyond) })}
              />
              <Figure
                large
                label={t('renewals.total')}
                value={money(row.total)}
                margin={between(row.total_low, row.total_high, money, t)}
                note={t('renewals.active', { n: format.int(row.active), ending: format.int(row.ending) })}
              />
              <Figure
                large
                label={t('renewals.first')}
                value={row.curve[0]?.renewed == null ? '–' : format.percent(row.curve[0].renewed, 1)}
                note={t('renewals.of', { lost: format.int(row.curve[0]?.lost ?? 0), due: format.int(row.curve[0]?.due ?? 0) })}
              />
              <Figure
                large
                label={t('renewals.model')}
                value={row.model === null ? '–' : t(`model.${row.model}`)}
                note={t('renewals.lost', { lost: format.int(row.lost), due: format.int(row.due) })}
              />
            </div>
            <ChartFrame
              title={t('renewals.curve', { group: group(row) })}
              file="renewals"
              finding={own(row.why)}
              table={{
                columns: [
                  t('renewals.renewal'),
                  t('renewals.due'),
                  t('lost'),
                  t('renewals.observed'),
                  t('renewals.said'),
                  t('from'),
                  t('to'),
                  t('model.constant'),
                ],
                rows: row.curve.map((one) => [
                  one.renewal,
                  one.due,
                  one.lost,
                  ...[one.observed, one.survival, one.low, one.high, one.constant].map((v) =>
                    v === null ? null : format.percent(v, 1),
                  ),
                ]),
              }}
            >
              <div className={css.legend}>
                <span>
                  <i style={{ background: 'var(--v-ink)' }} />
                  {t('renewals.observed')}
                </span>
                {row.model && (
                  <span>
                    <i style={{ background: 'var(--v-data)' }} />
                    {t(`model.${row.model}`)}
                  </span>
                )}
                {row.model && row.model !== 'constant' && (
                  <span>
                    <i style={{ background: 'var(--v-ink3)' }} />
                    {t('model.constant')}
                  </span>
                )}
              </div>
              <Curves
                label={t('renewals.curve', { group: group(row) })}
                axisLabel={t('renewals.axis')}
                end={Math.max(1, row.curve.length)}
                lines={linesOf(row, t)}
              />
            </ChartFrame>
            <Section title={t('renewals.by')}>
              <Rows
                label={t('renewals.by')}
                rows={answer.data}
                rowKey={keyOf}
                onOpen={(one) => choose(keyOf(one))}
                columns={[
                  { key: 'term', title: t('renewals.term'), render: (one) => t('months', { n: format.int(one.term_months) }) },
                  { key: 'group', title: t('renewals.plan'), render: (one) => <bdi>{group(one)}</bdi> },
                  { key: 'contracts', title: t('renewals.contracts'), numeric: true, render: (one) => format.int(one.contracts) },
                  { key: 'lost', title: t('lost'), numeric: true, render: (one) => format.int(one.lost) },
                  {
                    key: 'model',
                    title: t('renewals.model'),
                    render: (one) => (one.model ? t(`model.${one.model}`) : t(`state.${one.state}`)),
                  },
                  { key: 'value', title: t('renewals.new'), numeric: true, render: (one) => money(one.value) },
                  { key: 'interval', title: t('interval'), render: (one) => between(one.value_low, one.value_high, money, t) },
                  { key: 'total', title: t('renewals.total'), numeric: true, render: (one) => money(one.total) },
                ]}
              />
            </Section>
            <Definition
              words={own(answer.definition)}
              notes={[
                own(answer.split_words),
                own(answer.note),
                answer.without_term ? t('renewals.open_ended', { n: format.int(answer.without_term) }) : '',
              ]}
            />
          </>
        );
      }}
    </Loaded>
  );
}

function linesOf(row: RenewalRow, t: Say): Line[] {
  const of = (key: 'observed' | 'survival' | 'constant') =>
    row.curve.flatMap((one) =>
      one[key] === null ? [] : [{ at: one.renewal, share: one[key] as number, low: one.low, high: one.high }],
    );
  const lines: Line[] = [];
  if (row.model && row.model !== 'constant')
    lines.push({
      key: 'constant',
      label: t('model.constant'),
      colour: 'var(--v-ink3)',
      dashed: true,
      points: of('constant').map(({ at, share: y }) => ({ at, share: y })),
    });
  if (row.model) lines.push({ key: 'model', label: t(`model.${row.model}`), colour: 'var(--v-data)', points: of('survival') });
  lines.push({ key: 'observed', label: t('renewals.observed'), colour: 'var(--v-ink)', dots: true, points: of('observed') });
  return lines;
}

/* ---- purchases ---- */

export function PurchasesTab({ asked }: { asked: Asked }) {
  const { t } = useTranslation('worth');
  const query = useQuery({
    queryKey: ['lifetime', 'purchases', asked.as_of, asked.segment],
    queryFn: () =>
      ask<Purchases>('GET', '/api/v1/lifetime-value/purchases', {
        query: { as_of: asked.as_of, segment: asked.segment, limit: 200 },
      }),
    placeholderData: keepPreviousData,
  });
  return (
    <Loaded query={query}>
      {(answer) => {
        if (answer.state === 'nobody') return <Empty title={t('purchases.none')}>{own(answer.note)}</Empty>;
        const money = (value: number | null) => (value === null ? '–' : format.amount(Math.round(value), answer.currency));
        const count = (value: number | null) => (value === null ? '–' : format.number(value, 1));
        const all = answer.all;
        return (
          <>
            <Lead then={own(answer.warning) || own(answer.why)}>
              {all
                ? t('purchases.lead', { n: format.int(answer.buyers), expected: count(all.expected), value: money(all.value) })
                : own(answer.note)}
            </Lead>
            {all && (
              <div className={css.strip}>
                <Figure
                  large
                  label={t('purchases.alive')}
                  value={share(all.alive)}
                  note={t('purchases.alive_note', { n: format.int(answer.buyers) })}
                />
                <Figure
                  large
                  label={t('purchases.expected')}
                  value={count(all.expected)}
                  margin={between(all.expected_low, all.expected_high, count, t)}
                />
                <Figure
                  large
                  label={t('purchases.value')}
                  value={money(all.value)}
                  margin={between(all.value_low, all.value_high, money, t)}
                />
                <Figure
                  large
                  label={t('renewals.model')}
                  value={answer.model ? t(`model.${answer.model}`) : '–'}
                  note={own(answer.why)}
                />
              </div>
            )}
            <Section title={t('purchases.accounts')}>
              <Rows
                label={t('purchases.accounts')}
                rows={answer.data}
                rowKey={(one) => one.account}
                columns={[
                  { key: 'name', title: t('account'), render: (one) => <AccountLink id={one.account} name={one.name} /> },
                  { key: 'purchases', title: t('purchases.made'), numeric: true, render: (one) => format.int(one.purchases) },
                  { key: 'last', title: t('purchases.since'), numeric: true, render: (one) => count(one.weeks_since_last) },
                  { key: 'alive', title: t('purchases.alive'), numeric: true, render: (one) => share(one.alive) },
                  { key: 'expected', title: t('purchases.expected'), numeric: true, render: (one) => count(one.expected) },
                  { key: 'value', title: t('purchases.value'), numeric: true, render: (one) => money(one.value) },
                  { key: 'interval', title: t('interval'), render: (one) => between(one.value_low, one.value_high, money, t) },
                ]}
              />
            </Section>
            <Definition words={own(answer.definition)} notes={[own(answer.warning)]} />
          </>
        );
      }}
    </Loaded>
  );
}

/* ---- accounts ---- */

export function AccountsTab({ asked }: { asked: Asked }) {
  const { t } = useTranslation('worth');
  const query = useQuery({
    queryKey: ['lifetime', 'accounts', asked.as_of, asked.segment],
    queryFn: () =>
      ask<Ahead>('GET', '/api/v1/lifetime-value/accounts', { query: { as_of: asked.as_of, segment: asked.segment, limit: 200 } }),
    placeholderData: keepPreviousData,
  });
  return (
    <Loaded query={query}>
      {(answer) => {
        if (answer.state !== 'ok') return <Empty title={t('ahead.none')}>{own(answer.note)}</Empty>;
        const money = (value: number | null) => (value === null ? '–' : format.amount(Math.round(value), answer.currency));
        return (
          <>
            <Lead then={own(answer.why)}>
              {t('ahead.lead', {
                n: format.int(answer.customers),
                value: money(answer.total),
                between: between(answer.total_low, answer.total_high, money, t),
              })}
            </Lead>
            <Section title={t('ahead.accounts')}>
              <Rows
                label={t('ahead.accounts')}
                rows={answer.data}
                rowKey={(one) => one.account}
                columns={[
                  { key: 'name', title: t('account'), render: (one) => <AccountLink id={one.account} name={one.name} /> },
                  { key: 'age', title: t('ahead.age'), numeric: true, render: (one) => format.int(Math.round(one.age_months)) },
                  { key: 'arr', title: t('ahead.arr'), numeric: true, render: (one) => money(one.arr) },
                  { key: 'year', title: t('ahead.year'), numeric: true, render: (one) => share(one.stays_12) },
                  {
                    key: 'year_interval',
                    title: t('interval'),
                    render: (one) => between(one.stays_12_low, one.stays_12_high, (v) => share(v), t),
                  },
                  { key: 'three', title: t('ahead.three'), numeric: true, render: (one) => share(one.stays_36) },
                  { key: 'value', title: t('ahead.value'), numeric: true, render: (one) => money(one.value) },
                  { key: 'interval', title: t('interval'), render: (one) => between(one.value_low, one.value_high, money, t) },
                ]}
              />
            </Section>
            <Definition words={own(answer.definition)} notes={[]} />
          </>
        );
      }}
    </Loaded>
  );
}

function Definition({ words, notes }: { words: string; notes: string[] }) {
  const { t } = useTranslation('worth');
  return (
    <Section title={t('how')}>
      <p className="quiet">{words}</p>
      {notes.filter(Boolean).map((note) => (
        <p key={note} className="dim">
          {note}
        </p>
      ))}
    </Section>
  );
}
