/**
 * What was said against what came: a point a group of the tested cases, with the interval of what came; on the diagonal both are equal. Both
 * axes are of the square root, since most chances are small.
 */
import { inDirection, isRtl, useWidth } from '@/components/Columns';
import { format } from '@/lib/format';
import type { Bin } from './api';

const marks = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1];

export function Calibration({
  label,
  bins,
  said,
  came,
  titleOf,
  height = 320,
}: {
  label: string;
  bins: Bin[];
  said: string;
  came: string;
  /** A point in words. */
  titleOf: (bin: Bin) => string;
  height?: number;
}) {
  const [box, width] = useWidth();
  const rtl = isRtl();
  const axis = 46;
  const top = 26;
  const floor = height - 42;
  const inner = Math.max(1, width - axis - 16);
  const end = marks.find((mark) => mark >= Math.max(0.05, ...bins.flatMap((bin) => [bin.mean, bin.high]))) ?? 1;
  const at = (share: number) => Math.sqrt(Math.max(0, share) / end);
  const x = (share: number) => (rtl ? 16 + inner - at(share) * inner : axis + at(share) * inner);
  const y = (share: number) => floor - at(share) * (floor - top);
  const shown = marks.filter((mark) => mark <= end && (mark === 0 || at(mark) > 0.09));
  const font = { fontFamily: 'var(--v-font)', fontSize: 11 };
  return (
    <div ref={box} dir="ltr" style={{ width: '100%' }}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          {shown.map((mark) => (
            <g key={mark}>
              <line x1={x(0)} x2={x(end)} y1={y(mark)} y2={y(mark)} stroke={mark ? 'var(--v-line)' : 'var(--v-control)'} />
              <text x={rtl ? width - 2 : axis - 8} y={y(mark) + 4} textAnchor="end" fill="var(--v-ink3)" style={font}>
                {inDirection(format.percent(mark))}
              </text>
              <text x={x(mark)} y={floor + 17} textAnchor="middle" fill="var(--v-ink3)" style={font}>
                {inDirection(format.percent(mark))}
              </text>
            </g>
          ))}
          <text x={(x(0) + x(end)) / 2} y={floor + 36} textAnchor="middle" fill="var(--v-ink3)" style={font}>
            {inDirection(said)}
          </text>
          <text x={rtl ? width - 2 : 2} y={12} textAnchor={rtl ? 'end' : 'start'} fill="var(--v-ink3)" style={font}>
            {inDirection(came)}
          </text>
          <path d={`M${x(0)} ${y(0)}L${x(end)} ${y(end)}`} stroke="var(--v-control)" strokeDasharray="4 4" fill="none" />
          {bins.map((bin) => (
            <g key={bin.from}>
              <title>{titleOf(bin)}</title>
              <path
                d={`M${x(bin.mean)} ${y(bin.low)}V${y(bin.high)}M${x(bin.mean) - 4} ${y(bin.low)}h8M${x(bin.mean) - 4} ${y(bin.high)}h8`}
                stroke="var(--v-data)"
                strokeWidth={1.3}
                fill="none"
              />
              <circle cx={x(bin.mean)} cy={y(bin.rate)} r={4.2} fill="var(--v-data)" />
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
