/** Days by typing or from a calendar of either kind; the wire's Gregorian day goes in and out. Loaded when first shown. */
import { lazy, Suspense } from 'react';
import type { DateFieldProps } from './DateFieldInput';

const Input = lazy(() => import('./DateFieldInput'));

export function DateField(props: DateFieldProps) {
  return (
    <Suspense fallback={<div style={{ minHeight: props.label ? 58 : 36 }} />}>
      <Input {...props} />
    </Suspense>
  );
}
