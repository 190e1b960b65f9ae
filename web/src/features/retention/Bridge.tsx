/**
 * The bridge: columns from the start to the end, in reading direction. Brackets below say what counts for what; whole columns carry a break
 * where the axis does not begin at zero. Drawn by hand as SVG, so that every column is a door for keys, too.
 */
import { inDirection, isRtl, useWidth } from '@/components/Columns';
import css from './Bridge.module.css';

export interface BridgeBar {
  key: string;
  label: string;
  /** A whole stands on the axis at its value; a change goes on from where the one before ended. */
  whole?: 'end' | 'middle';
  value: number;
  text: string;
  title: string;
}
export interface Bracket {
  first: number;
  last: number;
  label: string;
}

/** Where the axis begins: at zero, or where the changes can be seen; a round number then. */
export function axisStart(bars: BridgeBar[]): number {
  let at = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const bar of bars) {
    at = bar.whole ? bar.value : at + bar.value;
    least = Math.min(least, at);
    most = Math.max(most, at);
  }
  if (!(least > 0) || least < most * 0.35) return 0;
  const free = least - Math.max(most - least, most * 0.08) * 0.6;
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, most - least)));
  return Math.max(0, Math.floor(free / unit) * unit);
}

export function Bridge({
  label,
  bars,
  brackets,
  start,
  onOpen,
  height = 290,
}: {
  label: string;
  bars: BridgeBar[];
  brackets: Bracket[];
  start: number;
  onOpen: (key: string) => void;
  height?: number;
}) {
  const [box, room] = useWidth();
  const width = room && Math.max(room, bars.length * 68); // on a phone it is moved sideways
  const rtl = isRtl();
  const slot = width / bars.length;
  const mark = Math.min(76, slot * 0.6);
  const x = (i: number) => (rtl ? width - (i + 0.5) * slot : (i + 0.5) * slot);
  const top = 26;
  const floor = height - 58;
  let level = 0;
  const placed = bars.map((bar) => {
    const from = bar.whole ? start : level;
    level = bar.whole ? bar.value : level + bar.value;
    return { ...bar, from, to: level };
  });
  const most = Math.max(...placed.map((bar) => Math.max(bar.from, bar.to)), start + 1);
  const y = (value: number) => floor - ((value - start) / (most - start)) * (floor - top);
  const font = { fontFamily: 'var(--v-font)', fontSize: slot < 84 ? 11 : 12 };
  const tone = (bar: BridgeBar) =>
    bar.whole === 'end'
      ? 'var(--v-data-fill)'
      : bar.whole
        ? 'var(--v-data2)'
        : bar.value >= 0
          ? 'var(--v-good-fill)'
          : 'var(--v-risk-fill)';
  const zigzag = (left: number, at: number) =>
    Array.from({ length: 6 }, (_, i) => `${i ? 'L' : 'M'}${left + ((mark + 2) * i) / 5} ${at + (i % 2 ? -4 : 3)}`).join('');
  return (
    <div ref={box} style={{ width: '100%', overflowX: 'auto', overflowY: 'hidden' }}>
      {width > 0 && (
        <svg width={width} height={height} direction="ltr" role="group" aria-label={label} style={{ display: 'block' }}>
          {placed.slice(1).map((bar, i) => {
            const level = y(placed[i]!.to);
            return (
              <line
                key={bar.key}
                x1={x(i) + ((rtl ? -1 : 1) * mark) / 2}
                x2={x(i + 1) - ((rtl ? -1 : 1) * mark) / 2}
                y1={level}
                y2={level}
                stroke="var(--v-control)"
                strokeDasharray="2 3"
              />
            );
          })}
          <line x1={0} x2={width} y1={floor} y2={floor} stroke="var(--v-control)" />
          {placed.map((bar, i) => {
            const left = x(i) - mark / 2;
            const upper = y(Math.max(bar.from, bar.to));
            const lower = y(Math.min(bar.from, bar.to));
            return (
              <g key={bar.key}>
                <g
                  className={css.bar}
                  role="button"
                  tabIndex={0}
                  aria-label={bar.title}
                  onClick={() => onOpen(bar.key)}
                  onKeyDown={(event) => {
                    if (event.key !== 'Enter' && event.key !== ' ') return;
                    event.preventDefault();
                    onOpen(bar.key);
                  }}
                >
                  <title>{bar.title}</title>
                  <rect
                    className={css.hit}
                    x={x(i) - slot / 2 + 1}
                    y={2}
                    width={Math.max(0, slot - 2)}
                    height={floor + 22}
                    rx={6}
                    fill="transparent"
                  />
                  <rect
                    className={css.body}
                    x={left}
                    y={upper}
                    width={mark}
                    height={Math.max(bar.value === 0 ? 1 : 2, lower - upper)}
                    rx={2}
                    fill={tone(bar)}
                  />
                  {bar.whole && start > 0 && (
                    <path d={zigzag(left - 1, floor - 14)} stroke="var(--v-surface)" strokeWidth={4} fill="none" />
                  )}
                </g>
                <text
                  x={x(i)}
                  y={upper - 7}
                  aria-hidden="true"
                  pointerEvents="none"
                  textAnchor="middle"
                  fill={bar.whole || bar.value === 0 ? 'var(--v-ink)' : bar.value > 0 ? 'var(--v-good)' : 'var(--v-risk)'}
                  style={{ ...font, fontWeight: 650 }}
                >
                  {inDirection(bar.text)}
                </text>
                <text
                  x={x(i)}
                  y={floor + 17}
                  textAnchor="middle"
                  fill="var(--v-ink2)"
                  style={{ ...font, fontWeight: 500 }}
                  aria-hidden="true"
                  pointerEvents="none"
                >
                  {inDirection(bar.label)}
                </text>
              </g>
            );
          })}
          {brackets.map((one) => {
            const ends = [x(one.first) - slot * 0.42, x(one.last) + slot * 0.42];
            if (rtl) {
              ends[0] = x(one.last) - slot * 0.42;
              ends[1] = x(one.first) + slot * 0.42;
            }
            return (
              <g key={one.label}>
                <path d={`M${ends[0]} ${floor + 25}v6H${ends[1]}v-6`} stroke="var(--v-control)" fill="none" />
                <text
                  x={(ends[0]! + ends[1]!) / 2}
                  y={floor + 46}
                  textAnchor="middle"
                  fill="var(--v-ink3)"
                  style={{ ...font, fontSize: 11.5 }}
                >
                  {inDirection(one.label)}
                </text>
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}
