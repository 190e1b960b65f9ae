/** What may come: chances with their interval and the facts they are associated with; and what was foretold before. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { ChartFrame } from '@/components/ChartFrame';
import { Figure, Loaded, Section } from '@/components/Page';
import { useRuleCatalogue, valueText } from '@/components/rule';
import { TimeSeries } from '@/components/TimeSeries';
import { addDays, type Day, daysBetween, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import css from './Account.module.css';
import type { TabProps } from './AccountPage';
import { predictionsOf } from './queries';
import type { Given, Prediction, Reason } from './shape';
import type { Tab } from './tabs';

const share = (value: number) => format.percent(value, value < 0.1 ? 1 : 0);
const SHOWN_REASONS = 3;

export function Predictions(props: TabProps) {
  const { t } = useTranslation('account');
  const { search, id } = props;
  const predictions = useQuery({ ...predictionsOf(id), enabled: !search.as_of });
  if (search.as_of) return null; // what was foretold by then stands in its history
  return (
    <Section
      id="predictions"
      title={t('predictions.title')}
      hint={t('predictions.hint')}
      aside={
        <Link to="/insight/models" className="label">
          {t('predictions.models')}
        </Link>
      }
    >
      <Loaded query={predictions} rows={3}>
        {({ data }) => {
          const said = data.filter((one) => one.chance !== null);
          const silent = data.filter((one) => one.chance === null);
          const reasons = [...new Set(silent.map((one) => one.text))];
          return (
            <>
              {said.length > 0 && (
                <div className={css.chances}>
                  {said.map((one) => (
                    <Chance key={one.outcome} prediction={one} {...props} />
                  ))}
                </div>
              )}
              {silent
                .filter((one) => one.cohort)
                .slice(0, 1)
                .map((one) => (
                  <Cohort key={one.outcome} prediction={one} />
                ))}
              {reasons.map((text) => (
                <p key={text} className="quiet">
                  {silent.length === data.length && reasons.length === 1
                    ? text
                    : t('predictions.silent', {
                        titles: silent.flatMap((one) => (one.text === text ? [one.title] : [])).join(t('predictions.comma')),
                        text,
                      })}
                </p>
              ))}
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}

/** All there is where no model speaks: leaving, among customers of its plan and age. */
function Cohort({ prediction }: { prediction: Prediction }) {
  const { t } = useTranslation('account');
  const { cohort, title, days } = prediction;
  if (!cohort) return null;
  return (
    <Figure
      label={t('predictions.cohort', { title, days: format.days(days) })}
      value={share(cohort.chance)}
      margin={t('predictions.between', { low: share(cohort.low), high: share(cohort.high) })}
      note={cohort.text}
    />
  );
}

function Chance({ prediction, look }: { prediction: Prediction } & TabProps) {
  const { t } = useTranslation('account');
  const { chance, low = null, high = null } = prediction;
  if (chance === null) return null;
  const beyond = low !== null && high !== null && (chance < low || chance > high);
  return (
    <article aria-label={prediction.title}>
      <Figure
        label={t('predictions.within', { title: prediction.title, days: format.days(prediction.days) })}
        value={
          <Link to="/insight/models/$outcome" params={{ outcome: prediction.outcome }}>
            {share(chance)}
          </Link>
        }
        margin={low !== null && high !== null && !beyond && t('predictions.between', { low: share(low), high: share(high) })}
        note={
          <>
            {prediction.text}. {beyond && t('predictions.beyond')}
          </>
        }
      />
      <ul className={css.reasons}>
        {(prediction.reasons ?? []).slice(0, SHOWN_REASONS).map((reason) => (
          <ReasonRow key={reason.fact} reason={reason} welcome={prediction.outcome === 'expansion'} look={look} />
        ))}
      </ul>
    </article>
  );
}

/** Where the rows behind a reason are shown. */
const evidenceTabs: Record<string, Tab> = {
  usage: 'usage',
  contacts: 'people',
  subscriptions: 'subscriptions',
  tickets: 'tickets',
  invoices: 'invoices',
  answers: 'answers',
  invitations: 'answers',
  activities: 'timeline',
  milestones: 'milestones',
};

