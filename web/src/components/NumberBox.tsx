/** A number in a sentence or a row: typed in either digits, stepped by the arrows (Shift: five), given out when it is a number. */
import { useEffect, useRef, useState } from 'react';
import { format, readNumber } from '@/lib/format';
import css from './NumberBox.module.css';

export function NumberBox({
  label,
  value,
  onChange,
  decimals = 0,
  step = 1,
  min = Number.NEGATIVE_INFINITY,
  max = Number.POSITIVE_INFINITY,
  unit,
  width = 64,
  disabled = false,
  error,
}: {
  label: string;
  value: number;
  onChange: (value: number) => void;
  decimals?: number;
  step?: number;
  min?: number;
  max?: number;
  unit?: string;
  width?: number;
  disabled?: boolean;
  error?: string;
}) {
  const shown = format.number(value, decimals);
  const [typed, setTyped] = useState<string | null>(null);
  const last = useRef(shown);
  useEffect(() => {
    if (last.current !== shown) setTyped(null);
    last.current = shown;
  }, [shown]);
  const keep = (next: number) => onChange(Math.min(max, Math.max(min, Number(next.toFixed(6)))));
  const take = (text: string) => {
    const number = readNumber(text);
    if (number !== null) keep(number);
  };
  return (
    <span className={css.box} data-disabled={disabled || undefined} data-bad={error ? true : undefined} title={error}>
      <input
        type="text"
        inputMode="decimal"
        role="spinbutton"
        aria-label={label}
        aria-valuenow={value}
        aria-valuetext={`${shown}${unit ? ` ${unit}` : ''}`}
        aria-valuemin={Number.isFinite(min) ? min : undefined}
        aria-valuemax={Number.isFinite(max) ? max : undefined}
        aria-invalid={error ? true : undefined}
        style={{ width }}
        disabled={disabled}
        value={typed ?? shown}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={() => {
          if (typed !== null) take(typed);
          setTyped(null);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && typed !== null) {
            take(typed);
            setTyped(null);
          } else if (event.key === 'Escape' && typed !== null) {
            event.stopPropagation();
            setTyped(null);
          } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
            event.preventDefault();
            setTyped(null);
            keep(value + (event.key === 'ArrowUp' ? 1 : -1) * step * (event.shiftKey ? 5 : 1));
          }
        }}
      />
      {unit && <span className={css.unit}>{unit}</span>}
    </span>
  );
}
