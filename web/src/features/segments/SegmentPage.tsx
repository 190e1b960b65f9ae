/** One segment: who is in it, who came and went and why, how large it was, and its rule with what saving it would do. */
import { Button } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Empty, Figure, Loaded, PageHead, PageTabs, Section } from '@/components/Page';
import { type RuleCatalogue, RuleChips, sentenceOf, useRuleCatalogue } from '@/components/rule';
import { Rows } from '@/components/Table';
import { done, failed } from '@/components/Toast';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import { titled } from '@/lib/words';
import { Entries } from './Entries';
import { RuleBuilder } from './RuleBuilder';
import css from './Segments.module.css';
import { Sizes } from './Sizes';
import {
  catalogueFor,
  causeText,
  type Members,
  type Preview,
  pathOf,
  personOf,
  type Segment,
  segmentsKey,
  type Turn,
} from './segment';

const route = getRouteApi('/shell/health/segments/$key');

export function SegmentPage() {
  const { key } = route.useParams();
  const segment = useQuery({ queryKey: ['segments', key], queryFn: () => ask<Segment>('GET', pathOf(key)) });
  return <Loaded query={segment}>{(one) => <Inside segment={one} />}</Loaded>;
}

function Inside({ segment }: { segment: Segment }) {
  const { t } = useTranslation('segments');
  const me = useMe();
  const go = route.useNavigate();
  const { tab = 'members' } = route.useSearch();
  const everything = useRuleCatalogue();
  const catalogue = useMemo(() => everything && catalogueFor(segment, everything), [segment, everything]);
  const mayWrite = mayRole(me, 'manager');
  const people = segment.holds === 'contacts';
  const remove = async () => {
    const { title_en, title_fa, holds, rule, touch_place, touch_owner, touch_cadence_days } = segment;
    const again = () => queryClient.invalidateQueries({ queryKey: segmentsKey });
    try {
      await ask('DELETE', pathOf(segment.key), { etag: `"${segment.version}"` });
      done(t('removed', { name: titled(segment) }), () =>
        ask('PUT', pathOf(segment.key), {
          body: { title_en, title_fa, holds, rule, touch_place, touch_owner, touch_cadence_days },
        }).then(again),
      );
      again();
      go({ to: '/health/segments' });
    } catch (error) {
      failed(error);
    }
  };
  return (
    <>
      <PageHead
        title={<bdi>{titled(segment)}</bdi>}
        crumbs={[{ to: '/health/segments', label: t('title') }]}
        tabs={
          <PageTabs
            label={titled(segment)}
            active={tab}
            onChange={(next) => go({ search: { tab: next === 'members' ? undefined : (next as 'rule') } })}
            tabs={[
              { key: 'members', label: t('members'), count: format.int(segment.members) },
              ...(segment.rule ? [{ key: 'unknown', label: t('unknown'), count: format.int(segment.unknown) }] : []),
              { key: 'history', label: t('history') },
              { key: 'rule', label: t(segment.rule ? 'rule' : 'settings') },
            ]}
          />
        }
      >
        {people && <span className={css.chip}>{t('contacts')}</span>}
        {mayWrite && (
          <Button variant="subtle" color="red" leftSection={<IconTrash size={15} />} onClick={remove}>
            {t('remove')}
          </Button>
        )}
      </PageHead>
      {tab !== 'rule' && (
        <Section>
          {segment.broken ? (
            <p className={css.broken}>{segment.broken}</p>
          ) : segment.rule && catalogue ? (
            <RuleChips rule={segment.rule} catalogue={catalogue} contacts={people} onChange={() => {}} disabled />
          ) : (
            <p className="quiet">{t('by_hand_text')}</p>
          )}
          <div className={css.figures}>
            <Figure label={t('members')} value={format.int(segment.members)} />
            {!people && (
              <Figure label={t('arr')} value={segment.arr === null ? '–' : format.amount(segment.arr, segment.currency)} />
            )}
            <Figure
              label={t('change')}
              value={`${format.signed(segment.entered_30d)} ${segment.left_30d ? format.signed(-segment.left_30d) : ''}`}
              note={t('change_note')}
            />
            {segment.rule && <Figure label={t('unknown')} value={format.int(segment.unknown)} note={t('unknown_note')} />}
          </div>
        </Section>
      )}
      {tab === 'members' && <MembersPart segment={segment} mayWrite={mayWrite} />}
      {tab === 'unknown' && <MembersPart segment={segment} truth="unknown" mayWrite={false} />}
      {tab === 'history' && <HistoryPart segment={segment} catalogue={catalogue} />}
      {tab === 'rule' && catalogue && (
        <RuleBuilder key={segment.version} segment={segment} catalogue={catalogue} mayWrite={mayWrite} />
      )}
    </>
  );
}

