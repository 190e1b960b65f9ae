/** Why health went from one score to another: a table whose bars are a waterfall. A row opens what is behind it. */
import { useQuery } from '@tanstack/react-query';
import { useCardName } from '@/components/CardName';
import { DateField } from '@/components/DateField';
import { bandOf, fill } from '@/components/Health';
import { Loaded, Section } from '@/components/Page';
import { addDays, type Day, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import css from './Account.module.css';
import type { TabProps } from './AccountPage';
import { healthOf } from './queries';
import type { Health } from './shape';
import { rounded, type WaterfallRow, waterfall } from './waterfall';

export function WaterfallTable({ id, overview, search, look }: TabProps) {
  const { t } = useTranslation('account');
  const to = search.to && search.to < overview.as_of ? search.to : undefined;
  const end = to ?? search.as_of;
  const from = search.from ?? addDays(end ?? overview.as_of, -28);
  const now = useQuery(healthOf(id, end, from));
  const then = useQuery(healthOf(id, from));
  const made = now.data && waterfall(now.data, then.data);
  const title = made
    ? t(made.end < made.start - 0.5 ? 'why.fell' : made.end > made.start + 0.5 ? 'why.rose' : 'why.same', {
        from: format.int(Math.round(made.start)),
        to: format.int(Math.round(made.end)),
      })
    : t('why.title');
  return (
    <Section
      id="why"
      title={title}
      aside={
        <span className={`${css.days} no-print`}>
          <DateField
            aria-label={t('why.from')}
            value={from}
            max={addDays(end ?? overview.as_of, -1)}
            onChange={(day) => look({ from: day ?? undefined })}
          />
          <span className="label">{t('why.to')}</span>
          <DateField
            aria-label={t('why.until')}
            value={end ?? overview.as_of}
            max={overview.as_of}
            onChange={(day) => look({ to: day && day < overview.as_of ? day : undefined })}
          />
        </span>
      }
    >
      <Loaded query={now} rows={8}>
        {(health) =>
          made ? (
            <Table made={made} health={health} from={from} end={end ?? overview.as_of} onOpen={(key) => look({ open: key })} />
          ) : (
            <p className="quiet">{health.score === null ? t('why.no_score') : t('why.no_before', { day: format.day(from) })}</p>
          )
        }
      </Loaded>
    </Section>
  );
}

function Table({
  made,
  health,
  from,
  end,
  onOpen,
}: {
  made: NonNullable<ReturnType<typeof waterfall>>;
  health: Health;
  from: Day;
  end: Day;
  onOpen: (key: string) => void;
}) {
  const { t } = useTranslation('account');
  const cardName = useCardName();
  const span = made.high - made.low || 1;
  const at = (score: number) => `${((Math.min(made.high, Math.max(made.low, score)) - made.low) / span) * 100}%`;
  const step = span > 50 ? 20 : 10;
  const ticks = Array.from({ length: Math.floor(span / step) + 1 }, (_, i) => made.low + i * step);
  const whole = rounded(made.rows.map((row) => row.difference));
  const end1 = (label: string, score: number, note: string, band: string, connect: boolean) => (
    <tr className={css.wfEnd}>
      <th scope="row">{label}</th>
      <td className={css.wfWhy}>{note}</td>
      <td className={css.wfTrack}>
        <Grid ticks={ticks} at={at} />
        <i className={css.ring} style={{ insetInlineStart: at(score), borderColor: fill[bandOf(band)] }} />
        <b className={css.wfLabel} style={{ insetInlineStart: `calc(${at(score)} + 12px)` }}>
          {format.int(Math.round(score))}
        </b>
        {connect && <i className={css.connector} style={{ insetInlineStart: at(score) }} />}
      </td>
      <td />
      <td />
    </tr>
  );
  return (
    <div className={css.wfWide} role="region" aria-label={t('why.title')} tabIndex={0}>
      <table className={css.wf}>
        <thead>
          <tr>
            <th scope="col">{t('why.measure')}</th>
            <th scope="col" className={css.wfWhy} aria-label={t('why.evidence')} />
            <th scope="col" className={css.wfTrack}>
              {ticks.map((tick) => (
                <span key={tick} className={css.tick} style={{ insetInlineStart: at(tick) }}>
                  {format.int(tick)}
                </span>
              ))}
            </th>
            <th scope="col" className="num">
              {t('why.points')}
            </th>
            <th scope="col" className="num">
              {t('why.age')}
            </th>
          </tr>
        </thead>
        <tbody>
          {end1(format.day(from, 'brief'), made.start, t('why.then'), bandAt(health, made.start), true)}
          {made.rows.map((row, i) => (
            <tr key={row.key} className={css.wfRow} onClick={() => onOpen(row.key)}>
              <th scope="row">
                <button type="button" className={css.door} onClick={() => onOpen(row.key)}>
                  {row.title}
                </button>
                <span className={css.wfUnder}>{evidence(row, t)}</span>
              </th>
              <td className={css.wfWhy}>{evidence(row, t)}</td>
              <td className={css.wfTrack}>
                <Grid ticks={ticks} at={at} />
                <Bar row={row} label={whole[i]!} at={at} last={false} />
              </td>
              <td className="num quiet">{points(row, t)}</td>
              <td className="num dim">{age(row, t)}</td>
            </tr>
          ))}
          {end1(
            end === format.today() ? t('today') : format.day(end, 'brief'),
            made.end,
            t('why.now', {
              band: t(`common:band.${bandOf(health.band)}`),
              share: health.coverage === null ? '–' : format.percent(health.coverage),
              card: cardName(health.card),
            }),
            health.band,
            false,
          )}
        </tbody>
      </table>
    </div>
  );
}

/** The band of the score then is not told by the answer: the colour of the ring follows the score now unless they differ much. */
const bandAt = (health: Health, score: number) => (score >= (health.score ?? 0) + 10 ? 'healthy' : health.band);

const Grid = ({ ticks, at }: { ticks: number[]; at: (score: number) => string }) => (
  <>
    {ticks.map((tick) => (
      <i key={tick} className={css.hair} style={{ insetInlineStart: at(tick) }} />
    ))}
  </>
);

function Bar({ row, label, at }: { row: WaterfallRow; label: number; at: (score: number) => string; last: boolean }) {
  const { t } = useTranslation('account');
  const low = Math.min(row.from, row.to);
  const high = Math.max(row.from, row.to);
  const none = Math.abs(row.difference) < 0.05;
  return (
    <>
      {none ? (
        <>
          {row.counted && <i className={css.dot} style={{ insetInlineStart: at(row.to) }} />}
          <span className={css.wfNone} style={{ insetInlineStart: `calc(${at(row.to)} + 10px)` }}>
            {t(row.counted ? 'why.no_change' : 'why.not_counted')}
          </span>
        </>
      ) : (
        <>
          <i
            className={css.wfBar}
            style={{
              insetInlineStart: at(low),
              width: `max(3px, calc(${at(high)} - ${at(low)}))`,
              background: row.difference < 0 ? 'var(--v-risk-fill)' : 'var(--v-good-fill)',
            }}
          />
          <b
            className={`${css.wfLabel} ${row.difference < 0 ? 'risk' : 'good'}`}
            style={{ insetInlineStart: `calc(${at(high)} + 8px)` }}
          >
            {label === 0 ? format.signed(row.difference, 1) : format.signed(label)}
          </b>
        </>
      )}
      <i className={css.connector} style={{ insetInlineStart: at(row.to) }} />
    </>
  );
}

type T = (key: string, values?: Record<string, unknown>) => string;

/** The percent sign stands left of a Persian number, which alone it would not. */
export const percentLeft = (text: string) => text.replace(/(^|\s)([۰-۹٫]+٪)/g, '$1\u061c$2');

/** What is behind it, in a line: the values then and now, or why there is none. */
export function evidence(row: WaterfallRow, t: T): string {
  const { measure } = row;
  if (!measure) return row.steps.includes('override') ? t('why.by_hand') : t('why.exception');
  if (measure.counted === 'left_out') return t('why.left_out', { cause: measure.cause ?? '' });
  if (measure.counted === 'not_applicable') return t('why.not_applicable', { cause: measure.cause ?? '' });
  const now = percentLeft(row.after ?? measure.text ?? t('common:unknown'));
  const carried = measure.counted === 'carried' ? ` · ${t('why.carried')}` : '';
  const card = row.steps.includes('scorecard') ? ` · ${t('why.card')}` : '';
  if (row.before !== null && percentLeft(row.before) !== now && Math.abs(row.difference) >= 0.05)
    return `${t('why.before_after', { before: percentLeft(row.before), after: now })}${carried}${card}`;
  return `${now}${carried}${card}`;
}

function points(row: WaterfallRow, t: T) {
  const now = row.pointsAfter === null ? t('common:unknown') : format.int(Math.round(row.pointsAfter));
  if (row.pointsBefore === null || Math.round(row.pointsBefore) === Math.round(row.pointsAfter ?? -1))
    return row.measure ? now : '';
  return t('why.arrow', { from: format.int(Math.round(row.pointsBefore)), to: now });
}

function age(row: WaterfallRow, t: T) {
  const days = row.measure?.age_days ?? null;
  return days === null ? '' : days === 0 ? t('today') : format.days(days);
}
