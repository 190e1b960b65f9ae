/** Shares that fall with age: one line a group with its margin, as steps (what was watched) or straight (a model), named at its end. */
import { inDirection, isRtl, useWidth } from '@/components/Columns';
import { format } from '@/lib/format';

export interface Line {
  key: string;
  label: string;
  colour: string;
  points: { at: number; share: number; low?: number | null; high?: number | null }[];
  steps?: boolean;
  dashed?: boolean;
  dots?: boolean;
}
export const lineColours = [
  'var(--v-data)',
  'var(--v-data2)',
  'var(--v-good-fill)',
  'var(--v-watch-fill)',
  'var(--v-risk-fill)',
  'var(--v-ink3)',
];

export function Curves({
  label,
  lines,
  axisLabel,
  end,
  height = 280,
}: {
  label: string;
  lines: Line[];
  axisLabel: string;
  end: number;
  height?: number;
}) {
  const [box, width] = useWidth();
  const rtl = isRtl();
  const axis = 48;
  const top = 14;
  const floor = height - 42;
  const inner = Math.max(1, width - axis - 24);
  const x = (at: number) => {
    const along = (Math.min(at, end) / Math.max(1, end)) * inner;
    return rtl ? inner - along + 22 : axis + along;
  };
  const y = (share: number) => floor - share * (floor - top);
  const path = (line: Line, value: (point: Line['points'][number]) => number) => {
    let text = `M${x(0)} ${y(1)}`;
    let last = 1;
    for (const point of line.points.filter((one) => one.at <= end)) {
      if (line.steps) text += `L${x(point.at)} ${y(last)}`;
      last = value(point);
      text += `L${x(point.at)} ${y(last)}`;
    }
    return line.steps ? `${text}L${x(Math.min(end, line.points.at(-1)?.at ?? 0))} ${y(last)}` : text;
  };
  const backwards = (d: string) => d.slice(1).split('L').reverse().join('L');
  const step = [1, 2, 3, 6, 12, 24].find((one) => end / one <= 12) ?? 36;
  const font = { fontFamily: 'var(--v-font)', fontSize: 11 };
  return (
    <div ref={box} dir="ltr" style={{ width: '100%' }}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          {[0, 0.25, 0.5, 0.75, 1].map((share) => (
            <g key={share}>
              <line x1={x(0)} x2={x(end)} y1={y(share)} y2={y(share)} stroke={share ? 'var(--v-line)' : 'var(--v-control)'} />
              <text x={rtl ? width - 2 : axis - 8} y={y(share) + 4} textAnchor="end" fill="var(--v-ink3)" style={font}>
                {inDirection(format.percent(share))}
              </text>
            </g>
          ))}
          {Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step).map((at) => (
            <text key={at} x={x(at)} y={floor + 17} textAnchor="middle" fill="var(--v-ink3)" style={font}>
              {format.int(at)}
            </text>
          ))}
          <text x={x(end / 2)} y={floor + 35} textAnchor="middle" fill="var(--v-ink3)" style={font}>
            {inDirection(axisLabel)}
          </text>
          {lines.map((line) => (
            <g key={line.key}>
              {!line.dots && line.points.some((one) => one.low != null && one.high != null) && (
                <path
                  d={`${path(line, (one) => one.high ?? one.share)}L${backwards(path(line, (one) => one.low ?? one.share))}Z`}
                  fill={line.colour}
                  opacity={0.1}
                />
              )}
              {line.dots ? (
                line.points.map((one) => (
                  <circle key={one.at} cx={x(one.at)} cy={y(one.share)} r={3.4} fill={line.colour}>
                    <title>{format.percent(one.share, 1)}</title>
                  </circle>
                ))
              ) : (
                <path
                  d={path(line, (one) => one.share)}
                  stroke={line.colour}
                  strokeWidth={1.8}
                  strokeDasharray={line.dashed ? '4 4' : undefined}
                  fill="none"
                />
              )}
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
