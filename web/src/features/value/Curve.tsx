/** The share that has got there, day by day, by Kaplan–Meier: steps with their margin; a tick is somebody who was last seen without it. */
import { inDirection, isRtl, useWidth } from '@/components/Columns';
import { format } from '@/lib/format';
import type { Censored, CurveStep } from './api';

export function Curve({
  label,
  steps,
  censored,
  daysLabel,
  marks,
  height = 280,
}: {
  label: string;
  steps: CurveStep[];
  censored: Censored[];
  daysLabel: string;
  /** Quartiles: the day by which so large a share is there. */
  marks: { day: number; share: number; text: string }[];
  height?: number;
}) {
  const [box, width] = useWidth();
  const rtl = isRtl();
  const axis = 48;
  const top = 14;
  const floor = height - 42;
  const longest = Math.max(1, ...steps.map((one) => one.day), ...censored.map((one) => one.day));
  // A few who wait for very long would press the rest together: the axis ends where the curve is settled, and the words say so.
  const settled = steps.at(-1)?.day ?? longest;
  const end = Math.min(longest, Math.max(30, Math.ceil((settled * 1.35) / 30) * 30));
  const inner = Math.max(1, width - axis - 20);
  const x = (day: number) => {
    const at = (Math.min(day, end) / end) * inner;
    return rtl ? inner - at + 18 : axis + at;
  };
  const y = (share: number) => floor - share * (floor - top);
  const path = (key: 'share' | 'low' | 'high') => {
    let text = `M${x(0)} ${y(0)}`;
    let last = 0;
    for (const step of steps) {
      text += `L${x(step.day)} ${y(last)}L${x(step.day)} ${y(step[key])}`;
      last = step[key];
    }
    return `${text}L${x(end)} ${y(last)}`;
  };
  const backwards = (d: string) => d.slice(1).split('L').reverse().join('L');
  const step = end <= 60 ? 10 : end <= 240 ? 30 : 90;
  const font = { fontFamily: 'var(--v-font)', fontSize: 11 };
  return (
    <div ref={box} dir="ltr" style={{ width: '100%' }}>
      {width > 0 && steps.length > 0 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          {[0, 0.25, 0.5, 0.75, 1].map((share) => (
            <g key={share}>
              <line x1={x(0)} x2={x(end)} y1={y(share)} y2={y(share)} stroke={share ? 'var(--v-line)' : 'var(--v-control)'} />
              <text x={rtl ? width - 2 : axis - 8} y={y(share) + 4} textAnchor="end" fill="var(--v-ink3)" style={font}>
                {inDirection(format.percent(share))}
              </text>
            </g>
          ))}
          {Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step).map((day) => (
            <text key={day} x={x(day)} y={floor + 17} textAnchor="middle" fill="var(--v-ink3)" style={font}>
              {format.int(day)}
            </text>
          ))}
          <text x={x(end / 2)} y={floor + 35} textAnchor="middle" fill="var(--v-ink3)" style={font}>
            {inDirection(daysLabel)}
          </text>
          <path d={`${path('high')}L${backwards(path('low'))}Z`} fill="var(--v-data-soft)" />
          <path d={path('share')} stroke="var(--v-data)" strokeWidth={1.8} fill="none" />
          {censored
            .filter((one) => one.day <= end)
            .map((one) => (
              <path key={one.day} d={`M${x(one.day)} ${y(one.share) - 5}v10`} stroke="var(--v-data)" strokeWidth={1.4} />
            ))}
          {marks.map((mark) => (
            <g key={mark.share}>
              <path d={`M${x(mark.day)} ${floor}V${y(mark.share)}`} stroke="var(--v-ink3)" strokeDasharray="2 3" />
              <circle cx={x(mark.day)} cy={y(mark.share)} r={3.4} fill="var(--v-data)" />
              <text
                x={x(mark.day) + (rtl ? -7 : 7)}
                y={y(mark.share) + 14}
                textAnchor={rtl ? 'end' : 'start'}
                fill="var(--v-ink)"
                style={{ ...font, fontWeight: 600 }}
              >
                {inDirection(mark.text)}
              </text>
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
