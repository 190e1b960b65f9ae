/** For who leads: movers, where the risk is, and how revenue moved in twelve months. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ChartFrame } from '@/components/ChartFrame';
import { bandOf, HealthPill, Trend } from '@/components/Health';
import { Loaded, PageTabs, Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { signedAmount } from '@/lib/scale';
import { wordOf } from '@/lib/words';
import css from './Home.module.css';
import type { Book } from './routes';
import type { AccountRow, Home } from './shape';

const retention: string = '/insight/retention';
type Groups = 'by_owner' | 'by_segment' | 'by_touch_model';
const groupings: Groups[] = ['by_owner', 'by_segment', 'by_touch_model'];

export function Leaders({
  leaders,
  currency,
  scope,
  onOpen,
}: {
  leaders: NonNullable<Home['leaders']>;
  currency: string;
  scope: Book;
  onOpen: (id: string) => void;
}) {
  const { t } = useTranslation('home');
  const [by, setBy] = useState<Groups>('by_owner');
  const money = (minor: number) => format.amount(minor, currency);
  return (
    <>
      <Section id="movers" title={t('leaders.movers')} hint={t('leaders.movers_hint')}>
        <div className={css.pair}>
          <Movers title={t('leaders.fallen')} rows={leaders.fallen} currency={currency} />
          <Movers title={t('leaders.risen')} rows={leaders.risen} currency={currency} />
        </div>
      </Section>
      <Section id="risk" title={t('leaders.risk')} hint={t('leaders.risk_hint')}>
        <PageTabs
          label={t('leaders.risk')}
          active={by}
          onChange={(key) => setBy(key as Groups)}
          tabs={groupings.map((key) => ({ key, label: t(`leaders.${key}`) }))}
        />
        <Rows
          label={t(`leaders.${by}`)}
          rows={leaders[by]}
          rowKey={(row) => row.key}
          columns={[
            {
              key: 'title',
              title: t(`leaders.${by}`),
              render: (row) =>
                row.key ? (
                  <bdi className="name">{by === 'by_segment' ? wordOf('segment', row.title) : row.title}</bdi>
                ) : (
                  <span className="dim">{t('leaders.nobody')}</span>
                ),
            },
            { key: 'accounts', title: t('leaders.accounts'), numeric: true, render: (row) => format.int(row.accounts) },
            {
              key: 'arr',
              title: t('leaders.arr'),
              numeric: true,
              render: (row) => (row.arr === null ? t('common:unknown') : money(row.arr)),
            },
            {
              key: 'risk',
              title: t('leaders.at_risk'),
              numeric: true,
              render: (row) =>
                row.at_stake === null ? (
                  <span className="dim">{t('leaders.no_health')}</span>
                ) : row.at_risk_accounts ? (
                  <span className="risk">
                    {money(row.at_risk_arr)} ({format.int(row.at_risk_accounts)})
                  </span>
                ) : (
                  '–'
                ),
            },
            {
              key: 'stake',
              title: t('leaders.at_stake'),
              numeric: true,
              render: (row) => (row.at_stake === null ? '–' : money(row.at_stake)),
            },
          ]}
        />
      </Section>
      {scope === 'all' && <Bridge currency={currency} />}
    </>
  );

  function Movers({ title, rows, currency: code }: { title: string; rows: AccountRow[]; currency: string }) {
    return (
      <div>
        <h3 className="label">{title}</h3>
        {rows.length === 0 && <p className="quiet">{t('leaders.no_movers')}</p>}
        <ul>
          {rows.map((row) => (
            <li
              key={row.id}
              className={css.renewal}
              onClick={(event) => !(event.target as HTMLElement).closest('a') && onOpen(row.id)}
            >
              <Link to="/accounts/$account" params={{ account: row.id }} className={`${css.plain} name clip`}>
                <bdi>{row.name}</bdi>
              </Link>
              <HealthPill score={row.score} band={bandOf(row.band)} word={row.score === null} />
              <Trend change={row.change_28d} />
              <span className="num">{row.arr === null ? t('common:unknown') : format.amount(row.arr, code)}</span>
            </li>
          ))}
        </ul>
      </div>
    );
  }
}

interface Retention {
  periods: { period: string; from: string; to: string; amounts: Record<string, number> }[];
}
const parts = ['seats', 'price', 'escalator', 'plan', 'product'];

/** Revenue twelve months ago, what moved it, and today: the columns of the retention route summed. */
function Bridge({ currency }: { currency: string }) {
  const { t } = useTranslation('home');
  const bridge = useQuery({
    queryKey: ['retention', 'bridge'],
    queryFn: () => ask<Retention>('GET', '/api/v1/retention', { query: { by: 'month', mode: 'flow' } }),
  });
  const rtl = document.documentElement.dir === 'rtl';
  return (
    <Loaded query={bridge} rows={4}>
      {({ periods }) => {
        const first = periods[0];
        const last = periods.at(-1);
        if (!first || !last) return null;
        const sum = (keys: string[]) =>
          periods.reduce((all, { amounts }) => all + keys.reduce((one, key) => one + (amounts[key] ?? 0), 0), 0);
        const steps = [
          { key: 'start', value: first.amounts.start ?? 0, whole: true },
          { key: 'new', value: sum(['new', 'returned']), whole: false },
          { key: 'expansion', value: sum(parts.map((part) => `expansion_${part}`)), whole: false },
          { key: 'contraction', value: -sum(parts.map((part) => `contraction_${part}`)), whole: false },
          { key: 'churn', value: -sum(['churn']), whole: false },
          { key: 'fx', value: sum(['fx']), whole: false },
          { key: 'end', value: last.amounts.end ?? 0, whole: true },
        ].filter((step) => step.whole || step.value);
        if (steps.every((step) => !step.value)) return null; /* no contract is known: nothing to bridge */
        const money = (minor: number) => format.amount(minor, currency);
        const width = 640;
        const column = width / steps.length;
        let level = 0;
        const placed = steps.map((step) => {
          const from = step.whole ? 0 : level;
          level = step.whole ? step.value : level + step.value;
          return { ...step, from, to: level };
        });
        const most = Math.max(...placed.map((step) => Math.max(step.from, step.to)), 1);
        const least = Math.min(...placed.filter((step) => !step.whole).map((step) => Math.min(step.from, step.to)), most);
        const floor = least > most * 0.4 ? least * 0.9 : 0; /* cut, and said so */
        const y = (value: number) => 150 - ((Math.max(value, floor) - floor) / (most - floor)) * 124;
        return (
          <ChartFrame
            title={t('leaders.bridge')}
            hint={t('leaders.bridge_hint')}
            file="arr-bridge"
            finding={t('leaders.bridge_finding', { start: money(placed[0]!.value), end: money(placed.at(-1)!.value) })}
            aside={<Link to={retention}>{t('leaders.bridge_open')}</Link>}
            table={{
              columns: [t('leaders.step'), t('leaders.amount')],
              rows: placed.map((step) => [t(`leaders.step_${step.key}`), money(step.value)]),
            }}
            definition={floor ? t('leaders.cut', { amount: money(floor) }) : undefined}
          >
            <svg viewBox={`0 0 ${width} 184`} className={css.bridge} aria-hidden="true">
              <line x1="0" x2={width} y1="150" y2="150" stroke="var(--v-control)" />
              {placed.map((step, i) => {
                const x = (rtl ? steps.length - 1 - i : i) * column + column * 0.18;
                const wide = column * 0.64;
                const top = Math.min(y(step.from), y(step.to));
                const bottom = step.whole ? 150 : Math.max(y(step.from), y(step.to));
                const tall = Math.max(1.5, bottom - top);
                return (
                  <g key={step.key}>
                    <rect
                      x={x}
                      y={top}
                      width={wide}
                      height={tall}
                      rx="2"
                      fill={step.whole ? 'var(--v-data-fill)' : step.value > 0 ? 'var(--v-good-fill)' : 'var(--v-risk-fill)'}
                    />
                    {step.whole && floor > 0 && (
                      <path d={`M${x - 3} 138l6 -5 6 5 6 -5`} fill="none" stroke="var(--v-surface)" strokeWidth="2.5" />
                    )}
                    <text x={x + wide / 2} y={top - 6} textAnchor="middle" className={css.barText}>
                      {step.whole ? money(step.value) : signedAmount(step.value, currency)}
                    </text>
                    <text x={x + wide / 2} y="168" textAnchor="middle" className={css.axisText}>
                      {t(`leaders.step_${step.key}`)}
                    </text>
                  </g>
                );
              })}
            </svg>
          </ChartFrame>
        );
      }}
    </Loaded>
  );
}
