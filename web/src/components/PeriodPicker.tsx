/** Which time a page of insight is about: so many months, quarters or years, or from a day to a day, in either calendar. State is the address's. */
import { Button, Popover, SegmentedControl } from '@mantine/core';
import { IconCalendar, IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { type Calendar, type Day, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { type Period, type PeriodSearch, type Unit, units, wordsOf } from '@/lib/period';
import { DateField } from './DateField';
import css from './Picker.module.css';

const counts: Record<Unit, number[]> = { month: [1, 3, 6, 12, 24], quarter: [1, 2, 4, 8, 12], year: [1, 2, 3, 5] };

export function PeriodPicker({
  period,
  onChange,
  units: offered = units,
}: {
  period: Period;
  /** What of the address changes; `undefined` goes back to the page's own. */
  onChange: (search: PeriodSearch) => void;
  units?: Unit[];
}) {
  const { t } = useTranslation('insight');
  const [opened, open] = useState(false);
  const [days, setDays] = useState<{ from: Day | null; to: Day | null }>({ from: period.from, to: period.to });
  const show = (on: boolean) => {
    setDays({ from: period.from, to: period.to });
    open(on);
  };
  const wrong =
    days.from && days.to && days.from > days.to
      ? t('period.order')
      : days.from && days.from > format.today()
        ? t('period.future')
        : undefined;
  return (
    <Popover opened={opened} onChange={show} position="bottom-end" width={340} trapFocus withinPortal>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconCalendar size={15} aria-hidden="true" />}
          rightSection={<IconChevronDown size={14} aria-hidden="true" />}
          onClick={() => show(!opened)}
          aria-label={t('period.button', { period: wordsOf(period) })}
          aria-expanded={opened}
        >
          {wordsOf(period)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('period.title')}>
        <div className={css.part}>
          <SegmentedControl
            aria-label={t('period.by')}
            size="xs"
            fullWidth
            value={period.by}
            data={offered.map((unit) => ({ value: unit, label: t(`period.unit.${unit}`) }))}
            onChange={(by) =>
              onChange({ by: by as Unit, last: undefined, ...(period.custom ? {} : { from: undefined, to: undefined }) })
            }
          />
          <div className={css.counts}>
            <span className="label">{t('period.last')}</span>
            {counts[period.by].map((count) => (
              <button
                key={count}
                type="button"
                className={css.chip}
                aria-pressed={!period.custom && period.count === count}
                aria-label={t(`period.count.${period.by}`, { count, n: format.int(count) })}
                onClick={() => {
                  onChange({ last: count, from: undefined, to: undefined });
                  open(false);
                }}
              >
                {format.int(count)}
              </button>
            ))}
          </div>
          <SegmentedControl
            aria-label={t('period.calendar')}
            size="xs"
            fullWidth
            value={period.calendar}
            data={(['gregorian', 'persian'] as const).map((value) => ({ value, label: t(`common:calendar.${value}`) }))}
            onChange={(cal) => onChange({ cal: cal as Calendar })}
          />
        </div>
        <form
          noValidate
          className={css.part}
          onSubmit={(event) => {
            event.preventDefault();
            if (wrong || !days.from || !days.to) return;
            onChange({ from: days.from, to: days.to, last: undefined });
            open(false);
          }}
        >
          <div className={css.days}>
            <DateField label={t('period.from')} value={days.from} onChange={(from) => setDays({ ...days, from })} error={wrong} />
            <DateField label={t('period.to')} value={days.to} onChange={(to) => setDays({ ...days, to })} />
          </div>
          <Button type="submit" variant="default">
            {t('period.use')}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
