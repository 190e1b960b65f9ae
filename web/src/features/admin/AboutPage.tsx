/** What runs here, how much of it there is, and what it is made of. */
import { useQuery } from '@tanstack/react-query';
import { Figure, Loaded, PageHead, Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import css from './admin.module.css';
import { size } from './size';

interface About {
  version: string;
  compiler: string;
  started_at: string;
  uptime_seconds: number;
  parts: { name: string; version: string | null; licence: string; use: string }[];
  folder?: { part: string; bytes: number }[];
  rows?: { part: string; rows: number }[];
}

export function AboutPage() {
  const { t } = useTranslation('admin');
  const about = useQuery({ queryKey: ['about'], queryFn: () => ask<About>('GET', '/api/v1/about') });
  return (
    <>
      <PageHead title={t('about.title')} />
      <Loaded query={about}>
        {(data) => (
          <>
            <Section id="runs">
              <div className={css.figures}>
                <Figure label={t('about.version')} value={<bdi>{data.version}</bdi>} note={<code>{data.compiler}</code>} />
                <Figure label={t('about.started')} value={format.ago(data.started_at)} note={format.instant(data.started_at)} />
                {data.folder && (
                  <Figure
                    label={t('about.size')}
                    value={size(data.folder.reduce((sum, one) => sum + one.bytes, 0))}
                    note={data.folder
                      .filter((one) => one.bytes > 0)
                      .map((one) => `${t(`part.${one.part}`)} ${size(one.bytes)}`)
                      .join(' · ')}
                  />
                )}
              </div>
            </Section>
            {data.rows && (
              <Section title={t('about.rows')} id="rows">
                <Rows
                  label={t('about.rows')}
                  rows={data.rows}
                  rowKey={(one) => one.part}
                  columns={[
                    { key: 'part', title: t('about.what'), render: (one) => t(`part.${one.part}`) },
                    {
                      key: 'rows',
                      title: t('about.count'),
                      numeric: true,
                      width: '160px',
                      render: (one) => format.int(one.rows),
                    },
                  ]}
                />
              </Section>
            )}
            <Section title={t('about.parts')} hint={t('about.parts_hint')} id="parts">
              <Rows
                label={t('about.parts')}
                rows={data.parts}
                rowKey={(one) => one.name}
                columns={[
                  { key: 'name', title: t('about.part'), render: (one) => <bdi className="name">{one.name}</bdi> },
                  { key: 'version', title: t('about.version'), render: (one) => <code>{one.version ?? '–'}</code> },
                  { key: 'licence', title: t('about.licence'), render: (one) => <code>{one.licence}</code> },
                  { key: 'use', title: t('about.use'), render: (one) => one.use },
                ]}
              />
            </Section>
          </>
        )}
      </Loaded>
    </>
  );
}
