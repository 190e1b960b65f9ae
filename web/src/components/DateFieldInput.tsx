import { type CalendarDate, createCalendar, parseDate, toCalendar } from '@internationalized/date';
import { IconCalendar, IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { type ReactNode, useContext, useState } from 'react';
import {
  Button,
  Calendar,
  CalendarCell,
  CalendarGrid,
  CalendarGridBody,
  CalendarGridHeader,
  CalendarHeaderCell,
  CalendarStateContext,
  DateInput,
  DatePicker,
  DateSegment,
  Dialog,
  FieldError,
  Group,
  I18nProvider,
  Label,
  Popover,
  Text,
} from 'react-aria-components';
import { type Day, format, type Calendar as Kind } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import css from './DateField.module.css';

export interface DateFieldProps {
  label?: ReactNode;
  'aria-label'?: string;
  value: Day | null;
  onChange: (day: Day | null) => void;
  help?: ReactNode;
  error?: ReactNode;
  min?: Day;
  max?: Day;
  required?: boolean;
}

const inKind = (day: Day, kind: Kind) => toCalendar(parseDate(day), createCalendar(kind === 'persian' ? 'persian' : 'gregory'));
const toWire = (date: CalendarDate): Day => toCalendar(date, createCalendar('gregory')).toString();

function Title() {
  const state = useContext(CalendarStateContext);
  const start = state?.visibleRange.start;
  return <span className={css.month}>{start && format.day(toWire(start as CalendarDate), 'month')}</span>;
}

export default function DateFieldInput({ label, value, onChange, help, error, min, max, required, ...more }: DateFieldProps) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Kind>(format.options.calendar);
  const language = format.options.language;
  const digits = format.options.digits === 'persian' ? 'arabext' : 'latn';
  // Year, month, day, as tables print days: of the English locales only Sweden's writes so in both calendars.
  const locale = `${language === 'fa' ? 'fa-IR' : 'en-SE'}-u-ca-${kind === 'persian' ? 'persian' : 'gregory'}-nu-${digits}`;
  const firstDays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
  return (
    <I18nProvider locale={locale}>
      <DatePicker
        key={kind}
        className={css.field!}
        value={value ? inKind(value, kind) : null}
        onChange={(date) => onChange(date ? toWire(date as CalendarDate) : null)}
        minValue={min ? parseDate(min) : undefined}
        maxValue={max ? parseDate(max) : undefined}
        isRequired={required}
        isInvalid={Boolean(error)}
        firstDayOfWeek={firstDays[format.options.weekStart]}
        aria-label={more['aria-label']}
      >
        {label && <Label className={css.label!}>{label}</Label>}
        <Group className={css.group!}>
          <DateInput className={css.input!}>
            {(segment) => (segment.type === 'era' ? <></> : <DateSegment segment={segment} className={css.segment!} />)}
          </DateInput>
          <Button className={css.open!} aria-label={t('date.open')}>
            <IconCalendar size={15} />
          </Button>
        </Group>
        {help && !error && (
          <Text slot="description" className={css.help!}>
            {help}
          </Text>
        )}
        <FieldError className={css.error!}>{error}</FieldError>
        <Popover className={css.popover!}>
          <Dialog className={css.dialog!}>
            <Calendar firstDayOfWeek={firstDays[format.options.weekStart]}>
              <div className={css.head}>
                <Button slot="previous" className={css.step!}>
                  <IconChevronLeft size={16} className={css.mirror} />
                </Button>
                <Title />
                <Button slot="next" className={css.step!}>
                  <IconChevronRight size={16} className={css.mirror} />
                </Button>
              </div>
              <CalendarGrid weekdayStyle="narrow">
                <CalendarGridHeader>
                  {(day) => <CalendarHeaderCell className={css.weekday!}>{day}</CalendarHeaderCell>}
                </CalendarGridHeader>
                <CalendarGridBody>{(date) => <CalendarCell date={date} className={css.day!} />}</CalendarGridBody>
              </CalendarGrid>
            </Calendar>
            <div className={css.foot}>
              {(['gregorian', 'persian'] as const).map((one) => (
                <button key={one} type="button" className={css.kind} aria-pressed={kind === one} onClick={() => setKind(one)}>
                  {t(`calendar.${one}`)}
                </button>
              ))}
              <button type="button" className={css.today} onClick={() => onChange(format.today())}>
                {t('date.today')}
              </button>
            </div>
          </Dialog>
        </Popover>
      </DatePicker>
    </I18nProvider>
  );
}
