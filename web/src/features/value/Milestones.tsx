/** Milestones by stage: who got how far, in how many days, and where they are stuck. */

import { Button } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { AccountLink } from '@/components/AccountLink';
import { ChartFrame } from '@/components/ChartFrame';
import { Empty, Lead, Loaded, Section } from '@/components/Page';
import { useGroupName } from '@/components/SegmentPicker';
import { Rows } from '@/components/Table';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import type { Period } from '@/lib/period';
import { own, type Words, wordOf } from '@/lib/words';
import { asOf, type Paged, type Progress, type Quartiles, type Stage, type Stuck } from './api';
import type { ValueSearch } from './routes';
import css from './Value.module.css';

const least = 10;
const days = (value: number | null) => (value === null ? '–' : format.number(value, 1));
const spread = (row: Quartiles) => `${days(row.p25)} / ${days(row.p50)} / ${days(row.p75)}`;
const parts = ['reached', 'waiting', 'late', 'missed'] as const;
const tones: Record<(typeof parts)[number], string> = {
  reached: 'var(--v-data-fill)',
  waiting: 'var(--v-data-soft)',
  late: 'var(--v-watch-fill)',
  missed: 'var(--v-unknown-fill)',
};

export function Milestones({
  search,
  period,
  mayWrite,
  onOpen,
}: {
  search: ValueSearch;
  period: Period;
  mayWrite: boolean;
  onOpen: (open: string) => void;
}) {
  const { t } = useTranslation('value');
  const name = useGroupName(search.split);
  const asked = { as_of: asOf(period), segment: search.segment, split: search.split };
  const progress = useQuery({
    queryKey: ['milestones', 'progress', asked],
    queryFn: () => ask<Paged<Progress> & { definition: Words }>('GET', '/api/v1/milestones/progress', { query: asked }),
    placeholderData: keepPreviousData,
  });
  const stages = useQuery({
    queryKey: ['milestones', 'stages', asked],
    queryFn: () => ask<Paged<Stage> & { definition: Words }>('GET', '/api/v1/milestones/stages', { query: asked }),
    placeholderData: keepPreviousData,
  });
  const stageName = (stage: string) => wordOf('stage', stage);
  return (
    <>
      <Loaded query={stages}>
        {(answer) => {
          const all = answer.data.filter((row) => row.group === null);
          const late = all.reduce((sum, row) => sum + row.late, 0);
          const worst = [...all].sort((a, b) => b.late - a.late)[0];
          if (!all.length)
            return (
              <Empty
                title={t('milestone.none')}
                action={mayWrite && <Button onClick={() => onOpen('milestone:')}>{t('milestone.add')}</Button>}
              >
                {t('milestone.none_text')}
              </Empty>
            );
          return (
            <>
              <Lead
                then={
                  worst?.late ? t('milestone.worst', { stage: stageName(worst.stage), n: format.int(worst.late) }) : undefined
                }
              >
                {t('milestone.lead', {
                  count: late,
                  n: format.int(late),
                  here: format.int(all.reduce((sum, row) => sum + row.here, 0)),
                })}
              </Lead>
              <ChartFrame
                title={t('stages.title')}
                file="stages"
                definition={own(answer.definition)}
                table={{
                  columns: [
                    t('milestone.stage'),
                    t('stages.here'),
                    t('stages.late'),
                    t('stages.moved'),
                    t('stages.lost'),
                    '25%',
                    t('name.median'),
                    '75%',
                    t('stages.longest'),
                  ],
                  rows: all.map((row) => [
                    stageName(row.stage),
                    row.here,
                    row.late,
                    row.moved_on,
                    row.lost,
                    days(row.p25),
                    days(row.p50),
                    days(row.p75),
                    row.longest_days,
                  ]),
                }}
              >
                <Rows
                  label={t('stages.title')}
                  rows={answer.data}
                  rowKey={(row) => `${row.stage} ${row.group}`}
                  onOpen={(row) => onOpen(`stuck:${row.stage}`)}
                  columns={[
                    {
                      key: 'stage',
                      title: t('milestone.stage'),
                      render: (row) => (
                        <bdi>{row.group === null ? stageName(row.stage) : `${stageName(row.stage)} · ${name(row.group)}`}</bdi>
                      ),
                    },
                    { key: 'here', title: t('stages.here'), numeric: true, render: (row) => format.int(row.here) },
                    {
                      key: 'late',
                      title: t('stages.late'),
                      numeric: true,
                      render: (row) => (row.late ? <b>{format.int(row.late)}</b> : format.int(0)),
                    },
                    { key: 'moved', title: t('stages.moved'), numeric: true, render: (row) => format.int(row.moved_on) },
                    { key: 'lost', title: t('stages.lost'), numeric: true, render: (row) => format.int(row.lost) },
                    {
                      key: 'days',
                      title: t('stages.days'),
                      numeric: true,
                      render: (row) => (row.stays < least ? <span className="dim">{t('too_few')}</span> : spread(row)),
                    },
                    { key: 'longest', title: t('stages.longest'), numeric: true, render: (row) => format.int(row.longest_days) },
                  ]}
                />
              </ChartFrame>
            </>
          );
        }}
      </Loaded>
      <Loaded query={progress}>
        {(answer) =>
          answer.data.length === 0 ? (
            <Section title={t('milestone.title')}>
              <p className="quiet">{t('milestone.none_text')}</p>
            </Section>
          ) : (
            <ChartFrame
              title={t('milestone.title')}
              file="milestones"
              definition={own(answer.definition)}
              table={{
                columns: [
                  t('milestone.stage'),
                  t('milestone.name'),
                  t('milestone.due'),
                  ...parts.map((part) => t(`progress.${part}`)),
                  t('progress.unknown'),
                  t('progress.in_time'),
                  '25%',
                  t('name.median'),
                  '75%',
                ],
                rows: answer.data.map((row) => [
                  stageName(row.stage),
                  row.title,
                  row.due_days,
                  ...parts.map((part) => row[part]),
                  row.unknown,
                  row.in_time === null ? '–' : format.percent(row.in_time / 100),
                  days(row.p25),
                  days(row.p50),
                  days(row.p75),
                ]),
              }}
            >
              <ul className={css.legend}>
                {parts.map((part) => (
                  <li key={part}>
                    <i className={part === 'late' ? 'hatch' : ''} style={{ backgroundColor: tones[part] }} aria-hidden="true" />
                    {t(`progress.${part}`)}
                  </li>
                ))}
              </ul>
              <Rows
                label={t('milestone.title')}
                rows={answer.data}
                rowKey={(row) => `${row.milestone} ${row.group}`}
                onOpen={(row) => onOpen(`milestone:${row.milestone}`)}
                columns={[
                  { key: 'stage', title: t('milestone.stage'), render: (row) => <bdi>{stageName(row.stage)}</bdi> },
                  {
                    key: 'title',
                    title: t('milestone.name'),
                    render: (row) => (
                      <bdi className="name">{row.group === null ? row.title : `${row.title} · ${name(row.group)}`}</bdi>
                    ),
                  },
                  {
                    key: 'bar',
                    title: t('progress.title'),
                    render: (row) => (
                      <span
                        className={css.bar}
                        role="img"
                        aria-label={parts.map((part) => `${t(`progress.${part}`)} ${format.int(row[part])}`).join(t('list'))}
                        title={parts.map((part) => `${t(`progress.${part}`)} ${format.int(row[part])}`).join(t('list'))}
                      >
                        {parts.map(
                          (part) =>
                            row[part] > 0 && (
                              <i
                                key={part}
                                className={part === 'late' ? 'hatch' : ''}
                                style={{ flexGrow: row[part], backgroundColor: tones[part] }}
                              />
                            ),
                        )}
                      </span>
                    ),
                  },
                  {
                    key: 'n',
                    title: t('progress.reached'),
                    numeric: true,
                    render: (row) => t('of', { part: format.int(row.reached), all: format.int(row.entered) }),
                  },
                  { key: 'late', title: t('progress.late'), numeric: true, render: (row) => format.int(row.late) },
                  { key: 'due', title: t('milestone.due'), numeric: true, render: (row) => format.int(row.due_days) },
                  {
                    key: 'in_time',
                    title: t('progress.in_time'),
                    numeric: true,
                    render: (row) =>
                      row.entered < least || row.in_time === null ? (
                        <span className="dim">{t('too_few')}</span>
                      ) : (
                        format.percent(row.in_time / 100)
                      ),
                  },
                  {
                    key: 'days',
                    title: t('stages.days'),
                    numeric: true,
                    render: (row) => (row.entered < least ? <span className="dim">{t('too_few')}</span> : spread(row)),
                  },
                ]}
              />
            </ChartFrame>
          )
        }
      </Loaded>
      <Section title={t('stuck.title')}>
        <StuckRows period={period} segment={search.segment} limit={20} />
      </Section>
    </>
  );
}

