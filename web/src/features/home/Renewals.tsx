/** Renewals ahead by week, thirteen of them, and the next ones. Drawn by ourselves: thirteen bars need no library on the first page. */
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ChartFrame } from '@/components/ChartFrame';
import { bandOf, HealthPill } from '@/components/Health';
import { Section } from '@/components/Page';
import type { AccountSearch } from '@/features/account';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { moneyScale } from '@/lib/scale';
import css from './Home.module.css';
import type { Home, RenewalState, Week } from './shape';

const states: RenewalState[] = ['committed', 'open', 'at_risk'];
const fills: Record<RenewalState, string> = {
  committed: 'var(--v-data-fill)',
  open: 'var(--v-data2)',
  at_risk: 'var(--v-risk-fill)',
};
const width = 330;
const height = 132;
const base = 104;
const step = width / 13;

export function Renewals({
  renewals,
  currency,
  onOpen,
}: {
  renewals: Home['renewals'];
  currency: string;
  onOpen: (id: string, more?: AccountSearch) => void;
}) {
  const { t } = useTranslation('home');
  const [week, setWeek] = useState<number | null>(null);
  const rtl = document.documentElement.dir === 'rtl';
  const total = (one: Week) => one.committed + one.open + one.at_risk;
  const most = Math.max(...renewals.weeks.map(total), 1);
  const sum = (state: RenewalState) => renewals.weeks.reduce((all, one) => all + one[state], 0);
  const chosen = week === null ? null : renewals.weeks[week]!;
  const listed = chosen
    ? renewals.next.filter((one) => one.day >= chosen.from && one.day <= chosen.to)
    : renewals.next.slice(0, 4);
  const money = (minor: number) => format.amount(minor, currency);
  const scale = moneyScale(most, currency);
  if (!renewals.total)
    return (
      <Section title={t('renewals.title')}>
        <p className="quiet">{t('renewals.no')}</p>
      </Section>
    );
  return (
    <>
      <ChartFrame
        title={t('renewals.title')}
        hint={t('renewals.hint', { unit: scale.unit })}
        file="renewals"
        finding={t('renewals.finding', {
          committed: money(sum('committed')),
          open: money(sum('open')),
          risk: money(sum('at_risk')),
        })}
        table={{
          columns: [t('renewals.week'), ...states.map((state) => t(`renewals.${state}`))],
          rows: renewals.weeks.map((one) => [format.day(one.from, 'brief'), ...states.map((state) => money(one[state]))]),
        }}
      >
        <svg viewBox={`0 0 ${width} ${height}`} className={css.weeks} role="group" aria-label={t('renewals.title')}>
          <defs>
            <pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
              <line x1="0" y1="0" x2="0" y2="4" stroke="#fff" strokeOpacity="0.5" strokeWidth="2" />
            </pattern>
          </defs>
          <line x1="0" x2={width} y1={base} y2={base} stroke="var(--v-control)" strokeWidth="1" />
          {renewals.weeks.map((one, i) => {
            const x = (rtl ? 12 - i : i) * step + 3;
            let y = base;
            const all = total(one);
            return (
              <g
                key={one.from}
                role="button"
                tabIndex={all ? 0 : -1}
                aria-pressed={week === i}
                aria-label={t('renewals.of_week', {
                  day: format.day(one.from, 'brief'),
                  amount: money(all),
                  count: one.terms,
                  n: format.int(one.terms),
                })}
                className={css.bar}
                onClick={() => setWeek(week === i ? null : i)}
                onKeyDown={(event) => (event.key === 'Enter' || event.key === ' ') && setWeek(week === i ? null : i)}
              >
                <rect x={x - 3} y={0} width={step} height={base} fill={week === i ? 'var(--v-brand-soft)' : 'transparent'} />
                {states.map((state) => {
                  const part = (one[state] / most) * (base - 20);
                  if (!part) return null;
                  y -= part;
                  return (
                    <g key={state}>
                      <rect x={x} y={y} width={step - 6} height={part} rx="1.5" fill={fills[state]} />
                      {state === 'at_risk' && <rect x={x} y={y} width={step - 6} height={part} rx="1.5" fill="url(#hatch)" />}
                    </g>
                  );
                })}
              </g>
            );
          })}
          <g aria-hidden="true" className={css.above}>
            {renewals.weeks.map((one, i) => {
              const x = (rtl ? 12 - i : i) * step + 3;
              const all = total(one);
              return (
                <g key={one.from}>
                  {all > 0 && (
                    <text
                      x={x + (step - 6) / 2}
                      y={base - (all / most) * (base - 20) - 5}
                      textAnchor="middle"
                      className={css.barText}
                    >
                      {scale.show(all)}
                    </text>
                  )}
                  {i % 4 === 0 && (
                    <text
                      x={x + (step - 6) / 2}
                      y={base + 16}
                      textAnchor={i === 0 ? 'start' : i === 12 ? 'end' : 'middle'}
                      dx={(i === 0 ? -10 : i === 12 ? 10 : 0) * (rtl ? -1 : 1)}
                      className={css.axisText}
                    >
                      {format.day(one.from, 'brief')}
                    </text>
                  )}
                </g>
              );
            })}
          </g>
        </svg>
        <ul className={css.keys} aria-hidden="true">
          {states.map((state) => (
            <li key={state}>
              <i className={state === 'at_risk' ? 'hatch' : ''} style={{ backgroundColor: fills[state] }} />
              {t(`renewals.${state}`)}
            </li>
          ))}
        </ul>
      </ChartFrame>
      <Section
        title={chosen ? t('renewals.in_week', { day: format.day(chosen.from, 'brief') }) : t('renewals.next')}
        aside={
          chosen && (
            <button type="button" className={css.fold} onClick={() => setWeek(null)}>
              {t('renewals.all')}
            </button>
          )
        }
      >
        {listed.length === 0 && <p className="quiet">{t('renewals.none')}</p>}
        <ul>
          {listed.map((one) => (
            <li key={`${one.id} ${one.day}`} className={css.renewal}>
              <Link to="/accounts/$account" params={{ account: one.id }} className={`${css.plain} name clip`}>
                <bdi>{one.name}</bdi>
              </Link>
              <HealthPill score={one.score} band={bandOf(one.band)} word={one.score === null} />
              <span className="quiet">{format.fromToday(one.day)}</span>
              <button type="button" className={`${css.changeText} num`} onClick={() => onOpen(one.id, { tab: 'subscriptions' })}>
                <b>{one.amount === null ? t('common:unknown') : format.amount(one.amount, currency)}</b>
              </button>
            </li>
          ))}
        </ul>
      </Section>
    </>
  );
}
