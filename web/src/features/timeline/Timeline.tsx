/** All that happened at an account, newest first. `compact`: for a column beside other things, without filters. */
import { Button } from '@mantine/core';
import {
  IconBuildingStore,
  IconCalendarEvent,
  IconClick,
  IconFileImport,
  IconFileInvoice,
  IconFlag,
  IconHeartbeat,
  IconMail,
  IconMessageCircle,
  IconNote,
  IconPencil,
  IconPhone,
  type IconProps,
  IconReceipt,
  IconTicket,
  IconUser,
  IconUsersGroup,
} from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type ComponentType, useState } from 'react';
import { Empty, ErrorNote, Skeleton } from '@/components/Page';
import { ask, type Page } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { LinkedText } from './LinkedText';
import css from './Timeline.module.css';

export interface TimelineEntry {
  at: string;
  day: string | null;
  id: string;
  kind: TimelineKind;
  what: string;
  title: string;
  text: string | null;
  person: { id: string; name: string } | null;
  who: string | null;
  link: { type: string; id: string } | null;
  parts: Record<string, string | number | null>;
}
export const timelineKinds = [
  'activity',
  'ticket',
  'answer',
  'invoice',
  'subscription',
  'health',
  'milestone',
  'segment',
  'field',
  'contact',
  'feature',
  'import',
] as const;
export type TimelineKind = (typeof timelineKinds)[number];

const icons: Record<string, ComponentType<IconProps>> = {
  activity: IconMessageCircle,
  ticket: IconTicket,
  answer: IconMessageCircle,
  invoice: IconFileInvoice,
  subscription: IconReceipt,
  health: IconHeartbeat,
  milestone: IconFlag,
  segment: IconUsersGroup,
  field: IconBuildingStore,
  contact: IconUser,
  feature: IconClick,
  import: IconFileImport,
  call: IconPhone,
  meeting: IconCalendarEvent,
  email: IconMail,
  note: IconNote,
};

const tone = (entry: TimelineEntry) =>
  entry.what === 'invoice_overdue' || entry.what === 'milestone_missed' || entry.what === 'contact_left'
    ? css.bad
    : entry.what === 'health_band'
      ? Number(entry.parts.score ?? 0) < Number(entry.parts.score_before ?? 0)
        ? css.bad
        : css.good
      : entry.what === 'ticket_opened' && entry.parts.urgency === 'urgent'
        ? css.bad
        : entry.what === 'subscription' && ['shrank', 'ended', 'cancelled'].includes(String(entry.parts.movement))
          ? css.bad
          : entry.what === 'milestone_reached' || (entry.what === 'subscription' && entry.parts.movement !== undefined)
            ? css.good
            : '';

/** The queries of an account's timeline: what changes an account makes them stale by this key. */
export const timelineKey = (account: string) => ['timeline', account];