export function StuckRows({
  stage,
  period,
  segment,
  limit = 200,
}: {
  stage?: string;
  period: Period;
  segment?: string;
  limit?: number;
}) {
  const { t } = useTranslation('value');
  const query = useQuery({
    queryKey: ['milestones', 'stuck', stage, asOf(period), segment, limit],
    queryFn: () =>
      ask<Paged<Stuck>>('GET', '/api/v1/milestones/stuck', {
        query: { stage: stage || undefined, as_of: asOf(period), segment, limit },
      }),
  });
  return (
    <Loaded query={query}>
      {(answer) => (
        <Rows
          label={t('stuck.title')}
          rows={answer.data}
          rowKey={(row) => row.account}
          empty={t('stuck.none')}
          columns={[
            { key: 'name', title: t('insight:account'), render: (row) => <AccountLink id={row.account} name={row.name} /> },
            {
              key: 'title',
              title: t('stuck.with'),
              render: (row) => (
                <bdi>{row.late > 1 ? t('stuck.more', { title: row.title, n: format.int(row.late - 1) }) : row.title}</bdi>
              ),
            },
            { key: 'due', title: t('stuck.due'), render: (row) => format.day(row.due_on, 'short') },
            { key: 'late', title: t('stuck.days'), numeric: true, render: (row) => format.int(row.days_late) },
          ]}
        />
      )}
    </Loaded>
  );
}
