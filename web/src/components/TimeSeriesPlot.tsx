import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { addDays, type Day, dateParts, dayOf, daysBetween, format } from '@/lib/format';

export interface Series {
  label: string;
  values: (number | null)[];
  /** The second of two lines is dashed and quieter. */
  second?: boolean;
}
export interface TimeSeriesProps {
  days: Day[];
  series: Series[];
  /** The usual range, per day. */
  range?: { low: (number | null)[]; high: (number | null)[]; label: string };
  events?: { day: Day; label: string }[];
  height?: number;
  show?: (value: number) => string;
  /** The least and the largest of the value axis; from the data unless given. */
  scale?: [number, number];
  /** The day on the axis in words. */
  showDay?: (day: Day) => string;
  /** Also writes each line's name at its end. */
  named?: boolean;
  /** A value to compare with, as a level line. */
  level?: number;
  onOpen?: (day: Day) => void;
}

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const seconds = (day: Day) => Date.parse(`${day}T00:00:00Z`) / 1000;

const none: NonNullable<TimeSeriesProps['events']> = [];
const short = (value: number) => format.compact(value);
const brief = (day: Day) => format.day(day, 'brief');

/** Days to mark, `step` days apart: the first of a month of the reader's calendar where it is a month or more. Days are the wire's, of no zone. */
function marks(from: Day, to: Day, step: number): Day[] {
  const days = Array.from({ length: daysBetween(from, to) + 1 }, (_, i) => addDays(from, i));
  if (step < 28) return days.filter((_, i) => i % step === 0);
  const months = Math.round(step / 30);
  return days.filter((one) => {
    const { month, day } = dateParts(one, format.options.calendar);
    return day === 1 && (month - 1) % months === 0;
  });
}

export default function TimeSeriesPlot({
  days,
  series,
  range,
  events = none,
  height = 200,
  show = short,
  scale,
  showDay = brief,
  named = false,
  level,
  onOpen,
}: TimeSeriesProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const host = box.current;
    if (!host || !days.length) return;
    const rtl = document.documentElement.dir === 'rtl';
    const colours = {
      line: token('--v-data'),
      second: token('--v-data2'),
      band: token('--v-data-soft'),
      axis: token('--v-ink3'),
      grid: token('--v-line'),
      ink: token('--v-ink'),
    };
    const font = `11px ${token('--v-font')}`;
    const label = (u: uPlot) => {
      const pen = u.ctx;
      pen.save();
      pen.font = `600 ${11 * devicePixelRatio}px ${token('--v-font')}`;
      pen.textAlign = rtl ? 'right' : 'left';
      pen.textBaseline = 'middle';
      pen.direction = rtl ? 'rtl' : 'ltr';
      series.forEach((one, i) => {
        const last = one.values.findLastIndex((value) => value !== null);
        if (last < 0) return;
        const x = u.valToPos(seconds(days[last]!), 'x', true);
        const y = u.valToPos(one.values[last]!, 'y', true);
        pen.fillStyle = one.second ? colours.second : colours.line;
        pen.beginPath();
        pen.arc(x, y, 3 * devicePixelRatio, 0, 2 * Math.PI);
        pen.fill();
        pen.fillStyle = colours.ink;
        pen.fillText(show(one.values[last]!), x + (rtl ? -7 : 7) * devicePixelRatio, y + i);
        if (!named) return;
        pen.save();
        pen.font = `${11 * devicePixelRatio}px ${token('--v-font')}`;
        pen.fillStyle = colours.axis;
        pen.fillText(one.label, x + (rtl ? -7 : 7) * devicePixelRatio, y + i + 14 * devicePixelRatio);
        pen.restore();
      });
      pen.font = `${11 * devicePixelRatio}px ${token('--v-font')}`;
      pen.fillStyle = colours.axis;
      if (level !== undefined) {
        pen.strokeStyle = token('--v-control');
        pen.setLineDash([]);
        pen.lineWidth = devicePixelRatio;
        const y = u.valToPos(level, 'y', true);
        pen.beginPath();
        pen.moveTo(u.bbox.left, y);
        pen.lineTo(u.bbox.left + u.bbox.width, y);
        pen.stroke();
      }
      pen.strokeStyle = colours.axis;
      pen.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
      for (const event of events) {
        const x = u.valToPos(seconds(event.day), 'x', true);
        pen.beginPath();
        pen.moveTo(x, u.bbox.top);
        pen.lineTo(x, u.bbox.top + u.bbox.height);
        pen.stroke();
        pen.fillText(event.label, x + (rtl ? -4 : 4) * devicePixelRatio, u.bbox.top + 6 * devicePixelRatio);
      }
      pen.restore();
    };
    const data: uPlot.AlignedData = [
      days.map(seconds),
      ...(range ? [range.low, range.high] : []),
      ...series.map((one) => one.values),
    ] as uPlot.AlignedData;
    const axis = { stroke: colours.axis, font, ticks: { show: false } };
    const plot = new uPlot(
      {
        width: host.clientWidth || 400,
        height,
        legend: { show: false },
        padding: [12, rtl ? 0 : named ? 62 : 44, 0, rtl ? (named ? 62 : 44) : 0],
        cursor: { y: false, drag: { x: false, y: false } },
        scales: {
          x: { time: true, dir: rtl ? -1 : 1 },
          y: scale ? { range: scale } : { range: (_, low, high) => [Math.min(0, low), high * 1.08 || 1] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            splits: (_, _axis, from, to, incr) =>
              marks(dayOf(new Date(from * 1000)), dayOf(new Date(to * 1000)), Math.max(1, Math.round(incr / 86_400))).map(
                seconds,
              ),
            values: (_, splits) => splits.map((at) => showDay(dayOf(new Date(at * 1000)))),
            space: 90,
          },
          {
            ...axis,
            side: rtl ? 1 : 3,
            size: 52,
            grid: { stroke: colours.grid, width: 1 },
            values: (_, splits) => splits.map((at, i) => (i && show(at) === show(splits[i - 1]!) ? '' : show(at))),
          },
        ],
        series: [
          {},
          ...(range
            ? [
                { label: range.label, stroke: 'transparent', points: { show: false } },
                { label: range.label, stroke: 'transparent', points: { show: false } },
              ]
            : []),
          ...series.map((one) => ({
            label: one.label,
            stroke: one.second ? colours.second : colours.line,
            width: 1.8,
            dash: one.second ? [5, 4] : undefined,
            points: { show: false },
            spanGaps: false,
          })),
        ],
        bands: range ? [{ series: [2, 1], fill: colours.band }] : [],
        hooks: {
          draw: [label],
          setCursor: [
            (u) =>
              host.setAttribute(
                'title',
                u.cursor.idx === null || u.cursor.idx === undefined
                  ? ''
                  : [
                      showDay(days[u.cursor.idx]!),
                      ...series.map(
                        (one) => `${one.label}: ${one.values[u.cursor.idx!] === null ? '–' : show(one.values[u.cursor.idx!]!)}`,
                      ),
                    ].join('\n'),
              ),
          ],
        },
      },
      data,
      host,
    );
    plot.ctx.canvas.style.direction = rtl ? 'rtl' : 'ltr'; // signs and percent stand where the language puts them
    const click = () => plot.cursor.idx !== null && plot.cursor.idx !== undefined && onOpen?.(days[plot.cursor.idx]!);
    if (onOpen) plot.over.addEventListener('click', click);
    const watch = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height }));
    watch.observe(host);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [days, series, range, events, height, show, scale, showDay, named, level, onOpen]);
  return <div ref={box} dir="ltr" style={{ width: '100%' }} />;
}
