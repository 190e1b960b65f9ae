/** Health as it is shown everywhere: glyph, number and word; colour last. */
import { format } from '@/lib/format';
import { t, useTranslation } from '@/lib/i18n';
import css from './Health.module.css';

export type Band = 'healthy' | 'watch' | 'at_risk' | 'unknown';
export const bands: Band[] = ['healthy', 'watch', 'at_risk', 'unknown'];
/** The server's names of bands, and the states that they mean. */
export const bandOf = (name: string | null | undefined): Band =>
  name === 'healthy' || name === 'green' || name === 'good'
    ? 'healthy'
    : name === 'watch' || name === 'yellow'
      ? 'watch'
      : name === 'at_risk' || name === 'red' || name === 'risk'
        ? 'at_risk'
        : 'unknown';

const tone: Record<Band, string> = { healthy: css.good!, watch: css.watch!, at_risk: css.risk!, unknown: css.unknown! };
export const fill: Record<Band, string> = {
  healthy: 'var(--v-good-fill)',
  watch: 'var(--v-watch-fill)',
  at_risk: 'var(--v-risk-fill)',
  unknown: 'var(--v-unknown-fill)',
};

export function Glyph({ band, size = 9 }: { band: Band; size?: number }) {
  const shape = {
    healthy: <circle cx="5" cy="5" r="4" fill="currentColor" />,
    watch: <path d="M5 1 9.4 9H.6Z" fill="currentColor" />,
    at_risk: <path d="M5 0 10 5 5 10 0 5Z" fill="currentColor" />,
    unknown: <circle cx="5" cy="5" r="3.8" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2 1.4" />,
  }[band];
  return (
    <svg width={size} height={size} viewBox="0 0 10 10" aria-hidden="true" className={css.glyph}>
      {shape}
    </svg>
  );
}

/** `word={false}` only where the band's word stands elsewhere in the row. */
export function HealthPill({
  score,
  band,
  word = true,
  large = false,
}: {
  score: number | null;
  band: Band;
  word?: boolean;
  large?: boolean;
}) {
  const name = t(`band.${band}`);
  return (
    <span className={`${css.pill} ${tone[band]} ${large ? css.large : ''}`}>
      <Glyph band={band} size={large ? 11 : 9} />
      {score !== null && <span>{format.int(Math.round(score))}</span>}
      {word || score === null ? <span>{name}</span> : <span className="sr">{name}</span>}
    </span>
  );
}

/** A change: up or down with its number; steady where it is not beyond noise. `good` says which way is good. */
export function Trend({
  change,
  good = 'up',
  decimals = 0,
  period,
}: {
  change: number | null;
  good?: 'up' | 'down';
  decimals?: number;
  period?: string;
}) {
  if (change === null || Math.abs(change) < 0.5 * 10 ** -decimals)
    return (
      <span className={css.trend} title={t('steady')}>
        <span aria-hidden="true">–</span>
        <span className="sr">{t('steady')}</span>
      </span>
    );
  const up = change > 0;
  return (
    <span className={`${css.trend} ${up === (good === 'up') ? css.gain : css.loss}`}>
      <span aria-hidden="true">{up ? '↑' : '↓'}</span>
      <span className="sr">{t(up ? 'up' : 'down')}</span> {format.number(Math.abs(change), decimals)}
      {period && <span className={css.period}> {period}</span>}
    </span>
  );
}

/** Twelve weeks in a word's space: own scale with a least span of 36 points, gaps where unknown, newest at the reading end. */
export function Sparkline({
  values,
  band,
  width = 72,
  height = 22,
}: {
  values: (number | null)[];
  band: Band;
  width?: number;
  height?: number;
}) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return <span className="sr">{t('history_short')}</span>;
  const middle = (Math.max(...known) + Math.min(...known)) / 2;
  const span = Math.max(36, Math.max(...known) - Math.min(...known));
  const rtl = document.documentElement.dir === 'rtl';
  const x = (i: number) => {
    const at = 3 + (i / (values.length - 1)) * (width - 6);
    return rtl ? width - at : at;
  };
  const y = (value: number) => height / 2 - ((value - middle) / span) * (height - 6);
  let path = '';
  values.forEach((value, i) => {
    if (value !== null) path += `${i && values[i - 1] !== null ? 'L' : 'M'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
  });
  const last = values.findLastIndex((value) => value !== null);
  return (
    <svg
      width={width}
      height={height}
      className={css.spark}
      role="img"
      aria-label={t('spark', { from: format.int(Math.round(known[0]!)), to: format.int(Math.round(known.at(-1)!)) })}
    >
      <path d={path} fill="none" stroke="var(--v-control)" strokeWidth="1.3" strokeLinejoin="round" />
      <circle cx={x(last)} cy={y(values[last]!)} r="2.4" fill={fill[band]} />
    </svg>
  );
}

/** Revenue (or accounts) by band as one bar, the at-risk part hatched, each part with its words. */
export function HealthBar({
  parts,
  onOpen,
}: {
  parts: { band: Band; share: number; text: string; count?: number }[];
  onOpen?: (band: Band) => void;
}) {
  const { t } = useTranslation();
  return (
    <div>
      {parts.some(({ share }) => share > 0) && (
        <div className={css.bar} aria-hidden="true">
          {parts.map(
            ({ band, share }) =>
              share > 0 && (
                <span
                  key={band}
                  className={band === 'at_risk' || band === 'unknown' ? 'hatch' : ''}
                  style={{ flexGrow: share, backgroundColor: fill[band] }}
                />
              ),
          )}
        </div>
      )}
      <ul className={css.legend}>
        {parts.map(({ band, text, count }) => {
          const inside = (
            <>
              <span className={tone[band]} style={{ background: 'none' }}>
                <Glyph band={band} /> <b>{t(`band.${band}`)}</b>
              </span>{' '}
              {text}
              {count !== undefined && <span className="dim"> ({format.int(count)})</span>}
            </>
          );
          return (
            <li key={band}>
              {onOpen ? (
                <button type="button" className={css.door} onClick={() => onOpen(band)}>
                  {inside}
                </button>
              ) : (
                inside
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
