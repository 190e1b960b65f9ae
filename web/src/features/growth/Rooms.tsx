/** The columns that say what could be had: what, how many peers have it, its potential, and the chance that it is bought. */
import { Link } from '@tanstack/react-router';
import type { Column } from '@/components/Table';
import { format } from '@/lib/format';
import type { Product, Room } from './api';
import css from './Growth.module.css';

/** The interval is what came of past customers of the same tenth: a chance outside it would only confuse beside it. */
const inside = ({ chance, chance_low: low, chance_high: high }: Room) =>
  chance !== null && low !== null && high !== null && chance >= low && chance <= high;

const SHOWN_REASONS = 2;
type T = (key: string, values?: Record<string, unknown>) => string;
export const share = (value: number | null) => (value === null ? '–' : format.percent(value, value < 0.1 ? 1 : 0));
export const money = (amount: number | null, currency: string) =>
  amount === null ? '–' : format.amount(Math.round(amount), currency);

export function roomColumns<Row extends Room>(
  t: T,
  currency: string,
  products: Product[],
  onPeers: (row: Row) => void,
): Column<Row>[] {
  return [
    { key: 'kind', title: t('kind.title'), render: (row) => <span className="quiet">{t(`kind.${row.kind}`)}</span> },
    {
      key: 'what',
      title: t('what'),
      render: (row) =>
        row.kind === 'seats' ? (
          t('seats_of', { n: format.int((row.seats ?? 0) - (row.people ?? 0)), of: format.int(row.seats ?? 0) })
        ) : (
          <>
            <bdi className="name">{row.title}</bdi>
            {row.prediction?.reasons?.slice(0, SHOWN_REASONS).map((reason) => (
              <div key={reason.fact} className="label" title={reason.text}>
                <span className={reason.direction === 'raises' ? 'good' : 'risk'} role="img" aria-label={reason.text}>
                  {reason.direction === 'raises' ? '↑' : '↓'}
                </span>{' '}
                {reason.title}
              </div>
            ))}
            {row.kind === 'feature' && (
              <div className="label">
                {row.last_use_days === null ? t('never') : t('last_use', { days: format.days(row.last_use_days) })}
              </div>
            )}
          </>
        ),
    },
    {
      key: 'peers',
      title: t('peers.title'),
      render: (row) =>
        row.peers === 0 ? (
          <span className="dim">–</span>
        ) : (
          <>
            <button type="button" className={css.door} onClick={() => onPeers(row)} title={row.text}>
              {t('peers.of', { n: format.int(row.peers_have), of: format.int(row.peers), share: share(row.share) })}
            </button>
            <div className="label">
              {t('peers.between', { low: share(row.low), high: share(row.high) })} · {t(`circle.${row.circle}`)}
            </div>
          </>
        ),
    },
    {
      key: 'potential',
      title: t('potential'),
      numeric: true,
      render: (row) => (row.kind === 'product' ? money(row.potential, currency) : <span className="dim">–</span>),
    },
    {
      key: 'chance',
      title: t('chance.title'),
      numeric: true,
      render: (row) => {
        const model = products.find((one) => one.product === row.product);
        if (!model) return <span className="dim">–</span>;
        return row.chance === null ? (
          <Link
            to="/insight/models/$outcome"
            params={{ outcome: model.outcome }}
            className="label"
            title={model.live ? (row.prediction?.text ?? t('chance.not_said_text')) : model.text}
          >
            {t(model.live ? 'chance.not_said' : 'chance.no_model')}
          </Link>
        ) : (
          <>
            <Link to="/insight/models/$outcome" params={{ outcome: model.outcome }}>
              {share(row.chance)}
            </Link>
            {inside(row) && (
              <div className="label" title={t('chance.interval')}>
                {t('peers.between', { low: share(row.chance_low), high: share(row.chance_high) })}
              </div>
            )}
          </>
        );
      },
    },
  ];
}
