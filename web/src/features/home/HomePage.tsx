/** Home: a sentence that says what changed and whom to call, then the book, whom to call first and why, what changed, what renews. */
import { Button, SegmentedControl } from '@mantine/core';
import { IconPhone } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { Empty, Kbd, Lead, Loaded, PageHead } from '@/components/Page';
import { type AccountSearch, keepTrail } from '@/features/account';
import { LogTouch } from '@/features/timeline';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import { isolate } from '@/lib/words';
import { BookStrip } from './BookStrip';
import { CallFirst } from './CallFirst';
import { Changes } from './Changes';
import { DueList } from './DueList';
import css from './Home.module.css';
import { Leaders } from './Leaders';
import { Renewals } from './Renewals';
import type { Book } from './routes';
import { type AccountRow, type Home, judged } from './shape';
import { visit } from './visit';

const route = getRouteApi('/shell/');

export function HomePage() {
  const { t } = useTranslation('home');
  const me = useMe();
  const search = route.useSearch();
  const go = route.useNavigate();
  const [last] = useState(() => me.preferences?.seen_at ?? visit(me.member?.id ?? me.name));
  const since = search.since ?? last ?? undefined;
  const home = useQuery({
    queryKey: ['home', search.book, since],
    queryFn: () => ask<Home>('GET', '/api/v1/home', { query: { book: search.book, since } }),
    placeholderData: keepPreviousData,
  });
  const books: Book[] = me.scope === 'all' ? ['own', 'team', 'all'] : me.scope === 'team' ? ['own', 'team'] : ['own'];
  const offered = books.filter((book) => book !== 'team' || me.team);
  return (
    <>
      <PageHead title={home.data ? format.day(home.data.today, 'full') : t('title')}>
        {offered.length > 1 && (
          <SegmentedControl
            size="xs"
            aria-label={t('book.whose')}
            value={search.book ?? home.data?.book.scope ?? offered[0]!}
            onChange={(book) => go({ search: { ...search, book: book as Book } })}
            data={offered.map((book) => ({ value: book, label: t(`book.${book}`) }))}
          />
        )}
      </PageHead>
      <Loaded query={home} rows={10} row={72}>
        {(data) => (data.book.accounts ? <Filled home={data} /> : <Nobody />)}
      </Loaded>
    </>
  );
}

function Nobody() {
  const { t } = useTranslation('home');
  return <Empty title={t('empty.title')}>{t('empty.text')}</Empty>;
}

function Filled({ home }: { home: Home }) {
  const { t } = useTranslation('home');
  const navigate = useNavigate();
  const [active, setActive] = useState(0);
  const [logging, setLogging] = useState<AccountRow>();
  const me = useMe();
  const mayLog = mayRole(me, 'csm');
  const calls = home.calls.data;
  const open = useCallback(
    (id: string, more: AccountSearch = {}) => navigate({ to: '/accounts/$account', params: { account: id }, search: more }),
    [navigate],
  );
  useEffect(() => keepTrail([...new Set([...calls, ...home.renewals.next].map((one) => one.id))]), [calls, home.renewals.next]);
  const step = (by: number) => () => setActive((at) => Math.max(0, Math.min(calls.length - 1, at + by)));
  const chosen = calls[active];
  useKeys({
    KeyJ: step(1),
    KeyK: step(-1),
    Enter: chosen && ((event) => !(event.target as HTMLElement).closest('a,button') && open(chosen.id)),
    KeyL: chosen && mayLog ? () => setLogging(chosen) : undefined,
  });
  return (
    <>
      <Lead then={start(home, t)}>{opening(home, t)}</Lead>
      <BookStrip home={home} />
      <div className={css.columns}>
        <div className={css.main}>
          <CallFirst
            calls={home.calls}
            judged={judged(home)}
            currency={home.book.currency}
            active={active}
            onActive={setActive}
            onOpen={open}
            action={(call, first) =>
              mayLog && (
                <Button
                  size="compact-sm"
                  variant={first ? 'filled' : 'default'}
                  leftSection={<IconPhone size={14} />}
                  rightSection={first ? <Kbd>L</Kbd> : undefined}
                  onClick={() => setLogging(call)}
                >
                  {t('call.log')}
                </Button>
              )
            }
          />
          <Changes changes={home.changes} onOpen={open} />
          {home.leaders && <Leaders leaders={home.leaders} currency={home.book.currency} scope={home.book.scope} onOpen={open} />}
        </div>
        <div className={css.side}>
          <DueList due={home.due} onOpen={open} />
          <Renewals renewals={home.renewals} currency={home.book.currency} onOpen={open} />
        </div>
      </div>
      {logging && (
        <LogTouch
          account={logging.id}
          name={logging.name}
          kind="call"
          onClose={() => {
            setLogging(undefined);
            queryClient.invalidateQueries({ queryKey: ['home'] });
          }}
        />
      )}
    </>
  );
}

type T = (key: string, values?: Record<string, unknown>) => string;

/** Since when, in words: at 08:02 · Friday · 12 Nov. */
export function sinceWords(at: string, today: string, t: T) {
  const { day, time } = format.wall(at);
  const days = Math.round((Date.parse(today) - Date.parse(day)) / 86_400_000);
  if (days === 0) return t('since.today', { time: format.digits(time) });
  if (days === 1) return t('since.yesterday');
  return days < 7 ? format.weekday(day) : format.day(day, 'brief');
}

function opening(home: Home, t: T) {
  if (!judged(home)) return t('lead.no_health', { count: home.book.accounts });
  const { slipped, recovered, since } = home.changes;
  const when = sinceWords(since, home.today, t);
  const fell = t('lead.slipped', { count: slipped, n: format.int(slipped) });
  const rose = t('lead.recovered', { count: recovered, n: format.int(recovered) });
  if (slipped && recovered) return t('lead.both', { fell, rose, when });
  if (slipped) return t('lead.only_slipped', { fell, when });
  if (recovered) return t('lead.only_recovered', { rose, when });
  return t('lead.none', { when });
}

function start(home: Home, t: T) {
  const first = home.calls.data[0];
  if (!first) return t(judged(home) ? 'lead.nobody' : 'lead.no_health_then');
  const name = isolate(first.name);
  const amount = first.arr === null ? null : format.amount(first.arr, home.book.currency);
  const days = first.days_to_renewal;
  const values = { name, amount, days: days === null ? '' : format.days(days) };
  const renews = amount !== null && days !== null && days >= 0;
  if (renews && first.champion_left) return t('lead.start_renews_champion', values);
  const said = renews ? t('lead.start_renews', values) : amount ? t('lead.start_amount', values) : t('lead.start', values);
  if (first.champion_left) return `${said} ${t('lead.champion')}`;
  return first.reasons[0] ? `${said} ${first.reasons[0].text}` : said;
}
