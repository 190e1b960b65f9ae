/** Beside the card, always in view: what the draft would have told about the past, against the live version. */
import { IconArrowRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { fill, Glyph, HealthPill } from '@/components/Health';
import { ErrorNote, Skeleton } from '@/components/Page';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import type { Card } from './card';
import css from './Editor.module.css';
import { stateOf } from './names';
import type { TestResult, WhatIf } from './types';
import type { Answer } from './useWhatIf';

/** A value that fades over to the next one in its place. */
const Value = ({ children, tone }: { children: string; tone?: string }) => (
  <span key={children} className={`${css.value} ${tone ?? ''}`}>
    {children}
  </span>
);

export function TestPanel({
  card,
  answer,
  version,
  weights,
}: {
  card: Card;
  answer: Answer;
  version: number;
  weights: ReactNode;
}) {
  const { t } = useTranslation('health');
  const { data, error, pending, seconds } = answer;
  return (
    <aside className={css.panel} aria-labelledby="what-if">
      <div className={css.busy} data-on={pending || undefined} />
      <h2 id="what-if">{t('test.title')}</h2>
      {data && (
        <p className="label">
          {data.draft
            ? t('test.basis', { n: format.int(data.draft.accounts), snapshots: format.int(data.labelled_snapshots) })
            : t('test.basis_short', { snapshots: format.int(data.labelled_snapshots) })}
          {seconds !== undefined && <> {t('test.seconds', { s: format.number(Math.max(0.1, seconds), 1) })}</>}
        </p>
      )}
      {error ? (
        <ErrorNote error={error} />
      ) : !data ? (
        <Skeleton rows={9} />
      ) : (
        <>
          {data.refused ? (
            <p className={css.refused}>{data.refused}</p>
          ) : (
            data.current &&
            data.draft && <Figures data={data} live={data.current} draft={data.draft} version={version} card={card} />
          )}
          <Moves data={data} card={card} />
          {weights}
          <Resting data={data} pending={pending} />
        </>
      )}
    </aside>
  );
}

function Figures({
  data,
  live,
  draft,
  version,
  card,
}: {
  data: WhatIf;
  live: TestResult;
  draft: TestResult;
  version: number;
  card: Card;
}) {
  const { t } = useTranslation('health');
  const all = data.distribution.reduce((sum, band) => sum + band.before, 0);
  const allAfter = data.distribution.reduce((sum, band) => sum + band.after, 0);
  const unknown = data.distribution.find((band) => band.band === 'unknown');
  const percent = (value: number | null | undefined) =>
    value === null || value === undefined ? t('test.none') : format.percent(value);
  const half = (low: number | null, high: number | null) => (low === null || high === null ? null : (high - low) / 2);
  const auc = half(draft.auc_low, draft.auc_high);
  const tenth = draft.calibration[0];
  const lift = tenth && draft.rate ? half(tenth.low, tenth.high) : null;
  const green = half(draft.green_loss_low, draft.green_loss_high);
  /** Better or worse only where the interval of the difference does not hold 0. */
  const beyond = data.difference && (data.difference.auc_low > 0 ? 'good' : data.difference.auc_high < 0 ? 'risk' : '');
  const times = (value: number | null) => (value === null ? t('test.none') : `${format.number(value, 1)}×`);
  const rows = [
    {
      name: t('test.auc'),
      note: auc === null ? t('test.auc_name') : t('test.auc_margin', { by: format.number(auc, 2) }),
      live: live.auc === null ? t('test.none') : format.number(live.auc, 2),
      draft: draft.auc === null ? t('test.none') : format.number(draft.auc, 2),
      tone: beyond || undefined,
    },
    {
      name: t('test.lift'),
      note:
        lift === null || !draft.rate ? t('test.lift_name') : t('test.lift_margin', { by: format.number(lift / draft.rate, 1) }),
      live: times(live.lift),
      draft: times(draft.lift),
    },
    {
      name: t('test.green'),
      note:
        green === null
          ? t('test.green_name', { n: format.int(draft.losses) })
          : t('test.green_margin', { n: format.int(draft.losses), by: format.number(100 * green) }),
      live: percent(live.green_loss_share),
      draft: percent(draft.green_loss_share),
    },
    {
      name: t('test.unknown'),
      note: t('test.unknown_name'),
      live: percent((unknown?.before ?? 0) / (all || 1)),
      draft: percent((unknown?.after ?? 0) / (allAfter || 1)),
    },
  ];
  return (
    <>
      <table className={css.figures}>
        <caption className="sr">{t('test.title')}</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">{t('test.live', { n: format.int(version) })}</th>
            <th scope="col">{t('test.draft')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">
                {row.name}
                <small>{row.note}</small>
              </th>
              <td className="num">{row.live}</td>
              <td className={`num ${css.strong}`}>
                <Value tone={row.tone}>{row.draft}</Value>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {data.difference && !beyond && live.auc !== draft.auc && <p className="label">{t('test.within_noise')}</p>}
      <Rates live={live} draft={draft} card={card} data={data} />
    </>
  );
}

function Rates({ live, draft, card, data }: { live: TestResult; draft: TestResult; card: Card; data: WhatIf }) {
  const { t } = useTranslation('health');
  const shown = draft.bands.filter((band) => band.band !== 'unknown' || band.cases > 0);
  const before = (key: string) => live.bands.find((band) => band.band === key)?.rate ?? null;
  const most = Math.max(0.1, ...shown.flatMap((band) => [band.high ?? 0, before(band.band) ?? 0]));
  const end = Math.ceil(most * 10) / 10;
  const at = (rate: number) => `${Math.min(100, (100 * rate) / end)}%`;
  return (
    <div className={css.rates}>
      <h3>{t(`test.rates_${data.outcome}`, { days: format.days(data.days) })}</h3>
      <p className="label">{t('test.rates_key')}</p>
      {shown.map((band) => {
        const state = stateOf(card, band.band);
        const old = before(band.band);
        const words =
          band.rate === null
            ? t('test.few', { n: format.int(band.cases) })
            : t('test.rate', {
                rate: format.percent(band.rate),
                low: format.percent(band.low!),
                high: format.percent(band.high!),
              });
        return (
          <div key={band.band} className={css.rate}>
            <span className={css[state]}>
              <Glyph band={state} /> <bdi>{band.band_title}</bdi>
            </span>
            {band.rate === null ? (
              <span className="label">{words}</span>
            ) : (
              <span
                className={css.rail}
                role="img"
                aria-label={`${words}${old === null ? '' : ` ${t('test.was', { rate: format.percent(old) })}`}`}
                title={words}
              >
                <i
                  className={`${css.bar} ${state === 'at_risk' ? 'hatch' : ''}`}
                  style={{ width: at(band.rate), backgroundColor: fill[state] }}
                />
                <i
                  className={css.whisker}
                  style={{ insetInlineStart: at(band.low!), width: `calc(${at(band.high!)} - ${at(band.low!)})` }}
                />
                {old !== null && <i className={css.was} style={{ insetInlineStart: at(old) }} />}
              </span>
            )}
          </div>
        );
      })}
      <div className={css.rateAxis} aria-hidden="true">
        <span>{format.percent(0)}</span>
        <span>{format.percent(end / 2)}</span>
        <span>{format.percent(end)}</span>
      </div>
    </div>
  );
}

function Moves({ data, card }: { data: WhatIf; card: Card }) {
  const { t } = useTranslation('health');
  const [all, setAll] = useState(false);
  const money = (arr: number) => format.amount(arr, data.currency);
  return (
    <div className={css.moves}>
      <div className={css.movesHead}>
        <h3>{t('test.moved', { count: data.moved, n: format.int(data.moved) })}</h3>
        {data.moves.length > 5 && (
          <button type="button" className={css.word} onClick={() => setAll(!all)} aria-expanded={all}>
            {t(all ? 'test.fewer' : 'test.see_all')}
          </button>
        )}
      </div>
      {data.moved > 0 && (
        <p className="label">
          {t('test.moved_how', {
            worse: format.int(data.moved_down),
            worse_arr: money(data.moved_down_arr),
            better: format.int(data.moved_up),
            better_arr: money(data.moved_up_arr),
          })}
        </p>
      )}
      <ul>
        {data.moves.slice(0, all ? undefined : 5).map((move) => (
          <li key={move.account}>
            <Link to={`/accounts/${encodeURIComponent(move.account)}` as string} className="clip">
              <bdi>{move.name}</bdi>
              {move.arr !== null && <small>{money(move.arr)}</small>}
            </Link>
            <HealthPill score={move.score_before} band={stateOf(card, move.from)} word={false} />
            <IconArrowRight size={13} className={css.arrow} aria-label={t('test.becomes')} />
            <HealthPill score={move.score_after} band={stateOf(card, move.to)} word={false} />
          </li>
        ))}
      </ul>
      {all && data.moved > data.moves.length && <p className="label">{t('test.first', { n: format.int(data.moves.length) })}</p>}
    </div>
  );
}

/** Said once when the figures rest, not at every step of a drag. */
function Resting({ data, pending }: { data: WhatIf; pending: boolean }) {
  const { t } = useTranslation('health');
  const [text, setText] = useState('');
  useEffect(() => {
    if (pending) return;
    const rest = setTimeout(
      () =>
        setText(
          data.refused ??
            t('test.said', {
              draft: format.number(data.draft?.auc ?? 0, 2),
              live: format.number(data.current?.auc ?? 0, 2),
              n: format.int(data.moved),
            }),
        ),
      900,
    );
    return () => clearTimeout(rest);
  }, [data, pending, t]);
  return (
    <p className="sr" aria-live="polite">
      {text}
    </p>
  );
}
