/** Settings that are limits, and how near the house is to each. */
import { useQuery } from '@tanstack/react-query';
import { Lead, Loaded, PageHead, Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import css from './admin.module.css';
import { size } from './size';

interface Limit {
  key: string;
  title: string;
  limit: number;
  unit: string;
  of: 'now' | 'day' | 'largest' | 'each';
  use: number | null;
  share: number | null;
}
const NEAR = 0.8;

export function LimitsPage() {
  const { t } = useTranslation('admin');
  const list = useQuery({ queryKey: ['limits'], queryFn: () => ask<{ data: Limit[] }>('GET', '/api/v1/limits') });
  const amount = (value: number, unit: string) =>
    unit === 'bytes' ? size(value) : unit === 'MiB' ? size(value * 1024 * 1024) : `${format.int(value)} ${t(`unit.${unit}`)}`;
  return (
    <>
      <PageHead title={t('limits.title')} />
      <Loaded query={list}>
        {({ data }) => {
          const used = data.filter((one) => one.share !== null);
          const near = used.filter((one) => one.share! >= NEAR);
          return (
            <>
              <Lead then={t(near.length ? 'limits.near_then' : 'limits.fine_then')}>
                {near.length ? t('limits.near', { what: near[0]!.title }) : t('limits.fine')}
              </Lead>
              <Section title={t('limits.used')} id="used">
                <Rows
                  label={t('limits.used')}
                  rows={used}
                  rowKey={(one) => one.key}
                  columns={[
                    { key: 'title', title: t('limits.what'), render: (one) => one.title },
                    { key: 'of', title: t('limits.counted'), width: '150px', render: (one) => t(`of.${one.of}`) },
                    {
                      key: 'share',
                      title: t('limits.share'),
                      width: '160px',
                      render: (one) => (
                        <span className={css.share}>
                          <span className={css.track} aria-hidden="true">
                            <i
                              style={{ inlineSize: `${Math.min(100, one.share! * 100)}%` }}
                              data-near={one.share! >= NEAR || undefined}
                            />
                          </span>
                          {one.share! > 0 && one.share! < 0.01
                            ? t('limits.below', { share: format.percent(0.01) })
                            : format.percent(one.share!)}
                        </span>
                      ),
                    },
                    {
                      key: 'use',
                      title: t('limits.use'),
                      numeric: true,
                      width: '140px',
                      render: (one) => amount(one.use!, one.unit),
                    },
                    {
                      key: 'limit',
                      title: t('limits.limit'),
                      numeric: true,
                      width: '150px',
                      render: (one) => amount(one.limit, one.unit),
                    },
                  ]}
                />
              </Section>
              <Section title={t('limits.each')} hint={t('limits.each_hint')} id="each">
                <Rows
                  label={t('limits.each')}
                  rows={data.filter((one) => one.share === null)}
                  rowKey={(one) => one.key}
                  columns={[
                    { key: 'title', title: t('limits.what'), render: (one) => one.title },
                    {
                      key: 'limit',
                      title: t('limits.limit'),
                      numeric: true,
                      width: '170px',
                      render: (one) => amount(one.limit, one.unit),
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
