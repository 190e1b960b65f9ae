/** Days on which no use is expected, year by year, in either calendar. */
import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { DateField } from '@/components/DateField';
import { Empty, Loaded, PageHead, Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { done, failed } from '@/components/Toast';
import { ask, type Page, Problem } from '@/lib/api';
import { type Calendar, type Day, dateParts, format, makeFormat } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import css from './admin.module.css';

interface Holiday {
  id: string;
  day: Day;
  country: string | null;
  title: string;
}
const route = getRouteApi('/shell/admin/calendar');
const refresh = () => queryClient.invalidateQueries({ queryKey: ['holidays'] });

async function allHolidays() {
  const all: Holiday[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page<Holiday> = await ask<Page<Holiday>>('GET', '/api/v1/holidays', { query: { limit: 500, cursor } });
    all.push(...page.data);
    cursor = page.next_cursor;
  }
  return all.sort((a, b) => (a.day < b.day ? -1 : 1));
}

export function CalendarPage() {
  const { t } = useTranslation('admin');
  const me = useMe();
  const mayWrite = mayRole(me, 'csm');
  const search = route.useSearch();
  const go = route.useNavigate();
  const calendar: Calendar = search.in ?? format.options.calendar;
  const year = search.year ?? dateParts(format.today(), calendar).year;
  const shown = makeFormat({ ...format.options, calendar });
  const other = makeFormat({ ...format.options, calendar: calendar === 'persian' ? 'gregorian' : 'persian' });
  const list = useQuery({ queryKey: ['holidays'], queryFn: allHolidays });
  const remove = useMutation({
    mutationFn: (holiday: Holiday) => ask('DELETE', `/api/v1/holidays/${holiday.id}`),
    onSuccess: (_, { day, title, country }) => {
      refresh();
      done(t('calendar.removed', { title }), () =>
        ask('POST', '/api/v1/holidays', { body: { day, title, ...(country ? { country } : {}) } }).then(refresh),
      );
    },
    onError: failed,
  });
  const step = (years: number) => go({ search: { year: year + years, in: search.in } });
  return (
    <>
      <PageHead title={t('calendar.title')}>
        <SegmentedControl
          size="xs"
          aria-label={t('calendar.in')}
          value={calendar}
          onChange={(value) => go({ search: { in: value as Calendar } })}
          data={(['gregorian', 'persian'] as const).map((value) => ({ value, label: t(`common:calendar.${value}`) }))}
        />
        <div className={css.year}>
          <Button variant="default" aria-label={t('calendar.before')} onClick={() => step(-1)}>
            <IconChevronLeft size={15} className={css.mirror} />
          </Button>
          <strong aria-live="polite">{format.digits(String(year))}</strong>
          <Button variant="default" aria-label={t('calendar.after')} onClick={() => step(1)}>
            <IconChevronRight size={15} className={css.mirror} />
          </Button>
        </div>
      </PageHead>
      <Section hint={t('calendar.hint')} id="holidays" title={t('calendar.of', { year: format.digits(String(year)) })}>
        <Loaded query={list}>
          {(holidays) => (
            <Rows
              label={t('calendar.title')}
              rows={holidays.filter(({ day }) => dateParts(day, calendar).year === year)}
              rowKey={(holiday) => holiday.id}
              empty={<Empty title={t('calendar.none')}>{t('calendar.none_text')}</Empty>}
              columns={[
                { key: 'day', title: t('calendar.day'), render: ({ day }) => shown.day(day, 'full') },
                {
                  key: 'other',
                  title: t(`common:calendar.${other.options.calendar}`),
                  render: ({ day }) => other.day(day, 'long'),
                },
                { key: 'title', title: t('calendar.name'), render: ({ title }) => <bdi className="name">{title}</bdi> },
                { key: 'country', title: t('calendar.country'), render: ({ country }) => country || t('calendar.everybody') },
                {
                  key: 'remove',
                  title: <span className="sr">{t('calendar.remove')}</span>,
                  width: '90px',
                  render: (holiday) =>
                    mayWrite && (
                      <Button variant="subtle" color="red" onClick={() => remove.mutate(holiday)}>
                        {t('calendar.remove')}
                      </Button>
                    ),
                },
              ]}
            />
          )}
        </Loaded>
      </Section>
      {mayWrite && <AddHoliday />}
    </>
  );
}

function AddHoliday() {
  const { t } = useTranslation('admin');
  const [day, setDay] = useState<Day | null>(null);
  const [title, setTitle] = useState('');
  const [country, setCountry] = useState('');
  const add = useMutation({
    mutationFn: () =>
      ask('POST', '/api/v1/holidays', { body: { day, title, ...(country ? { country: country.toUpperCase() } : {}) } }),
    onSuccess: () => {
      refresh();
      done(t('calendar.added', { title }));
      setTitle('');
      setDay(null);
    },
  });
  const problem = add.error instanceof Problem ? add.error : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Section title={t('calendar.add')} id="add">
      <form className={css.line} onSubmit={submit} noValidate>
        <DateField label={t('calendar.day')} value={day} onChange={setDay} error={problem?.at('day')} />
        <TextInput
          label={t('calendar.name')}
          value={title}
          error={problem?.at('title')}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <TextInput
          label={t('calendar.country')}
          description={t('calendar.country_help')}
          dir="ltr"
          maxLength={2}
          value={country}
          error={problem?.at('country')}
          onChange={(event) => setCountry(event.currentTarget.value)}
        />
        <Button type="submit" loading={add.isPending} className={css.lineButton}>
          {t('calendar.add')}
        </Button>
      </form>
      {problem && problem.errors.length === 0 && (
        <p role="alert" className="risk">
          {problem.detail || problem.message}
        </p>
      )}
    </Section>
  );
}
