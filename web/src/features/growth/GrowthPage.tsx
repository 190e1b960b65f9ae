/** Growth: what customers could have and do not, the most that can be expected first, with the peers and the chance beside it. */
import { Button, SegmentedControl, Select } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback } from 'react';
import { AccountLink } from '@/components/AccountLink';
import { Empty, Lead, Loaded, PageHead, Section } from '@/components/Page';
import { SegmentPicker } from '@/components/SegmentPicker';
import { Rows } from '@/components/Table';
import { failed } from '@/components/Toast';
import { csv, download } from '@/lib/download';
import { currencyExponent, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { type Kind, kinds, type ListedRoom, peersKey, type Sort, sorts, type Whitespace, whitespace, whitespaceKey } from './api';
import css from './Growth.module.css';
import { PeersDrawer } from './PeersDrawer';
import { money, roomColumns } from './Rooms';
import type { GrowthSearch } from './routes';

const route = getRouteApi('/shell/insight/growth');

export function GrowthPage() {
  const { t } = useTranslation('growth');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = useCallback(
    (change: Partial<GrowthSearch>) => navigate({ search: (old) => ({ ...old, ...change }), replace: !('open' in change) }),
    [navigate],
  );
  const asked = { segment: search.segment, kind: search.kind, product: search.product, sort: search.sort };
  const query = useInfiniteQuery({
    queryKey: whitespaceKey(asked),
    queryFn: ({ pageParam }) => whitespace({ ...asked, limit: 50, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <PageHead title={t('title')}>
        <Save asked={asked} />
        <SegmentPicker search={search} onChange={go} split={false} />
      </PageHead>
      <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch }} rows={10}>
        {({ pages }) => {
          const answer = pages[0]!;
          const rows = pages.flatMap((page) => page.data);
          const narrowed = Boolean(search.kind || search.product || search.segment);
          if (!rows.length && !narrowed) return <Nothing answer={answer} />;
          return (
            <>
              <Lead then={answer.note ?? t('lead_then')}>
                {t(answer.expected === null ? 'lead_unpriced' : 'lead', {
                  count: answer.accounts,
                  n: format.int(answer.accounts),
                  potential: money(answer.expected, answer.currency),
                })}
              </Lead>
              <Section id="rooms" title={t('list')} hint={t('list_hint', { days: format.days(answer.days) })}>
                <Filters search={search} go={go} answer={answer} />
                <Rows
                  label={t('list')}
                  rows={rows}
                  rowKey={(row) => peersKey(row.id, row)}
                  empty={t('none_here')}
                  columns={[
                    { key: 'name', title: t('insight:account'), render: (row) => <AccountLink id={row.id} name={row.name} /> },
                    ...roomColumns<ListedRoom>(t, answer.currency, answer.products, (row) => go({ open: peersKey(row.id, row) })),
                    { key: 'owner', title: t('owner'), render: (row) => <bdi>{row.owner_name ?? '–'}</bdi> },
                  ]}
                />
                {query.hasNextPage && (
                  <Button
                    className={css.more}
                    variant="default"
                    loading={query.isFetchingNextPage}
                    onClick={() => query.fetchNextPage()}
                  >
                    {t('more', { n: format.int(answer.rows - rows.length) })}
                  </Button>
                )}
                {answer.unjudged > 0 && (
                  <p className="dim">{t('insight:unjudged', { count: answer.unjudged, n: format.int(answer.unjudged) })}</p>
                )}
              </Section>
              <Models answer={answer} />
              <Section title={t('how')}>
                <p className="quiet">{answer.rule}</p>
                <p className="quiet">{t('how_chance')}</p>
              </Section>
            </>
          );
        }}
      </Loaded>
      <PeersDrawer open={search.open} onClose={() => go({ open: undefined })} />
    </>
  );
}

function Nothing({ answer }: { answer: Whitespace }) {
  const { t } = useTranslation('growth');
  return (
    <>
      <Empty
        title={t('empty.title')}
        action={
          <Button component={Link} to="/data/imports/new">
            {t('empty.act')}
          </Button>
        }
      >
        {t('empty.text')}
      </Empty>
      {answer.note && <p className="quiet">{answer.note}</p>}
    </>
  );
}

function Filters({
  search,
  go,
  answer,
}: {
  search: GrowthSearch;
  go: (change: Partial<GrowthSearch>) => void;
  answer: Whitespace;
}) {
  const { t } = useTranslation('growth');
  return (
    <div className={css.filters}>
      <SegmentedControl
        size="xs"
        aria-label={t('kind.title')}
        value={search.kind ?? 'all'}
        data={['all', ...kinds].map((value) => ({ value, label: t(`kind.${value}`) }))}
        onChange={(value) => go({ kind: value === 'all' ? undefined : (value as Kind), product: undefined })}
      />
      <Select
        size="xs"
        aria-label={t('product')}
        placeholder={t('every_product')}
        clearable
        value={search.product ?? null}
        data={answer.products.map((one) => ({ value: one.product, label: one.product }))}
        onChange={(value) => go({ product: value ?? undefined, kind: value ? 'product' : search.kind })}
      />
      <Select
        size="xs"
        aria-label={t('sort.title')}
        allowDeselect={false}
        value={search.sort ?? 'expected'}
        data={sorts.map((value) => ({ value, label: t(`sort.${value}`) }))}
        onChange={(value) => go({ sort: value === 'expected' ? undefined : (value as Sort) })}
      />
    </div>
  );
}

/** Of each product: who could own it, who does, and whether a model speaks. */
function Models({ answer }: { answer: Whitespace }) {
  const { t } = useTranslation('growth');
  if (!answer.products.length) return null;
  return (
    <Section id="products" title={t('products.title')} hint={t('products.hint')}>
      <Rows
        label={t('products.title')}
        rows={answer.products}
        rowKey={(row) => row.product}
        columns={[
          { key: 'product', title: t('product'), render: (row) => <bdi className="name">{row.product}</bdi> },
          {
            key: 'own',
            title: t('products.own'),
            numeric: true,
            render: (row) => t('products.of', { n: format.int(row.own), of: format.int(row.could) }),
          },
          {
            key: 'model',
            title: t('products.model'),
            render: (row) => (
              <>
                <Link to="/insight/models/$outcome" params={{ outcome: row.outcome }}>
                  {t(row.live ? 'products.live' : 'products.silent')}
                </Link>
                <div className="label">{row.text}</div>
              </>
            ),
          },
        ]}
      />
    </Section>
  );
}

/** All rows of what is asked, as CSV. */
function Save({ asked }: { asked: Record<string, string | undefined> }) {
  const { t } = useTranslation('growth');
  const save = useMutation({
    mutationFn: async () => {
      const pages: Whitespace[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await whitespace({ ...asked, limit: 1000, cursor });
        pages.push(page);
        if (!page.next_cursor) break;
        cursor = page.next_cursor;
      }
      const currency = pages[0]!.currency;
      const amount = (minor: number | null) => (minor === null ? null : Math.round(minor) / 10 ** currencyExponent(currency));
      download(
        'growth.csv',
        csv([
          [
            t('insight:account'),
            t('kind.title'),
            t('what'),
            t('peers.title'),
            t('peers.has'),
            t('potential'),
            t('sort.expected'),
            t('currency'),
            t('chance.title'),
            t('owner'),
          ],
          ...pages.flatMap((page) =>
            page.data.map((row) => [
              row.name,
              t(`kind.${row.kind}`),
              row.title ?? row.text,
              row.peers,
              row.peers_have,
              amount(row.potential),
              amount(row.expected),
              currency,
              row.chance,
              row.owner_name,
            ]),
          ),
        ]),
      );
    },
    onError: failed,
  });
  return (
    <Button variant="default" leftSection={<IconDownload size={15} />} loading={save.isPending} onClick={() => save.mutate()}>
      CSV
    </Button>
  );
}