function ReasonRow({ reason, welcome, look }: { reason: Reason; welcome: boolean; look: TabProps['look'] }) {
  const { t } = useTranslation('account');
  const catalogue = useRuleCatalogue();
  const fact = catalogue?.facts.find((one) => one.key === reason.fact);
  const rank = (below: number) =>
    below >= 0.5
      ? t('predictions.higher', { n: format.int(Math.floor(100 * below)) })
      : t('predictions.lower', { n: format.int(Math.floor(100 * (1 - below))) });
  const raises = reason.direction === 'raises';
  const tab = evidenceTabs[reason.evidence];
  const value =
    reason.value === undefined
      ? null
      : reason.value === null
        ? t('common:unknown')
        : valueText(reason.value, fact, catalogue?.currency ?? '');
  const content = (
    <>
      <span className="name">{reason.title}</span>
      {value !== null && (
        <>
          {': '}
          <bdi>{value}</bdi>
        </>
      )}
    </>
  );
  return (
    <li>
      <span className={raises === welcome ? 'good' : 'risk'} role="img" aria-label={reason.text} title={reason.text}>
        {raises ? '↑' : '↓'}
      </span>
      <span>
        {tab ? (
          <button type="button" className={css.link} onClick={() => look({ tab, open: undefined })}>
            {content}
          </button>
        ) : (
          <Link to="/health/facts/$key" params={{ key: reason.fact }}>
            {content}
          </Link>
        )}
        {reason.percentile != null && <div className="label">{rank(reason.percentile)}</div>}
      </span>
    </li>
  );
}

/** Chances as they were given, by outcome. */
export function ChancesHistory({ id, search }: TabProps) {
  const { t } = useTranslation('account');
  const predictions = useQuery(predictionsOf(id));
  return (
    <Loaded query={predictions} rows={3}>
      {({ data, history }) => {
        const until = search.as_of ?? format.today();
        const known = history.filter((one) => format.wall(one.given_at).day <= until);
        const shown = data.filter((one) => known.some((given) => given.outcome === one.outcome));
        if (!shown.length)
          return (
            <Section title={t('predictions.history')}>
              <p className="quiet">{t('predictions.no_history')}</p>
            </Section>
          );
        return (
          <div className={css.charts}>
            {shown.map((one) => (
              <GivenChart
                key={one.outcome}
                title={one.title}
                outcome={one.outcome}
                given={known.filter((given) => given.outcome === one.outcome).toReversed()}
                until={until}
              />
            ))}
          </div>
        );
      }}
    </Loaded>
  );
}

/** The chance that held at the end of every day: what was given stays until something else is. */
const held = (given: Given[], until: Day) => {
  const first = format.wall(given[0]!.given_at).day;
  const from = daysBetween(first, until) < 7 ? addDays(until, -7) : first;
  const days = Array.from({ length: daysBetween(from, until) + 1 }, (_, i) => addDays(from, i));
  const chance: (number | null)[] = [];
  const low: (number | null)[] = [];
  const high: (number | null)[] = [];
  let at = -1;
  for (const day of days) {
    while (at + 1 < given.length && format.wall(given[at + 1]!.given_at).day <= day) at++;
    chance.push(given[at]?.chance ?? null);
    low.push(given[at]?.low ?? null);
    high.push(given[at]?.high ?? null);
  }
  return { days, chance, low, high };
};

function GivenChart({ title, outcome, given, until }: { title: string; outcome: string; given: Given[]; until: Day }) {
  const { t } = useTranslation('account');
  const drawn = useMemo(() => {
    const { days, chance, low, high } = held(given, until);
    const most = Math.max(0.05, ...chance.map((one) => one ?? 0), ...high.map((one) => one ?? 0));
    return {
      days,
      series: [{ label: t('predictions.chance'), values: chance }],
      range: { low, high, label: t('predictions.interval') },
      scale: [0, Math.min(1, most * 1.2)] as [number, number],
    };
  }, [given, until, t]);
  const last = given.at(-1)!;
  return (
    <ChartFrame
      title={t('predictions.history_of', { title })}
      hint={t('predictions.history_hint', { count: given.length, n: format.int(given.length) })}
      file={`chances-${outcome}`}
      finding={
        last.chance === null
          ? t('predictions.none_now')
          : t('predictions.finding', { chance: share(last.chance), day: format.day(format.wall(last.given_at).day) })
      }
      table={{
        columns: [t('day'), t('predictions.chance'), t('predictions.interval'), t('predictions.version')],
        rows: given
          .toReversed()
          .map((one) => [
            format.instant(one.given_at),
            one.chance === null ? null : share(one.chance),
            one.low === null || one.high === null
              ? null
              : t('predictions.between', { low: share(one.low), high: share(one.high) }),
            format.int(one.version),
          ]),
      }}
    >
      <TimeSeries days={drawn.days} series={drawn.series} range={drawn.range} scale={drawn.scale} show={share} height={150} />
    </ChartFrame>
  );
}
