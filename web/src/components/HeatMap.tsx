/** Squares with a meaning: zero is an outlined empty cell, unknown (null) nothing at all; arrow keys walk the cells. */
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import css from './HeatMap.module.css';

export interface HeatCell {
  value: number | null;
  /** Written in the cell; without: the cell is a square. */
  text?: string;
  /** Said to screen readers and shown on hover. */
  title: string;
}
export interface HeatRow {
  key: string;
  label: ReactNode;
  cells: HeatCell[];
  after?: ReactNode;
}

const steps = 7;
/** `sequential`: from 0 to the largest. `diverging`: around `middle`, `reach` on either side. */
export type Ramp = { kind: 'sequential'; most: number } | { kind: 'diverging'; middle: number; reach: number };
const colour = (value: number, ramp: Ramp) => {
  const share = ramp.kind === 'sequential' ? value / (ramp.most || 1) : 0.5 + (value - ramp.middle) / (2 * ramp.reach || 1);
  const step = Math.max(ramp.kind === 'sequential' ? 1 : 0, Math.min(steps - 1, Math.floor(share * steps)));
  return {
    background: `var(--v-${ramp.kind === 'sequential' ? 'seq' : 'div'}${step})`,
    strong: ramp.kind === 'sequential' ? step >= 5 : step === 0 || step === 6,
  };
};

export function HeatMap({
  label,
  columns,
  rows,
  ramp,
  onOpen,
  size = 24,
  legend,
  corner,
}: {
  label: string;
  columns: ReactNode[];
  rows: HeatRow[];
  ramp: Ramp;
  onOpen?: (row: number, column: number) => void;
  size?: number;
  legend?: [ReactNode, ReactNode];
  corner?: ReactNode;
}) {
  const [at, setAt] = useState<[number, number]>([0, 0]);
  const grid = useRef<HTMLTableElement>(null);
  const press = (event: KeyboardEvent) => {
    const rtl = document.documentElement.dir === 'rtl';
    const moves: Record<string, [number, number]> = {
      ArrowDown: [1, 0],
      ArrowUp: [-1, 0],
      ArrowRight: [0, rtl ? -1 : 1],
      ArrowLeft: [0, rtl ? 1 : -1],
    };
    const move = moves[event.key];
    if (event.key === 'Enter' && onOpen) onOpen(at[0], at[1]);
    if (!move) return;
    event.preventDefault();
    const row = Math.max(0, Math.min(rows.length - 1, at[0] + move[0]));
    const column = Math.max(0, Math.min((rows[row]?.cells.length ?? 1) - 1, at[1] + move[1]));
    setAt([row, column]);
    grid.current?.querySelector<HTMLElement>(`[data-at="${row}-${column}"]`)?.focus();
  };
  return (
    <div className={css.wide}>
      <table className={css.map} role="grid" aria-label={label} ref={grid} onKeyDown={press}>
        <thead>
          <tr>
            <th scope="col">{corner}</th>
            {columns.map((column, i) => (
              <th key={i} scope="col">
                {column}
              </th>
            ))}
            {rows.some((row) => row.after !== undefined) && <th />}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, r) => (
            <tr key={row.key}>
              <th scope="row">{row.label}</th>
              {row.cells.map((cell, c) => {
                const tone = cell.value ? colour(cell.value, ramp) : null;
                const zero = cell.value === 0 && ramp.kind === 'sequential';
                return (
                  <td
                    key={c}
                    data-at={`${r}-${c}`}
                    tabIndex={at[0] === r && at[1] === c ? 0 : -1}
                    onFocus={() => setAt([r, c])}
                    onClick={onOpen && cell.value !== null ? () => onOpen(r, c) : undefined}
                    title={cell.title}
                    aria-label={cell.title}
                    className={`${css.cell} ${zero ? css.zero : ''} ${tone?.strong ? css.strong : ''} ${onOpen && cell.value !== null ? css.opens : ''}`}
                  >
                    {cell.value !== null && (
                      <span
                        className={css.square}
                        style={{ minWidth: size, height: size, lineHeight: `${size}px`, background: tone?.background }}
                      >
                        {cell.text}
                      </span>
                    )}
                  </td>
                );
              })}
              {columns.length > row.cells.length && <td colSpan={columns.length - row.cells.length} />}
              {row.after !== undefined && <td className={css.after}>{row.after}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {legend && (
        <div className={css.legend} aria-hidden="true">
          {legend[0]}
          {Array.from({ length: steps }, (_, i) => (
            <i key={i} style={{ background: `var(--v-${ramp.kind === 'sequential' ? 'seq' : 'div'}${i})` }} />
          ))}
          {legend[1]}
        </div>
      )}
    </div>
  );
}
