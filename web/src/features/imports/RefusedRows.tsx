/** Refused rows: each bad cell is a field in its place, with the reason and, where there is one, a repair of one click. */
import { Button, TextInput } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Loaded } from '@/components/Page';
import { done, failed } from '@/components/Toast';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import { type Correction, type Import, type RefusedPage, type RefusedRow, refusedQuery } from './data';
import css from './Import.module.css';

interface Answer {
  data: { row: number; state: string; faults: RefusedRow['faults'] }[];
  import: Import;
}

export function RefusedRows({ one }: { one: Import }) {
  const { t } = useTranslation('imports');
  const query = useQuery(refusedQuery(one.id));
  const [group, setGroup] = useState('');
  const repair = useMutation({
    mutationFn: (rows: Correction[]) => ask<Answer>('POST', `/api/v1/imports/${one.id}/rows`, { body: { rows } }),
    onSuccess: (answer, sent) => {
      queryClient.setQueryData(['imports', one.id], answer.import);
      queryClient.setQueryData<RefusedPage>(refusedQuery(one.id).queryKey, (page) => page && merge(page, answer, sent));
      const fine = answer.data.filter((row) => row.state !== 'refused').length;
      if (fine) done(t(one.dry_run ? 'repaired' : 'repaired_in', { count: fine, n: format.int(fine) }));
    },
    onError: failed,
  });
  return (
    <Loaded query={query} rows={6} row={64}>
      {(page) => {
        const groups = new Map<string, number>();
        for (const row of page.data)
          for (const code of new Set(row.faults.map((fault) => fault.code))) groups.set(code, (groups.get(code) ?? 0) + 1);
        const chosen = group && groups.has(group) ? group : '';
        const rows = chosen ? page.data.filter((row) => row.faults.some((fault) => fault.code === chosen)) : page.data;
        const mendable = rows.flatMap((row) =>
          row.faults.flatMap((fault) =>
            fault.suggestion && (!chosen || fault.code === chosen)
              ? [{ row: row.row, column: fault.column, value: fault.suggestion }]
              : [],
          ),
        );
        return (
          <div className={css.checking}>
            <aside className={css.side}>
              <h2>{t('what_is_wrong')}</h2>
              <button type="button" className={css.group} aria-pressed={!chosen} onClick={() => setGroup('')}>
                <span>{t('all_rows', { count: page.data.length })}</span>
                <span>{format.int(page.data.length)}</span>
              </button>
              {[...groups]
                .sort((a, b) => b[1] - a[1])
                .map(([code, n]) => (
                  <button
                    key={code}
                    type="button"
                    className={css.group}
                    aria-pressed={chosen === code}
                    onClick={() => setGroup(code)}
                  >
                    <span>{t(`fault.${code}`, { defaultValue: t('fault.other') })}</span>
                    <span>{format.int(n)}</span>
                  </button>
                ))}
              {mendable.length > 1 && (
                <div className={css.together}>
                  <span className="quiet">{t('together_text', { count: mendable.length, n: format.int(mendable.length) })}</span>
                  <Button variant="default" loading={repair.isPending} onClick={() => repair.mutate(mendable)}>
                    {t('together', { count: mendable.length, n: format.int(mendable.length) })}
                  </Button>
                </div>
              )}
              {page.has_more && <p className="label">{t('first_rows', { n: format.int(page.data.length) })}</p>}
            </aside>
            <section className={css.rows} tabIndex={0} aria-label={t('refused_rows')}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{t('row')}</th>
                    {page.columns.map((column, i) => (
                      <th key={i} scope="col">
                        <bdi>{column.column}</bdi>
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <Row
                      key={`${row.row} ${row.cells.join('\u0000')}`}
                      row={row}
                      columns={page.columns}
                      onRepair={(list) => repair.mutate(list)}
                    />
                  ))}
                </tbody>
              </table>
            </section>
          </div>
        );
      }}
    </Loaded>
  );
}

/** What was repaired leaves the list; what is still wrong shows its new faults and the cells as they were sent. */
function merge(page: RefusedPage, answer: Answer, sent: Correction[]): RefusedPage {
  const told = new Map(answer.data.map((row) => [row.row, row]));
  return {
    ...page,
    data: page.data.flatMap((row) => {
      const now = told.get(row.row);
      if (!now) return [row];
      if (now.state !== 'refused') return [];
      const cells = page.columns.map(
        (column, i) => sent.find((one) => one.row === row.row && one.column === column.column)?.value ?? row.cells[i] ?? '',
      );
      return [{ ...row, cells, faults: now.faults }];
    }),
  };
}

function Row({
  row,
  columns,
  onRepair,
}: {
  row: RefusedRow;
  columns: RefusedPage['columns'];
  onRepair: (rows: Correction[]) => void;
}) {
  const { t } = useTranslation('imports');
  const [draft, setDraft] = useState<Record<string, string>>({});
  const whole = row.faults.filter((fault) => !columns.some((column) => column.column === fault.column));
  const changed = (list: Record<string, string>) =>
    Object.entries(list)
      .filter(([column, value]) => value !== (row.cells[columns.findIndex((one) => one.column === column)] ?? ''))
      .map(([column, value]) => ({ row: row.row, column, value }));
  const commit = (more: Record<string, string> = {}) => {
    const list = changed({ ...draft, ...more });
    if (list.length) onRepair(list);
  };
  return (
    <tr>
      <th scope="row" className="dim">
        {format.int(row.row)}
        {whole.map((fault) => (
          <div key={fault.code} className={css.message}>
            {fault.message}
          </div>
        ))}
      </th>
      {columns.map((column, i) => {
        const faults = row.faults.filter((fault) => fault.column === column.column);
        const cell = row.cells[i] ?? '';
        if (!faults.length)
          return (
            <td key={i} className={css.cell}>
              <bdi>{cell}</bdi>
            </td>
          );
        const id = `cell-${row.row}-${i}`;
        return (
          <td key={i} className={css.wrong}>
            <TextInput
              aria-label={t('cell', { column: column.column, row: format.int(row.row) })}
              aria-describedby={id}
              aria-invalid
              classNames={{ input: css.field }}
              error
              rightSection={<IconAlertTriangle size={14} aria-hidden="true" color="var(--v-risk)" />}
              value={draft[column.column] ?? cell}
              onChange={(event) => setDraft({ ...draft, [column.column]: event.currentTarget.value })}
              onBlur={() => commit()}
              onKeyDown={(event) => event.key === 'Enter' && commit()}
            />
            <div className={css.message} id={id}>
              {faults.map((fault) => (
                <span key={fault.code}>
                  {fault.message}{' '}
                  {fault.suggestion && (
                    <button
                      type="button"
                      className={css.fix}
                      onMouseDown={(event) => event.preventDefault()}
                      onClick={() => commit({ [column.column]: fault.suggestion! })}
                    >
                      {t('put_before')}{' '}
                      <bdi>{/[A-Za-z]/.test(fault.suggestion) ? fault.suggestion : format.digits(fault.suggestion)}</bdi>{' '}
                      {t('put_after')}
                    </button>
                  )}
                </span>
              ))}
            </div>
          </td>
        );
      })}
    </tr>
  );
}
