/** Which column means what: as it was guessed, to be corrected; then the file is checked anew. */
import { Button, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ErrorNote, Loaded } from '@/components/Page';
import { ask, Problem } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import { type Import, kindsQuery } from './data';
import css from './Import.module.css';

export function ColumnsStep({ one }: { one: Import }) {
  const { t } = useTranslation('imports');
  const go = useNavigate();
  const kinds = useQuery(kindsQuery);
  const columns = one.columns ?? [];
  const [chosen, setChosen] = useState<(string | null)[]>(columns.map((column) => column.field));
  const [money, setMoney] = useState(one.money ?? '');
  const known = columns.filter((column) => column.field).length;
  const check = useMutation({
    mutationFn: () => {
      const map = columns.flatMap((column, i) => (chosen[i] ? [`${chosen[i]}="${column.column}"`] : [])).join(',');
      return ask<Import>('POST', `/api/v1/imports/${one.id}/run`, {
        query: { dry_run: 1, map, money: money.trim() || undefined },
      });
    },
    onSuccess: (made) => {
      queryClient.setQueryData(['imports', made.id], made);
      go({ to: '/data/imports/$id', params: { id: made.id } });
    },
  });
  return (
    <Loaded query={kinds}>
      {(all) => {
        const fields = all.data.find((kind) => kind.kind === one.kind)?.fields ?? [];
        const missing = fields.filter((field) => field.required && !chosen.includes(field.name));
        return (
          <>
            <p className={css.lead}>
              <strong>
                {t('columns_known', { known: format.int(known), count: columns.length, n: format.int(columns.length) })}
              </strong>{' '}
              {t('columns_correct')}
            </p>
            {one.problem && <ErrorNote error={new Problem(400, { title: one.problem.message, code: one.problem.code })} />}
            <div className={css.match}>
              <table>
                <caption className="sr">{t('steps.columns')}</caption>
                <thead>
                  <tr>
                    <th scope="col">{t('column')}</th>
                    <th scope="col">{t('means')}</th>
                  </tr>
                </thead>
                <tbody>
                  {columns.map((column, i) => (
                    <tr key={i}>
                      <th scope="row">
                        <bdi className="name">{column.column}</bdi>
                      </th>
                      <td>
                        <Select
                          aria-label={t('means_of', { column: column.column })}
                          data={fields.map((field) => ({
                            value: field.name,
                            label: field.required ? `${field.title} *` : field.title,
                            disabled: chosen.includes(field.name) && chosen[i] !== field.name,
                          }))}
                          value={chosen[i] ?? null}
                          placeholder={t('not_read')}
                          clearable
                          searchable
                          onChange={(value) => setChosen(chosen.map((old, k) => (k === i ? value : old)))}
                        />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {fields.some((field) => field.type === 'money') && (
                <TextInput
                  mt={16}
                  maw={320}
                  label={t('money')}
                  description={t('money_help')}
                  dir="ltr"
                  value={money}
                  onChange={(event) => setMoney(event.currentTarget.value)}
                />
              )}
            </div>
            {check.error && <ErrorNote error={check.error} />}
            <div className={css.space} />
            <div className={`${css.foot} no-print`}>
              {missing.length > 0 && (
                <span className="bad">{t('still_needed', { fields: missing.map((field) => field.title).join('، ') })}</span>
              )}
              <span className={css.push} />
              {one.state === 'done' && (
                <Button variant="default" onClick={() => go({ to: '/data/imports/$id', params: { id: one.id } })}>
                  {t('common:cancel')}
                </Button>
              )}
              <Button loading={check.isPending} onClick={() => check.mutate()}>
                {t('check_again')}
              </Button>
            </div>
          </>
        );
      }}
    </Loaded>
  );
}
