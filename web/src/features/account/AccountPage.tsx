/** One account: its head holds what a call needs; the tabs hold everything behind it. As of today, or of any day. */
import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconHistory, IconPhone } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { DateField } from '@/components/DateField';
import { Kbd, Loaded, PageHead, PageTabs } from '@/components/Page';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { mayRole, useMe } from '@/lib/me';
import css from './Account.module.css';
import { Head } from './Head';
import { HealthTab } from './HealthTab';
import { MeasureDrawer } from './MeasureDrawer';
import { OverviewTab } from './OverviewTab';
import { PeopleTab } from './PeopleTab';
import { overviewOf } from './queries';
import { AnswersTab, InvoicesTab, MilestonesTab, RevenueTab, TicketsTab } from './RowsTabs';
import type { AccountSearch } from './routes';
import type { Overview } from './shape';
import { TimelineTab } from './TimelineTab';
import { type Tab, tabs } from './tabs';
import { trail } from './trail';
import { UsageTab } from './UsageTab';

const route = getRouteApi('/shell/accounts/$account');

export interface TabProps {
  id: string;
  overview: Overview;
  search: AccountSearch;
  look: (change: Partial<AccountSearch>) => void;
  mayWrite: boolean;
}

export function AccountPage() {
  const { t } = useTranslation('account');
  const { account: id } = route.useParams();
  const search = route.useSearch();
  const go = route.useNavigate();
  const navigate = useNavigate();
  const me = useMe();
  const [replaying, setReplaying] = useState(false);
  const overview = useQuery(overviewOf(id, search.as_of));
  const look = (change: Partial<AccountSearch>) => go({ search: (now) => ({ ...now, ...change }), resetScroll: false });
  const tab = search.tab ?? 'overview';
  const list = trail();
  const place = overview.data ? list.indexOf(overview.data.id) : -1;
  const goTo = (by: number) => {
    const next = list[place + by];
    if (place >= 0 && next)
      navigate({ to: '/accounts/$account', params: { account: next }, search: { tab: search.tab, as_of: search.as_of } });
  };
  useKeys({
    BracketLeft: () => goTo(-1),
    BracketRight: () => goTo(1),
    KeyH: () => look({ tab: 'health' }),
    KeyL: () => look({ log: true, tab: 'timeline' }),
    KeyN: () => look({ log: 'note', tab: 'timeline' }),
    ...Object.fromEntries(tabs.map((key, i) => [`Digit${(i + 1) % 10}`, () => look({ tab: key, open: undefined })])),
  });
  const counts = overview.data?.counts;
  const count = (key: Tab) =>
    key === 'people'
      ? counts?.contacts
      : key === 'subscriptions' || key === 'tickets' || key === 'invoices' || key === 'answers'
        ? counts?.[key]
        : undefined;
  return (
    <div className={css.page}>
      <PageHead
        title={
          <>
            <bdi>{overview.data?.name ?? ''}</bdi>
            {place >= 0 && (
              <span className={`${css.place} no-print`}>
                {t('place', { n: format.int(place + 1), of: format.int(list.length) })}
                <ActionIcon size={24} aria-label={t('previous')} disabled={!list[place - 1]} onClick={() => goTo(-1)}>
                  <IconChevronLeft size={15} className={css.mirror} />
                </ActionIcon>
                <ActionIcon size={24} aria-label={t('next')} disabled={!list[place + 1]} onClick={() => goTo(1)}>
                  <IconChevronRight size={15} className={css.mirror} />
                </ActionIcon>
              </span>
            )}
          </>
        }
        crumbs={[{ to: '/accounts', label: t('accounts') }]}
      >
        {replaying || search.as_of ? (
          <DateField
            aria-label={t('replay')}
            value={search.as_of ?? format.today()}
            max={format.today()}
            onChange={(day) => {
              look({ as_of: day && day < format.today() ? day : undefined });
              if (!day || day >= format.today()) setReplaying(false);
            }}
          />
        ) : (
          <Tooltip label={t('replay_help')}>
            <Button variant="default" leftSection={<IconHistory size={15} />} onClick={() => setReplaying(true)}>
              {t('replay')}
            </Button>
          </Tooltip>
        )}
        <Button
          leftSection={<IconPhone size={15} />}
          rightSection={<Kbd>L</Kbd>}
          onClick={() => look({ log: true, tab: 'timeline' })}
        >
          {t('log')}
        </Button>
      </PageHead>
      <Loaded query={overview} rows={8} row={44}>
        {(data) => {
          const mayWrite = mayRole(me, 'csm') && !search.as_of;
          const props: TabProps = { id: data.id, overview: data, search, look, mayWrite };
          return (
            <>
              {search.as_of && (
                <div className={css.past} role="status">
                  <IconHistory size={15} aria-hidden="true" />
                  {t('as_it_was', { day: format.day(search.as_of) })}
                  <button type="button" className={css.link} onClick={() => look({ as_of: undefined })}>
                    {t('back_to_today')}
                  </button>
                </div>
              )}
              <Head {...props} />
              <div className={css.tabs}>
                <PageTabs
                  label={t('tabs')}
                  active={tab}
                  onChange={(key) => look({ tab: key as Tab, open: undefined })}
                  tabs={tabs.map((key) => {
                    const n = count(key);
                    return { key, label: t(`tab.${key}`), count: n ? format.int(n) : undefined };
                  })}
                />
              </div>
              {tab === 'overview' && <OverviewTab {...props} />}
              {tab === 'health' && <HealthTab {...props} />}
              {tab === 'usage' && <UsageTab {...props} />}
              {tab === 'people' && <PeopleTab {...props} />}
              {tab === 'timeline' && <TimelineTab {...props} />}
              {tab === 'subscriptions' && <RevenueTab {...props} />}
              {tab === 'tickets' && <TicketsTab {...props} />}
              {tab === 'invoices' && <InvoicesTab {...props} />}
              {tab === 'answers' && <AnswersTab {...props} />}
              {tab === 'milestones' && <MilestonesTab {...props} />}
              <MeasureDrawer {...props} />
            </>
          );
        }}
      </Loaded>
    </div>
  );
}
