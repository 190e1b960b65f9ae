import { Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { bandOf, HealthPill, Trend } from '@/components/Health';
import { Letter, Section } from '@/components/Page';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import css from './Home.module.css';
import type { Call, Home } from './shape';

const accounts: string = '/accounts';

export function CallFirst({
  calls,
  judged,
  currency,
  active,
  onActive,
  onOpen,
  action,
}: {
  calls: Home['calls'];
  judged: boolean;
  currency: string;
  active: number;
  onActive: (at: number) => void;
  onOpen: (id: string) => void;
  action: (call: Call, first: boolean) => ReactNode;
}) {
  const { t } = useTranslation('home');
  return (
    <Section
      id="call-first"
      title={t('call.title')}
      hint={t('call.how')}
      aside={
        calls.needing > calls.data.length && (
          <Link to={accounts}>{t('call.all', { count: calls.needing, n: format.int(calls.needing) })}</Link>
        )
      }
    >
      {calls.data.length === 0 && <p className="quiet">{t(judged ? 'call.none' : 'call.no_health')}</p>}
      <ol className={css.calls}>
        {calls.data.map((call, i) => (
          <li
            key={call.id}
            className={css.call}
            data-active={i === active || undefined}
            onPointerEnter={() => onActive(i)}
            onClick={(event) => !(event.target as HTMLElement).closest('a,button') && onOpen(call.id)}
            onKeyDown={undefined}
          >
            <Letter name={call.name} size={28} />
            <div className={css.callWhy}>
              <div className={css.callHead}>
                <Link to="/accounts/$account" params={{ account: call.id }} className={css.plain}>
                  <bdi className="name">{call.name}</bdi>
                </Link>
                <HealthPill score={call.score} band={bandOf(call.band)} />
                <Trend change={call.change_28d} period={t('call.weeks')} />
              </div>
              <p className="quiet">
                {call.reasons.map((reason) => (
                  <span key={reason.key}>{reason.text} </span>
                ))}
                {call.whom && (
                  <span className="dim">
                    {t(`call.whom_${call.whom.role}`)} <bdi>{call.whom.name}</bdi>
                  </span>
                )}
              </p>
            </div>
            <Tooltip label={worth(call, currency, t)} multiline maw={320}>
              <div className={css.callAmount}>
                <b>
                  {call.arr === null ? t('common:unknown') : format.amount(call.arr, currency)}
                  {call.arr_estimated && <abbr title={t('call.estimated')}>*</abbr>}
                </b>
                <div className="label">
                  {call.leaving
                    ? t('call.leaving')
                    : call.days_to_renewal === null
                      ? t('call.no_renewal')
                      : t('call.renews', { days: format.days(call.days_to_renewal) })}
                </div>
              </div>
            </Tooltip>
            {action(call, i === active)}
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** The rank, told: what it is made of. */
function worth(call: Call, currency: string, t: (key: string, values?: Record<string, unknown>) => string) {
  const help = call.help.time * call.help.reach * call.help.fresh;
  return t(call.chance_tested ? 'call.worth_tested' : 'call.worth', {
    arr: call.arr === null ? '–' : format.amount(call.arr, currency),
    chance: format.percent(call.chance),
    help: format.percent(help),
    worth: format.amount(call.worth, currency),
  });
}
