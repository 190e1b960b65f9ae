/** Every chart stands in one: a title that states the matter, the finding as text, PNG and CSV, and the same as a table. */
import { ActionIcon, Menu } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { type ReactNode, useRef, useState } from 'react';
import { csv, download } from '@/lib/download';
import { useTranslation } from '@/lib/i18n';
import css from './ChartFrame.module.css';
import { Section } from './Page';
import { Rows } from './Table';
import { failed } from './Toast';

export interface ChartTable {
  columns: string[];
  /** As shown to people. */
  rows: (string | number | null)[][];
}

export function ChartFrame({
  title,
  hint,
  finding,
  table,
  file,
  children,
  aside,
  definition,
}: {
  title: string;
  hint?: ReactNode;
  finding?: string;
  table: ChartTable;
  file: string;
  children: ReactNode;
  aside?: ReactNode;
  definition?: ReactNode;
}) {
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  return (
    <Section
      title={title}
      hint={hint}
      aside={
        <span className={`${css.tools} no-print`}>
          {aside}
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon aria-label={t('chart.download', { title })}>
                <IconDownload size={15} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => download(`${file}.csv`, csv([table.columns, ...table.rows]))}>CSV</Menu.Item>
              <Menu.Item
                disabled={asTable}
                onClick={() =>
                  box.current &&
                  import('@/lib/picture')
                    .then(({ picture }) => picture(box.current!, title))
                    .then((png) => download(`${file}.png`, png))
                    .catch(failed)
                }
              >
                PNG
              </Menu.Item>
              <Menu.Item onClick={() => setAsTable(!asTable)}>{t(asTable ? 'chart.as_chart' : 'chart.as_table')}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </span>
      }
    >
      {asTable ? (
        <Rows
          label={title}
          rows={table.rows}
          rowKey={(_, i) => String(i)}
          columns={table.columns.map((name, i) => ({
            key: name,
            title: name,
            numeric: i > 0,
            render: (row: ChartTable['rows'][number]) => row[i] ?? t('unknown'),
          }))}
        />
      ) : (
        <figure ref={box} aria-label={finding ?? title}>
          {children}
          {finding && <figcaption className="sr">{finding}</figcaption>}
        </figure>
      )}
      {definition && <p className={css.definition}>{definition}</p>}
    </Section>
  );
}
