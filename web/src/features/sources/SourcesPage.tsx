/** Where data comes from: how fresh each source is, its keys, and what arrives right now. */
import { Button } from '@mantine/core';
import { IconKey, IconPlayerPlay } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Empty, Kbd, Lead, Loaded, PageHead, PageTabs } from '@/components/Page';
import { Table } from '@/components/Table';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { mayRole, useMe } from '@/lib/me';
import { comma } from '@/lib/words';
import { type SourceStatus, sourcesQuery } from './data';
import { KeyDrawer, Keys } from './Keys';
import { Live } from './Live';
import css from './Sources.module.css';

const route = getRouteApi('/shell/data/sources');

export function SourcesPage() {
  const { t } = useTranslation('sources');
  const me = useMe();
  const search = route.useSearch();
  const go = route.useNavigate();
  const tab = search.tab ?? 'sources';
  const admin = mayRole(me, 'admin');
  const create = () => go({ search: { ...search, tab: 'keys', key: 'new' } });
  useKeys({ KeyN: admin ? create : undefined });
  return (
    <>
      <PageHead
        title={t('title')}
        tabs={
          <PageTabs
            label={t('title')}
            active={tab}
            onChange={(key) => go({ search: { tab: key === 'sources' ? undefined : (key as 'keys' | 'live') } })}
            tabs={[
              { key: 'sources', label: t('tab.sources') },
              ...(admin ? [{ key: 'keys', label: t('tab.keys') }] : []),
              { key: 'live', label: t('tab.live') },
            ]}
          />
        }
      >
        {admin && (
          <Button leftSection={<IconKey size={15} />} rightSection={<Kbd>N</Kbd>} onClick={create}>
            {t('connect')}
          </Button>
        )}
      </PageHead>
      {tab === 'sources' && (
        <Sources onLive={(source) => go({ search: { tab: 'live', source } })} onConnect={admin ? create : undefined} />
      )}
      {tab === 'keys' && admin && <Keys onCreate={create} />}
      {tab === 'live' && (
        <Live
          source={search.source}
          show={search.show ?? 'all'}
          onSource={(source) => go({ search: { ...search, source }, replace: true })}
          onShow={(show) => go({ search: { ...search, show: show === 'all' ? undefined : show }, replace: true })}
        />
      )}
      {admin && <KeyDrawer opened={search.key === 'new'} onClose={() => go({ search: { ...search, key: undefined } })} />}
    </>
  );
}

function Sources({ onLive, onConnect }: { onLive: (source: string) => void; onConnect?: () => void }) {
  const { t } = useTranslation('sources');
  const query = useQuery(sourcesQuery);
  return (
    <Loaded query={query}>
      {(all) => {
        const silent = all.data.filter((one) => one.state === 'silent');
        const oldest = silent[0];
        return (
          <>
            {all.data.length > 0 && (
              <Lead then={oldest ? t('silent_text') : t('well_text')}>
                {oldest
                  ? t('silent', {
                      name: oldest.name,
                      since: oldest.silent_since ? format.day(oldest.silent_since, 'brief') : '–',
                    })
                  : t('well', { count: all.data.length, n: format.int(all.data.length) })}
              </Lead>
            )}
            <Table
              label={t('title')}
              rows={all.data}
              rowKey={(one) => one.name}
              rowHeight={44}
              onOpen={(one) => onLive(one.name)}
              columns={[
                {
                  key: 'name',
                  title: t('source'),
                  width: 'minmax(140px, 1fr)',
                  render: (one) => <bdi className="name">{one.name}</bdi>,
                },
                { key: 'state', title: t('state'), width: 'minmax(150px, 1fr)', render: (one) => <State one={one} /> },
                {
                  key: 'what',
                  title: t('gives'),
                  width: 'minmax(160px, 1.3fr)',
                  render: (one) =>
                    (one.what ?? '')
                      .split(', ')
                      .filter(Boolean)
                      .map((what) => t(`what.${what}`))
                      .join(comma()),
                },
                {
                  key: 'last',
                  title: t('last'),
                  width: '130px',
                  render: (one) => (one.last_received ? format.ago(one.last_received) : '–'),
                },
                {
                  key: 'day',
                  title: t('day'),
                  width: '110px',
                  numeric: true,
                  render: (one) => (one.events ? format.int(one.events_day) : ''),
                },
                {
                  key: 'week',
                  title: t('week'),
                  width: '110px',
                  numeric: true,
                  render: (one) => (one.events ? format.int(one.events_week) : ''),
                },
                {
                  key: 'lag',
                  title: t('lag'),
                  width: '90px',
                  numeric: true,
                  render: (one) => (one.lag_seconds === null ? '' : format.number(one.lag_seconds, one.lag_seconds < 10 ? 1 : 0)),
                },
                {
                  key: 'accounts',
                  title: t('covered'),
                  width: '130px',
                  numeric: true,
                  render: (one) => `${format.int(one.accounts)} · ${format.percent(one.accounts_share ?? 0)}`,
                },
                {
                  key: 'rejected',
                  title: t('rejected'),
                  width: '90px',
                  numeric: true,
                  render: (one) => (one.rejected ? <span className="bad">{format.int(one.rejected)}</span> : ''),
                },
              ]}
              empty={
                <Empty
                  title={t('none')}
                  action={
                    onConnect && (
                      <Button leftSection={<IconPlayerPlay size={15} />} onClick={onConnect}>
                        {t('connect')}
                      </Button>
                    )
                  }
                >
                  {t('none_text')}
                </Empty>
              }
            />
          </>
        );
      }}
    </Loaded>
  );
}

function State({ one }: { one: SourceStatus }) {
  const { t } = useTranslation('sources');
  const tone = one.state === 'live' ? css.live : one.state === 'silent' ? css.silent : css.other;
  return (
    <span className={css.state}>
      <span className={tone} aria-hidden="true">
        {one.state === 'live' ? '●' : one.state === 'silent' ? '◆' : '○'}
      </span>
      <span>
        {one.state === 'silent' && one.silent_since
          ? t('states.silent_since', { since: format.day(one.silent_since, 'brief') })
          : t(`states.${one.state}`)}
      </span>
    </span>
  );
}