function MembersPart({ segment, truth, mayWrite }: { segment: Segment; truth?: 'unknown'; mayWrite: boolean }) {
  const { t } = useTranslation('segments');
  const people = segment.holds === 'contacts';
  const list = useInfiniteQuery({
    queryKey: ['segments', segment.key, 'members', truth ?? 'true'],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      ask<Members>('GET', `${pathOf(segment.key)}/members`, { query: { truth, limit: 100, cursor: pageParam || undefined } }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const first = list.data?.pages[0];
  return (
    <Section
      title={t(truth ? 'unknown_title' : 'members')}
      hint={truth && first?.causes.map((cause) => `${format.int(cause.count)}: ${causeText(cause)}`).join(' · ')}
    >
      {!segment.rule && !truth && mayWrite && <Entries segment={segment} />}
      <Loaded query={list}>
        {({ pages }) => (
          <>
            <Rows
              label={t('members')}
              rows={pages.flatMap((page) => page.data)}
              rowKey={(row) => row.contact ?? row.account}
              empty={truth ? t('no_unknown') : t('no_members')}
              columns={[
                ...(people
                  ? [
                      {
                        key: 'person',
                        title: t('person'),
                        render: (row: Members['data'][number]) => <bdi className="name">{personOf(row)}</bdi>,
                      },
                    ]
                  : []),
                {
                  key: 'name',
                  title: t('account'),
                  render: (row) => (
                    <Link to={`/accounts/${encodeURIComponent(row.account)}` as string}>
                      <bdi>{row.name}</bdi>
                    </Link>
                  ),
                },
                {
                  key: 'arr',
                  title: t('arr'),
                  numeric: true,
                  width: '130px',
                  render: (row) => (row.arr === null ? '–' : format.amount(row.arr, segment.currency)),
                },
                {
                  key: 'turns',
                  title: t('turns'),
                  width: '190px',
                  render: (row) =>
                    row.turns_on ? (
                      <>
                        {format.day(row.turns_on)} <span className="dim">{format.fromToday(row.turns_on)}</span>
                      </>
                    ) : (
                      ''
                    ),
                },
              ]}
            />
            {list.hasNextPage && (
              <Button
                className={css.more}
                variant="default"
                loading={list.isFetchingNextPage}
                onClick={() => list.fetchNextPage()}
              >
                {t('more')}
              </Button>
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}

function HistoryPart({ segment, catalogue }: { segment: Segment; catalogue?: RuleCatalogue }) {
  const { t } = useTranslation('segments');
  const sizes = useQuery({
    queryKey: ['segments', segment.key, 'sizes', segment.version],
    enabled: segment.rule !== null && !segment.broken,
    staleTime: 10 * 60_000,
    queryFn: () => ask<Preview>('POST', `${pathOf(segment.key)}/preview`, { body: { rule: segment.rule, holds: segment.holds } }),
  });
  const list = useInfiniteQuery({
    queryKey: ['segments', segment.key, 'history'],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      ask<{ data: Turn[]; next_cursor: string | null }>('GET', `${pathOf(segment.key)}/history`, {
        query: { limit: 50, cursor: pageParam || undefined },
      }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  return (
    <>
      {segment.rule && !segment.broken && (
        <Loaded query={sizes} rows={4}>
          {(data) => <Sizes sizes={data.sizes} members={data.members} file={segment.key} />}
        </Loaded>
      )}
      <Section title={t('came_went')} hint={t('came_went_hint', { day: format.day(format.wall(segment.since).day) })}>
        <Loaded query={list}>
          {({ pages }) => {
            const turns = pages.flatMap((page) => page.data);
            if (!turns.length) return <Empty title={t('no_turns')}>{t('no_turns_text')}</Empty>;
            return (
              <>
                <Rows
                  label={t('came_went')}
                  rows={turns}
                  rowKey={(row, i) => `${row.at} ${i}`}
                  columns={[
                    { key: 'at', title: t('when'), width: '170px', render: (row) => format.instant(row.at) },
                    {
                      key: 'what',
                      title: t('what'),
                      width: '110px',
                      render: (row) => (
                        <span className={row.entered ? css.came : css.went}>{t(row.entered ? 'entered' : 'left')}</span>
                      ),
                    },
                    {
                      key: 'who',
                      title: segment.holds === 'contacts' ? t('person') : t('account'),
                      render: (row) => (
                        <Link to={`/accounts/${encodeURIComponent(row.account)}` as string}>
                          <bdi>{segment.holds === 'contacts' ? personOf(row) : row.name}</bdi>
                        </Link>
                      ),
                    },
                    {
                      key: 'why',
                      title: t('why'),
                      render: (row) =>
                        row.cause === 'rule' && row.why && catalogue ? (
                          <bdi className="quiet">{sentenceOf(row.why.rule, catalogue, segment.holds === 'contacts')}</bdi>
                        ) : (
                          <span className="quiet">{t(`cause.${row.cause}`)}</span>
                        ),
                    },
                  ]}
                />
                {list.hasNextPage && (
                  <Button
                    className={css.more}
                    variant="default"
                    loading={list.isFetchingNextPage}
                    onClick={() => list.fetchNextPage()}
                  >
                    {t('more')}
                  </Button>
                )}
              </>
            );
          }}
        </Loaded>
      </Section>
    </>
  );
}