export function Timeline({
  account,
  compact = false,
  person,
  kinds: given,
  onKinds,
  onEdit,
  limit = compact ? 8 : 50,
}: {
  account: string;
  compact?: boolean;
  /** Only what names this person. */
  person?: string;
  /** The kinds shown, where the page keeps them in its address; without, they are the part's own. */
  kinds?: TimelineKind[];
  onKinds?: (kinds: TimelineKind[]) => void;
  /** Opens an activity (its id) for editing. */
  onEdit?: (activity: string) => void;
  limit?: number;
}) {
  const { t, ready } = useTranslation('timeline');
  const [own, setOwn] = useState<TimelineKind[]>([]);
  const kinds = given ?? own;
  const choose = onKinds ?? setOwn;
  const list = useInfiniteQuery({
    queryKey: [...timelineKey(account), kinds.join(), person ?? '', limit],
    queryFn: ({ pageParam }) =>
      ask<Page<TimelineEntry>>('GET', `/api/v1/accounts/${account}/timeline`, {
        query: { limit, cursor: pageParam, kinds: kinds.join(), person },
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  if (!ready) return <Skeleton rows={compact ? 4 : 8} row={54} />;
  const entries = list.data?.pages.flatMap((page) => page.data) ?? [];
  const toggle = (kind: TimelineKind) =>
    choose(
      kinds.includes(kind)
        ? kinds.filter((one) => one !== kind)
        : timelineKinds.filter((one) => one === kind || kinds.includes(one)),
    );
  let month = '';
  return (
    <div>
      {!compact && (
        <fieldset className={`${css.filters} no-print`}>
          <legend className="sr">{t('kinds')}</legend>
          <button type="button" className={css.chip} aria-pressed={kinds.length === 0} onClick={() => choose([])}>
            {t('all_kinds')}
          </button>
          {timelineKinds.map((kind) => (
            <button
              key={kind}
              type="button"
              className={css.chip}
              aria-pressed={kinds.includes(kind)}
              onClick={() => toggle(kind)}
            >
              {t(`kind.${kind}`)}
            </button>
          ))}
        </fieldset>
      )}
      {list.isPending ? (
        <Skeleton rows={compact ? 4 : 8} row={54} />
      ) : list.error && !entries.length ? (
        <ErrorNote error={list.error} onRetry={() => list.refetch()} />
      ) : !entries.length ? (
        compact ? (
          <p className="quiet">{t('none')}</p>
        ) : (
          <Empty title={t(kinds.length || person ? 'none_of_these' : 'none')}>{t('none_text')}</Empty>
        )
      ) : (
        <ol className={compact ? css.compact : css.list} aria-label={t('title')} aria-busy={list.isFetching || undefined}>
          {entries.map((entry) => {
            const day = entry.day ?? format.wall(entry.at).day;
            const heading = format.day(day, 'month');
            const first = !compact && heading !== month;
            month = heading;
            return (
              <li key={entry.id} className={css.item}>
                {first && <h3 className={css.month}>{heading}</h3>}
                <Entry entry={entry} day={day} compact={compact} onEdit={onEdit} />
              </li>
            );
          })}
        </ol>
      )}
      {!compact && list.hasNextPage && (
        <div className={`${css.more} no-print`}>
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
            {t('more')}
          </Button>
        </div>
      )}
    </div>
  );
}

function Entry({
  entry,
  day,
  compact,
  onEdit,
}: {
  entry: TimelineEntry;
  day: string;
  compact: boolean;
  onEdit?: (activity: string) => void;
}) {
  const { t } = useTranslation('timeline');
  const Icon = icons[entry.kind === 'activity' ? String(entry.parts.kind) : entry.kind] ?? IconMessageCircle;
  // What begins with a day (a stage, a contact) says no time.
  const dated = Boolean(entry.day) || format.wall(entry.at).time === '00:00';
  const when = compact ? format.day(day, 'brief') : `${format.day(day, 'brief')}${dated ? '' : ` ${format.time(entry.at)}`}`;
  const outcome = entry.kind === 'activity' ? entry.parts.outcome : null;
  const edit = entry.link?.type === 'activity' && entry.parts.own === 1 ? onEdit : undefined;
  return (
    <article className={css.entry}>
      <span className={`${css.icon} ${tone(entry)}`}>
        <Icon size={15} aria-hidden="true" />
      </span>
      <div className={css.body}>
        <div className={css.top}>
          <bdi className={css.title}>{entry.title}</bdi>
          {edit && entry.link && (
            <button type="button" className={css.edit} onClick={() => edit(entry.link!.id)}>
              <IconPencil size={13} aria-hidden="true" />
              <span className="sr">{t('edit', { title: entry.title })}</span>
            </button>
          )}
          <time className={css.when} dateTime={entry.day ?? entry.at} title={format.day(day, 'full')}>
            {when}
          </time>
        </div>
        {entry.text && (
          <div className={compact ? css.clamped : css.text}>
            <bdi>
              <LinkedText text={entry.text} />
            </bdi>
          </div>
        )}
        {!compact && (outcome || entry.who || (entry.person && entry.kind !== 'activity' && entry.kind !== 'contact')) && (
          <div className={css.foot}>
            {outcome && <bdi>{String(outcome)}</bdi>}
            {entry.person && entry.kind !== 'activity' && entry.kind !== 'contact' && <bdi>{entry.person.name}</bdi>}
            {entry.who && <bdi>{entry.who}</bdi>}
          </div>
        )}
      </div>
    </article>
  );
}
