/** Exchange rates to the organisation's currency: what one unit is worth from a day until the next rate. */
import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { DateField } from '@/components/DateField';
import { Empty, ErrorNote, Lead, Loaded, PageHead, Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { done } from '@/components/Toast';
import { ask, Problem } from '@/lib/api';
import { type Day, format, latinDigits } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import { currencyName } from '@/lib/words';
import css from './RetentionPage.module.css';

interface Rate {
  currency: string;
  base: string;
  day: Day;
  rate: string;
}

export function RatesPage() {
  const { t } = useTranslation('retention');
  const me = useMe();
  const query = useQuery({ queryKey: ['rates'], queryFn: () => ask<{ data: Rate[] }>('GET', '/api/v1/rates') });
  const base = currencyName(me.organisation.currency);
  return (
    <>
      <PageHead title={t('rates.title')} />
      <Loaded query={query}>
        {({ data }) => {
          const rates = [...data].sort((a, b) => a.currency.localeCompare(b.currency) || b.day.localeCompare(a.day));
          const currencies = new Set(rates.map((one) => one.currency)).size;
          return (
            <>
              {rates.length > 0 && (
                <Lead then={t('rates.rule')}>{t('rates.lead', { count: currencies, n: format.int(currencies), base })}</Lead>
              )}
              {mayRole(me, 'manager') && <RateForm base={base} />}
              <Section>
                <Rows
                  label={t('rates.title')}
                  rows={rates}
                  rowKey={(row) => `${row.currency} ${row.day}`}
                  empty={<Empty title={t('rates.none')}>{t('rates.none_text', { base })}</Empty>}
                  columns={[
                    { key: 'currency', title: t('rates.currency'), render: (row) => <bdi>{row.currency}</bdi> },
                    { key: 'day', title: t('rates.from'), render: (row) => format.day(row.day, 'short') },
                    {
                      key: 'rate',
                      title: t('rates.worth', { base }),
                      numeric: true,
                      render: (row) => format.number(Number(row.rate), 6),
                    },
                  ]}
                />
              </Section>
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function RateForm({ base }: { base: string }) {
  const { t } = useTranslation('retention');
  const [draft, setDraft] = useState({ currency: '', day: format.today() as Day | null, rate: '' });
  const save = useMutation({
    mutationFn: () =>
      ask<Rate>('POST', '/api/v1/rates', {
        body: {
          currency: draft.currency.trim().toUpperCase(),
          day: draft.day,
          rate: latinDigits(draft.rate).replace(/,/g, '').trim(),
        },
      }),
    onSuccess: (saved) => {
      queryClient.invalidateQueries({ queryKey: ['rates'] });
      queryClient.invalidateQueries({ queryKey: ['retention'] });
      done(t('rates.saved', { currency: saved.currency, day: format.day(saved.day) }));
      setDraft({ ...draft, rate: '' });
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  return (
    <Section>
      <form
        noValidate
        className={css.form}
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextInput
          label={t('rates.currency')}
          dir="ltr"
          placeholder="USD"
          value={draft.currency}
          error={problem?.at('currency')}
          onChange={(event) => setDraft({ ...draft, currency: event.currentTarget.value })}
        />
        <DateField
          label={t('rates.from')}
          value={draft.day}
          error={problem?.at('day')}
          onChange={(day) => setDraft({ ...draft, day })}
        />
        <TextInput
          label={t('rates.worth', { base })}
          dir="ltr"
          inputMode="decimal"
          value={draft.rate}
          error={problem?.at('rate')}
          onChange={(event) => setDraft({ ...draft, rate: event.currentTarget.value })}
        />
        <Button type="submit" loading={save.isPending}>
          {t('rates.save')}
        </Button>
      </form>
      {problem && problem.errors.length === 0 && <ErrorNote error={problem} />}
    </Section>
  );
}
