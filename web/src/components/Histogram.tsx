/**
 * How a number lies over the accounts of today, those that left hatched in front, with grounds behind (bands) and edges or points
 * that can be dragged, moved by the arrow keys (Shift: five steps) or typed elsewhere.
 */
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import css from './Histogram.module.css';

export interface HistogramBar {
  from: number;
  to: number;
  accounts: number;
  left: number | null;
}
export interface Ground {
  from: number;
  to: number;
  tone: 'good' | 'watch' | 'risk' | 'none';
  label: ReactNode;
}
export interface Handle {
  x: number;
  /** 0 to 100 for a point of a line; absent for an edge over the whole height. */
  y?: number;
  label: string;
  /** Where the live version has it, if elsewhere. */
  live?: number;
}

const nice = (span: number, about: number) => {
  const raw = span / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const times = raw / power;
  return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
};

export function Histogram({
  label,
  bars,
  words,
  grounds = [],
  handles = [],
  line,
  snap = 1,
  onMove,
  height = 186,
}: {
  label: string;
  bars: HistogramBar[];
  /** A value in the unit of what is drawn. */
  words: (value: number) => string;
  grounds?: Ground[];
  handles?: Handle[];
  /** Points of a line, 0 to 100 high. */
  line?: [number, number][];
  snap?: number;
  onMove?: (handle: number, x: number, y?: number) => void;
  height?: number;
}) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState<[number, number] | null>(null);
  const [dragging, setDragging] = useState<number | null>(null);
  const xs = handles.flatMap((handle) => (handle.live === undefined ? [handle.x] : [handle.x, handle.live]));
  const first = bars[0]?.from ?? Math.min(0, ...xs);
  const last = bars.at(-1)?.to ?? Math.max(1, ...xs);
  const reach = (last - first) * 0.04;
  const natural: [number, number] = [
    Math.min(first, ...xs.map((x) => (x < first ? x - reach : first))),
    Math.max(last, ...xs.map((x) => (x > last ? x + reach : last))),
  ];
  const [low, high] = held ?? natural;
  const span = high - low || 1;
  const at = (x: number) => Math.min(100, Math.max(0, (100 * (x - low)) / span));
  const most = Math.max(1, ...bars.map((bar) => Math.max(bar.accounts, bar.left ?? 0)));
  const place = (event: PointerEvent) => {
    const area = box.current!.getBoundingClientRect();
    const share = (event.clientX - area.left) / area.width;
    const x = low + (document.documentElement.dir === 'rtl' ? 1 - share : share) * span;
    return {
      x: Math.round(x / snap) * snap,
      y: Math.round(100 * Math.min(1, Math.max(0, 1 - (event.clientY - area.top) / area.height))),
    };
  };
  const press = (i: number, event: KeyboardEvent) => {
    const handle = handles[i]!;
    const rtl = document.documentElement.dir === 'rtl';
    const far = event.shiftKey ? 5 : 1;
    const side = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 }[event.key];
    const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (side === undefined && up === undefined) return;
    event.preventDefault();
    if (side !== undefined) onMove?.(i, handle.x + side * far * snap, handle.y);
    else if (handle.y === undefined) onMove?.(i, handle.x + up! * far * snap);
    else onMove?.(i, handle.x, Math.min(100, Math.max(0, handle.y + up! * far)));
  };
  const step = nice(span, 6);
  const ticks: number[] = [];
  for (let x = Math.ceil(low / step - 1e-9) * step; x <= high + step * 1e-6; x += step) ticks.push(Number(x.toPrecision(12)));
  return (
    <div className={css.frame} role="group" aria-label={label}>
      <div className={css.plot} ref={box} style={{ height }}>
        {grounds.map((ground) => (
          <div
            key={ground.from}
            className={`${css.ground} ${css[ground.tone]}`}
            style={{ insetInlineStart: `${at(ground.from)}%`, width: `${at(ground.to) - at(ground.from)}%` }}
          >
            <span>{ground.label}</span>
          </div>
        ))}
        {bars.map((bar) => (
          <div
            key={bar.from}
            className={css.slot}
            style={{ insetInlineStart: `${at(bar.from)}%`, width: `${at(bar.to) - at(bar.from)}%` }}
            title={
              bar.left === null
                ? t('histogram.bar', { from: words(bar.from), to: words(bar.to), n: format.int(bar.accounts) })
                : t('histogram.bar_left', {
                    from: words(bar.from),
                    to: words(bar.to),
                    n: format.int(bar.accounts),
                    left: format.int(bar.left),
                  })
            }
          >
            <i className={css.all} style={{ height: `${(100 * bar.accounts) / most}%` }} />
            {bar.left ? <i className={`${css.left} hatch`} style={{ height: `${(100 * bar.left) / most}%` }} /> : null}
          </div>
        ))}
        {line && (
          <svg className={css.line} viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            <polyline
              points={[[low, line[0]?.[1] ?? 0], ...line, [high, line.at(-1)?.[1] ?? 0]]
                .map(([x, y]) => `${at(x!)},${100 - y!}`)
                .join(' ')}
              vectorEffect="non-scaling-stroke"
            />
          </svg>
        )}
        {handles.map((handle, i) => (
          <div key={i}>
            {handle.live !== undefined && handle.live !== handle.x && (
              <div className={css.live} style={{ insetInlineStart: `${at(handle.live)}%` }}>
                <span>{t('histogram.live', { value: words(handle.live) })}</span>
              </div>
            )}
            <div
              role="slider"
              tabIndex={onMove ? 0 : undefined}
              className={handle.y === undefined ? css.edge : css.point}
              style={{ insetInlineStart: `${at(handle.x)}%`, top: handle.y === undefined ? 0 : `${100 - handle.y}%` }}
              aria-label={handle.label}
              aria-valuenow={handle.x}
              aria-valuemin={low}
              aria-valuemax={high}
              aria-valuetext={
                handle.y === undefined
                  ? words(handle.x)
                  : t('histogram.point', { value: words(handle.x), points: format.int(handle.y) })
              }
              aria-disabled={!onMove || undefined}
              data-held={dragging === i || undefined}
              onKeyDown={(event) => onMove && press(i, event)}
              onPointerDown={(event) => {
                if (!onMove) return;
                event.currentTarget.setPointerCapture(event.pointerId);
                setHeld(natural);
                setDragging(i);
              }}
              onPointerMove={(event) => {
                if (dragging !== i || !onMove) return;
                const { x, y } = place(event);
                onMove(i, x, handle.y === undefined ? undefined : y);
              }}
              onPointerUp={() => {
                setHeld(null);
                setDragging(null);
              }}
            >
              <span className={css.flag}>{words(handle.x)}</span>
            </div>
          </div>
        ))}
      </div>
      <div className={css.ticks} aria-hidden="true">
        {ticks.map((x) => (
          <span key={x} style={{ insetInlineStart: `${at(x)}%` }}>
            {words(x)}
          </span>
        ))}
      </div>
    </div>
  );
}
