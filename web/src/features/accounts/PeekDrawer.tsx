/** One customer beside the list: how it is and why, without leaving the place in the list. */
import { Button } from '@mantine/core';
import { IconArrowUpRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { bandOf, HealthPill, Sparkline, Trend } from '@/components/Health';
import { Kbd, Letter, Loaded } from '@/components/Page';
import { SideDrawer } from '@/components/SideDrawer';
import { ask, type Page } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { wordOf } from '@/lib/words';
import css from './AccountsPage.module.css';
import type { Row, TablePage } from './api';
import { RenewalDay, Tags } from './columns';

interface Contact {
  id: string;
  name: string | null;
  email: string | null;
  title: string | null;
  role: string | null;
  champion: boolean | null;
}
/** What one is there: the role, the title. */
function parts({ champion, role, title }: Contact) {
  const known = champion ? 'champion' : role;
  return (
    <>
      {known && wordOf('role', known)}
      {known && title && ' · '}
      <bdi>{title}</bdi>
    </>
  );
}

export function PeekDrawer({
  id,
  row,
  currency,
  today,
  onClose,
  onOpen,
}: {
  id: string | undefined;
  /** As the list shows it; asked for alone where it is not in the list. */
  row: Row | undefined;
  currency: string;
  today: string;
  onClose: () => void;
  onOpen: (row: Row) => void;
}) {
  const { t } = useTranslation('accounts');
  const alone = useQuery({
    queryKey: ['accounts', 'one', id],
    enabled: Boolean(id) && !row,
    queryFn: async () => {
      const account = await ask<{ name: string }>('GET', `/api/v1/accounts/${id}`);
      const page = await ask<TablePage>('GET', '/api/v1/accounts/table', { query: { q: account.name, limit: 20 } });
      return page.data.find((one) => one.id === id) ?? null;
    },
  });
  const shown = row ?? alone.data ?? undefined;
  useKeys({ Enter: shown && id ? () => onOpen(shown) : undefined }, Boolean(id), { dialogs: true });
  return (
    <SideDrawer opened={Boolean(id)} onClose={onClose} title={shown ? <bdi>{shown.name}</bdi> : t('peek')}>
      {shown ? (
        <Peek row={shown} currency={currency} today={today} onOpen={() => onOpen(shown)} />
      ) : (
        <Loaded query={alone}>{() => <p className="quiet">{t('peek_gone')}</p>}</Loaded>
      )}
    </SideDrawer>
  );
}

function Peek({ row, currency, today, onOpen }: { row: Row; currency: string; today: string; onOpen: () => void }) {
  const { t } = useTranslation('accounts');
  const contacts = useQuery({
    queryKey: ['accounts', row.id, 'contacts'],
    queryFn: async () => (await ask<Page<Contact>>('GET', `/api/v1/accounts/${row.id}/contacts`, { query: { limit: 6 } })).data,
  });
  const band = bandOf(row.health.band);
  return (
    <div className={css.peek}>
      <div className={css.peekTop}>
        <HealthPill score={row.health.score} band={band} large />
        {row.weeks && <Sparkline values={row.weeks} band={band} width={120} height={28} />}
        {row.weeks && row.health.score !== null && <Trend change={row.health.change} period={t('in_4_weeks')} />}
      </div>
      {row.why ? (
        <p className={css.peekWhy}>
          <bdi>{row.why.text}</bdi>
        </p>
      ) : (
        <p className="quiet">{row.weeks ? t('why_none') : ''}</p>
      )}
      <dl className={css.facts}>
        <dt>{t('columns.arr')}</dt>
        <dd>{row.arr === null ? t('common:unknown') : format.money(row.arr, currency)}</dd>
        <dt>{t('columns.renewal')}</dt>
        <dd>
          {row.renews_on ? (
            <>
              <RenewalDay day={row.renews_on} today={today} />{' '}
              <span className="dim">{format.fromToday(row.renews_on, today)}</span>
            </>
          ) : (
            t('common:unknown')
          )}
        </dd>
        <dt>{t('columns.stage')}</dt>
        <dd>
          <bdi>{row.stage ? wordOf('stage', row.stage) : '–'}</bdi>
        </dd>
        <dt>{t('columns.owner')}</dt>
        <dd>
          <bdi>{row.owner?.name ?? t('no_owner')}</bdi>
        </dd>
        {row.key && (
          <>
            <dt>{t('columns.key')}</dt>
            <dd>
              <code>{row.key}</code>
            </dd>
          </>
        )}
        {row.tags.length > 0 && (
          <>
            <dt>{t('columns.tags')}</dt>
            <dd>
              <Tags tags={row.tags} />
            </dd>
          </>
        )}
      </dl>
      <h3 className={css.peekHead}>{t('people')}</h3>
      <Loaded query={contacts} rows={3}>
        {(list) =>
          list.length ? (
            <ul className={css.people}>
              {list.map((one) => (
                <li key={one.id}>
                  <Letter name={one.name ?? one.email ?? '–'} round size={24} />
                  <span className={css.person}>
                    <span className="name clip">
                      <bdi>{one.name ?? one.email}</bdi>
                    </span>
                    <span className="dim clip">{parts(one)}</span>
                  </span>
                </li>
              ))}
            </ul>
          ) : (
            <p className="quiet">{t('people_none')}</p>
          )
        }
      </Loaded>
      <Button
        rightSection={<Kbd>Enter</Kbd>}
        leftSection={<IconArrowUpRight size={15} className={css.mirror} />}
        onClick={onOpen}
      >
        {t('open_account')}
      </Button>
    </div>
  );
}
