/** What arrives right now: events as they were taken, and those that were not, with the reason and the way back in. */
import { Button, SegmentedControl, Select } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Empty, Loaded } from '@/components/Page';
import { done, failed } from '@/components/Toast';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import { type EventRow, eventsQuery, type Rejected, rejectedQuery, sourcesQuery } from './data';
import css from './Sources.module.css';

export type Show = 'all' | 'taken' | 'rejected';
type Line = { at: string; id: string; event?: EventRow; rejected?: Rejected };

export function Live({
  source,
  show,
  onSource,
  onShow,
}: {
  source?: string;
  show: Show;
  onSource: (source: string | undefined) => void;
  onShow: (show: Show) => void;
}) {
  const { t } = useTranslation('sources');
  const me = useMe();
  const all = me.scope === 'all';
  const sources = useQuery({ ...sourcesQuery, enabled: all });
  const events = useQuery(eventsQuery());
  const rejected = useQuery({ ...rejectedQuery(source), enabled: all });
  const replay = useMutation({
    mutationFn: (id?: string) =>
      ask<{ replayed: number }>('POST', '/api/v1/rejected/replay', { body: id ? { id } : { all: true } }),
    onSuccess: (answer) => {
      queryClient.invalidateQueries({ queryKey: ['rejected'] });
      queryClient.invalidateQueries({ queryKey: ['events'] });
      done(t('replayed', { count: answer.replayed, n: format.int(answer.replayed) }));
    },
    onError: failed,
  });
  const may = mayRole(me, 'manager');
  const open = (rejected.data?.data ?? []).filter((one) => !one.replayed_at);
  return (
    <>
      <div className={`${css.tools} no-print`}>
        <SegmentedControl
          aria-label={t('shown')}
          data={(['all', 'taken', 'rejected'] as const).map((one) => ({ value: one, label: t(`show.${one}`) }))}
          value={show}
          onChange={(value) => onShow(value as Show)}
        />
        {all && (
          <Select
            aria-label={t('source')}
            placeholder={t('every_source')}
            data={(sources.data?.data ?? []).map((one) => one.name)}
            value={source ?? null}
            clearable
            onChange={(value) => onSource(value ?? undefined)}
          />
        )}
        <span className={css.pulse} role="status">
          {t('listening')}
        </span>
        {may && open.length > 0 && (
          <Button
            variant="default"
            leftSection={<IconRefresh size={15} />}
            loading={replay.isPending}
            onClick={() => replay.mutate(undefined)}
            className={css.push}
          >
            {t('replay_all', { count: open.length, n: format.int(open.length) })}
          </Button>
        )}
      </div>
      <Loaded query={events}>
        {(page) => {
          const taken: Line[] = page.data
            .filter((event) => !source || event.source === source)
            .map((event, i) => ({
              at: event.received ?? event.occurred,
              id: `e${i} ${event.occurred} ${event.name} ${event.user_key}`,
              event,
            }));
          const refused: Line[] = (rejected.data?.data ?? []).map((one) => ({ at: one.received_at, id: one.id, rejected: one }));
          const lines = [...(show === 'rejected' ? [] : taken), ...(show === 'taken' ? [] : refused)].sort((a, b) =>
            a.at < b.at ? 1 : -1,
          );
          if (!lines.length)
            return (
              <Empty title={show === 'rejected' ? t('none_rejected') : t('waiting')}>
                {show === 'rejected' ? t('none_rejected_text') : t('waiting_text')}
              </Empty>
            );
          return (
            <ol className={css.lines} tabIndex={0} aria-label={t('tab.live')}>
              {lines
                .slice(0, 150)
                .map((line) =>
                  line.event ? (
                    <Taken key={line.id} event={line.event} />
                  ) : (
                    <Refused
                      key={line.id}
                      one={line.rejected!}
                      onReplay={may ? () => replay.mutate(line.rejected!.id) : undefined}
                    />
                  ),
                )}
            </ol>
          );
        }}
      </Loaded>
    </>
  );
}

const when = (at: string) =>
  `${format.wall(at).day === format.today() ? '' : `${format.day(format.wall(at).day, 'brief')} `}${format.time(at)}`;

function Taken({ event }: { event: EventRow }) {
  const { t } = useTranslation('sources');
  const [open, setOpen] = useState(false);
  const properties =
    event.properties && Object.keys(event.properties as object).length > 0 ? JSON.stringify(event.properties, null, 2) : '';
  return (
    <li className={css.line}>
      <span className={css.live} aria-hidden="true">
        ●
      </span>
      <span className="sr">{t('show.taken')}</span>
      <time dateTime={event.received ?? event.occurred}>{when(event.received ?? event.occurred)}</time>
      <code className={css.event}>{event.name}</code>
      {event.count > 1 && <span className="dim">×{format.int(event.count)}</span>}
      <bdi className="clip">{event.account ?? event.account_key ?? t('no_account')}</bdi>
      <bdi className="quiet clip">{event.user_key ?? ''}</bdi>
      <bdi className={css.of}>{event.source}</bdi>
      {properties && (
        <button type="button" className={css.more} aria-expanded={open} onClick={() => setOpen(!open)}>
          {t('properties')}
        </button>
      )}
      {open && (
        <pre className={css.raw} dir="ltr">
          {properties}
        </pre>
      )}
    </li>
  );
}

function Refused({ one, onReplay }: { one: Rejected; onReplay?: () => void }) {
  const { t } = useTranslation('sources');
  const [open, setOpen] = useState(false);
  return (
    <li className={`${css.line} ${css.bad}`}>
      <span className={css.silent} aria-hidden="true">
        ◆
      </span>
      <span className="sr">{t('show.rejected')}</span>
      <time dateTime={one.received_at}>{when(one.received_at)}</time>
      <span className={css.reason}>{one.message}</span>
      {(one.times ?? 1) > 1 && <span className="dim">×{format.int(one.times ?? 1)}</span>}
      <bdi className={css.of}>{one.source}</bdi>
      <button type="button" className={css.more} aria-expanded={open} onClick={() => setOpen(!open)}>
        {t('as_sent')}
      </button>
      {one.replayed_at ? (
        <span className="dim">{t('was_replayed', { when: format.ago(one.replayed_at) })}</span>
      ) : (
        onReplay &&
        !one.raw_cut && (
          <button type="button" className={css.more} onClick={onReplay}>
            {t('replay')}
          </button>
        )
      )}
      {open && (
        <pre className={css.raw} dir="ltr">
          {one.raw}
        </pre>
      )}
    </li>
  );
}
