import type { KeyboardEvent, PointerEvent } from 'react';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import css from './Editor.module.css';

/** A share of the score: dragged, or moved by the arrows (1; Shift: 5). The tick on the track is the live version. */
export function WeightSlider({
  label,
  value,
  live,
  most,
  onChange,
  disabled,
}: {
  label: string;
  value: number;
  live?: number;
  /** The end of the track; keys and typing go on to 100. */
  most: number;
  onChange: (value: number) => void;
  disabled?: boolean;
}) {
  const { t } = useTranslation('health');
  const at = (share: number) => `${Math.min(100, (100 * share) / most)}%`;
  const keep = (next: number) => onChange(Math.min(100, Math.max(0, next)));
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    const area = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - area.left) / area.width;
    keep(Math.round(Math.min(1, Math.max(0, document.documentElement.dir === 'rtl' ? 1 - share : share)) * most));
  };
  const press = (event: KeyboardEvent) => {
    const rtl = document.documentElement.dir === 'rtl';
    const by = event.shiftKey ? 5 : 1;
    const move = { ArrowRight: rtl ? -by : by, ArrowLeft: rtl ? by : -by, ArrowUp: by, ArrowDown: -by, PageUp: 5, PageDown: -5 }[
      event.key
    ];
    if (move !== undefined) keep(Math.round(value * 10) / 10 + move);
    else if (event.key === 'Home') keep(0);
    else if (event.key === 'End') keep(most);
    else return;
    event.preventDefault();
  };
  return (
    <div
      role="slider"
      tabIndex={disabled ? -1 : 0}
      className={css.slider}
      aria-label={t('editor.weight_of', { name: label })}
      aria-valuenow={value}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={format.percent(value / 100, 1)}
      aria-disabled={disabled || undefined}
      onKeyDown={disabled ? undefined : press}
      onPointerDown={(event) => {
        if (disabled) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        drag(event);
      }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && drag(event)}
    >
      <i className={css.track} />
      <i className={css.filled} style={{ width: at(value) }} />
      {live !== undefined && <i className={css.tick} style={{ insetInlineStart: at(live) }} title={t('editor.live_tick')} />}
      <i className={css.knob} style={{ insetInlineStart: at(value) }} />
    </div>
  );
}
