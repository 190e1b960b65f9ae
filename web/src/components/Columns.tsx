/**
 * Columns or points side by side, drawn as SVG: every one is a door that keys reach too. Order and value axis run in reading direction;
 * margins are whiskers, a target is a band, and who has too few cases is said in words instead of drawn.
 */
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import css from './Columns.module.css';

export interface ColumnPart {
  value: number;
  colour: string;
}
export interface Column {
  key: string;
  /** Below the axis. */
  label: string;
  /** Stacked: upwards what is positive, downwards what is negative. Of a point only the first counts. */
  parts: ColumnPart[];
  interval?: [number, number];
  /** Above the mark. */
  text?: string;
  /** Said to screen readers and shown on hover. */
  title: string;
  /** In place of a mark. */
  few?: string;
}

/** The width that the parent gives; 0 before it is known. */
export function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const host = box.current;
    if (!host) return;
    const measure = () => setWidth(host.clientWidth);
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(host);
    return () => watch.disconnect();
  }, []);
  return [box, width] as const;
}
export const isRtl = () => document.documentElement.dir === 'rtl';
/** Text of a drawing, which itself runs from left to right, in the direction of the language. */
export const inDirection = (text: string) => (isRtl() ? `\u2067${text}\u2069` : text);

const nice = (span: number) => {
  const raw = span / 4;
  const unit = 10 ** Math.floor(Math.log10(raw || 1));
  return [1, 2, 2.5, 5, 10].map((n) => n * unit).find((step) => step >= raw) ?? raw;
};

const whisker = (one: Column, points: boolean) => ({ colour: points ? one.parts[0]?.colour : 'var(--v-ink)', wide: 1.4 });

