/** A number in a form: typed in either digits and shown in the reader's, stepped by the arrows; null while it says none. */
import { TextInput, type TextInputProps } from '@mantine/core';
import { useState } from 'react';
import { format, readNumber } from '@/lib/format';

type Shared = Pick<TextInputProps, 'label' | 'description' | 'error' | 'disabled' | 'required' | 'classNames'>;

export function NumberField({
  value,
  onChange,
  min = Number.NEGATIVE_INFINITY,
  max = Number.POSITIVE_INFINITY,
  decimals = 0,
  unit,
  focus = false,
  ...shared
}: Shared & {
  value: number | null;
  onChange: (value: number | null) => void;
  min?: number;
  max?: number;
  decimals?: number;
  /** Written behind the number. */
  unit?: string;
  /** Where a drawer opens, the field that it opens at. */
  focus?: boolean;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = value === null ? '' : format.number(value, decimals);
  const within = (number: number) => Math.min(max, Math.max(min, Number(number.toFixed(decimals))));
  return (
    <TextInput
      {...shared}
      inputMode="decimal"
      autoComplete="off"
      data-autofocus={focus || undefined}
      rightSection={unit ? <span className="label">{unit}</span> : undefined}
      rightSectionWidth={unit ? 24 + unit.length * 8 : undefined}
      rightSectionPointerEvents="none"
      value={typed ?? shown}
      onChange={(event) => {
        const text = event.currentTarget.value;
        const number = readNumber(text);
        setTyped(text);
        if (number !== null) onChange(Number(number.toFixed(decimals)));
        else if (text.trim() === '') onChange(null);
      }}
      onBlur={() => {
        setTyped(null);
        if (value !== null && within(value) !== value) onChange(within(value));
      }}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
        event.preventDefault();
        setTyped(null);
        onChange(within((value ?? 0) + (event.key === 'ArrowUp' ? 1 : -1)));
      }}
    />
  );
}