export function Columns({
  label,
  columns,
  points = false,
  band,
  scale,
  show,
  onOpen,
  height = 220,
  legend,
}: {
  label: string;
  columns: Column[];
  points?: boolean;
  band?: { low: number; high: number; label: string };
  /** The least and the largest of the axis; from the data unless given. */
  scale?: [number, number];
  show: (value: number) => string;
  onOpen?: (index: number) => void;
  height?: number;
  legend?: { colour: string; label: ReactNode }[];
}) {
  const [box, width] = useWidth();
  const rtl = isRtl();
  const values = columns.flatMap((one) =>
    one.few
      ? []
      : points
        ? [...one.parts.slice(0, 1).map((part) => part.value), ...(one.interval ?? [])]
        : [
            one.parts.reduce((sum, part) => sum + Math.max(0, part.value), 0),
            one.parts.reduce((sum, part) => sum + Math.min(0, part.value), 0),
            ...(one.interval ?? []),
          ],
  );
  if (band) values.push(band.low, band.high);
  let [low, high] = scale ?? [Math.min(points ? Number.POSITIVE_INFINITY : 0, ...values), Math.max(0, ...values)];
  if (!Number.isFinite(low)) low = 0;
  if (high <= low) high = low + 1;
  const step = nice(high - low);
  if (!scale) {
    // A little below the line does not earn a whole step of room.
    low = low < 0 && -low < step / 2 ? low * 1.4 : Math.floor(low / step) * step;
    high = Math.ceil(high / step) * step;
  }
  const axis = 48;
  const top = 18;
  const foot = 24;
  const inner = Math.max(0, width - axis - 4);
  const slot = inner / Math.max(1, columns.length);
  const mark = Math.min(46, slot * 0.62);
  const y = (value: number) => top + ((high - value) / (high - low)) * (height - top - foot);
  const x = (i: number) => (rtl ? inner - (i + 0.5) * slot + 2 : axis + (i + 0.5) * slot);
  const every = Math.max(1, Math.ceil(62 / Math.max(1, slot)));
  const ticks: number[] = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1000; at += step) ticks.push(at);
  const font = { fontFamily: 'var(--v-font)', fontSize: 11 };
  return (
    <div ref={box} className={css.box} dir="ltr">
      {width > 0 && (
        <svg width={width} height={height} role="group" aria-label={label}>
          {band && (
            <g>
              <rect
                x={rtl ? 0 : axis}
                y={y(band.high)}
                width={inner}
                height={Math.max(0, y(band.low) - y(band.high))}
                fill="var(--v-data-soft)"
              />
              <text
                x={rtl ? 4 : axis + inner - 4}
                y={y(band.high) + 13}
                textAnchor={rtl ? 'start' : 'end'}
                fill="var(--v-ink3)"
                style={font}
              >
                {inDirection(band.label)}
              </text>
            </g>
          )}
          {ticks.map((at) => (
            <g key={at}>
              <line
                x1={rtl ? 0 : axis}
                x2={rtl ? inner : axis + inner}
                y1={y(at)}
                y2={y(at)}
                stroke={Math.abs(at) < step / 1000 ? 'var(--v-control)' : 'var(--v-line)'}
              />
              <text x={rtl ? width - 2 : axis - 8} y={y(at) + 4} textAnchor="end" fill="var(--v-ink3)" style={font}>
                {inDirection(show(at))}
              </text>
            </g>
          ))}
          {columns.map((one, i) => {
            let up = 0;
            let down = 0;
            const first = one.parts[0]?.value ?? 0;
            const peak = points
              ? Math.max(first, ...(one.interval ?? []))
              : Math.max(
                  one.parts.reduce((sum, part) => sum + Math.max(0, part.value), 0),
                  ...(one.interval ?? []),
                );
            return (
              <g key={one.key}>
                <g
                  className={`${css.mark} ${onOpen ? css.opens : ''}`}
                  aria-label={one.title}
                  {...(onOpen
                    ? {
                        role: 'button',
                        tabIndex: 0,
                        onClick: () => onOpen(i),
                        onKeyDown: (event: KeyboardEvent) => {
                          if (event.key !== 'Enter' && event.key !== ' ') return;
                          event.preventDefault();
                          onOpen(i);
                        },
                      }
                    : { role: 'img' })}
                >
                  <title>{one.title}</title>
                  <rect
                    className={css.hit}
                    x={x(i) - slot / 2 + 1}
                    y={1}
                    width={Math.max(0, slot - 2)}
                    height={height - 2}
                    rx={5}
                    fill="transparent"
                  />
                  {one.few ? null : points ? (
                    <circle cx={x(i)} cy={y(first)} r={4.5} fill={one.parts[0]?.colour} />
                  ) : (
                    one.parts.map((part, p) => {
                      const from = part.value >= 0 ? up : down;
                      if (part.value >= 0) up += part.value;
                      else down += part.value;
                      const to = from + part.value;
                      return (
                        <rect
                          key={p}
                          x={x(i) - mark / 2}
                          y={y(Math.max(from, to))}
                          width={mark}
                          height={Math.max(0, Math.abs(y(from) - y(to)) - (p ? 1 : 0))}
                          fill={part.colour}
                        />
                      );
                    })
                  )}
                  {!one.few &&
                    one.interval &&
                    /* On a column the whisker stands in a gap of the page's ground: no fill is its colour. */
                    [...(points ? [] : [{ colour: 'var(--v-surface)', wide: 4.5 }]), whisker(one, points)].map(
                      ({ colour, wide }) => (
                        <path
                          key={wide}
                          d={`M${x(i)} ${y(one.interval![0])}V${y(one.interval![1])}M${x(i) - 4} ${y(one.interval![0])}h8M${x(i) - 4} ${y(one.interval![1])}h8`}
                          stroke={colour}
                          strokeWidth={wide}
                          strokeLinecap={points ? 'butt' : 'square'}
                          fill="none"
                        />
                      ),
                    )}
                </g>
                {one.few && (
                  <text
                    x={x(i)}
                    y={(top + height - foot) / 2}
                    textAnchor="middle"
                    fill="var(--v-ink3)"
                    style={font}
                    aria-hidden="true"
                    pointerEvents="none"
                  >
                    {inDirection(one.few)}
                  </text>
                )}
                {!one.few && one.text && (
                  <text
                    x={points ? x(i) + (rtl ? -9 : 9) : x(i)}
                    y={points ? y(first) + 4 : y(peak) - 5}
                    textAnchor={points ? (rtl ? 'end' : 'start') : 'middle'}
                    fill="var(--v-ink)"
                    style={{ ...font, fontWeight: 600 }}
                    aria-hidden="true"
                    pointerEvents="none"
                  >
                    {inDirection(one.text)}
                  </text>
                )}
                {i % every === 0 && (
                  <text x={x(i)} y={height - 7} textAnchor="middle" fill="var(--v-ink3)" style={font} aria-hidden="true">
                    {inDirection(one.label)}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      )}
      {legend && (
        <ul className={css.legend} dir={rtl ? 'rtl' : 'ltr'}>
          {legend.map((one, i) => (
            <li key={i}>
              <i style={{ background: one.colour }} aria-hidden="true" />
              {one.label}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
