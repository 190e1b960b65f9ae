/** Whose figures a page of insight shows: all customers or a segment, and what they are split by. State is the address's. */
import { Button, Popover, Select } from '@mantine/core';
import { IconChartPie2, IconChevronDown } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { type Period, wordsOf } from '@/lib/period';
import { own, titled } from '@/lib/words';
import { Skeleton } from './Page';
import css from './Picker.module.css';
import { useFactValues } from './rule/catalogue';

export interface SegmentSearch {
  segment?: string;
  split?: string;
}
const text = (value: unknown) => (typeof value === 'string' && value && value.length <= 200 ? value : undefined);
export const segmentSearch = (search: Record<string, unknown>): SegmentSearch => ({
  segment: text(search.segment),
  split: text(search.split),
});

interface Segment {
  key: string;
  title_en: string;
  title_fa: string | null;
  members: number | null;
}
interface Fact {
  key: string;
  of: string;
  type: string;
  title: { en: string; fa?: string };
}

/** The attributes that figures can be split by, by their titles. */
export function useSplits(enabled = true) {
  return useQuery({
    queryKey: ['facts'],
    queryFn: () => ask<{ data: Fact[] }>('GET', '/api/v1/facts'),
    select: ({ data }) =>
      data
        .filter((fact) => fact.of === 'account' && fact.type !== 'number' && fact.type !== 'date')
        .map((fact) => ({ value: fact.key, label: own(fact.title) })),
    enabled,
  });
}
const useSegments = (enabled: boolean) =>
  useQuery({
    enabled,
    queryKey: ['segments', null, 'picker'],
    queryFn: () => ask<{ data: Segment[] }>('GET', '/api/v1/segments', { query: { limit: 200 } }),
    select: ({ data }) => data.map((one) => ({ key: one.key, title: titled(one), members: one.members })),
  });

export function SegmentPicker({
  search,
  onChange,
  split = true,
}: {
  search: SegmentSearch;
  onChange: (search: SegmentSearch) => void;
  /** Whether the page can be split. */
  split?: boolean;
}) {
  const { t } = useTranslation('insight');
  const [opened, open] = useState(false);
  const [near, setNear] = useState(false); // about to be opened
  const segments = useSegments(near || search.segment !== undefined);
  const splits = useSplits(opened || search.split !== undefined);
  const chosen = segments.data?.find((one) => one.key === search.segment);
  const whose = search.segment ? (chosen?.title ?? search.segment) : t('segment.all');
  const by = search.split && (splits.data?.find((one) => one.value === search.split)?.label ?? search.split);
  const words = split && by ? t('segment.by', { segment: whose, split: by }) : whose;
  return (
    <Popover opened={opened} onChange={open} position="bottom-end" width={300} trapFocus withinPortal>
      <Popover.Target>
        <Button
          variant="default"
          className={css.button}
          leftSection={<IconChartPie2 size={15} aria-hidden="true" />}
          rightSection={<IconChevronDown size={14} aria-hidden="true" />}
          onMouseEnter={() => setNear(true)}
          onFocus={() => setNear(true)}
          onClick={() => open(!opened)}
          aria-label={t('segment.button', { segment: words })}
          aria-expanded={opened}
        >
          <bdi className={`clip ${css.words}`}>{words}</bdi>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('segment.title')}>
        {segments.isPending ? (
          <Skeleton rows={3} />
        ) : (
          <div role="radiogroup" aria-label={t('segment.title')} className={css.list}>
            {[{ key: undefined, title: t('segment.all'), members: null }, ...(segments.data ?? [])].map((one) => (
              <button
                key={one.key ?? ''}
                type="button"
                role="radio"
                aria-checked={one.key === search.segment}
                className={css.choice}
                onClick={() => {
                  onChange({ segment: one.key });
                  open(false);
                }}
              >
                <bdi>{one.title}</bdi>
                {one.members !== null && <span className="dim">{format.int(one.members)}</span>}
              </button>
            ))}
            {segments.data?.length === 0 && <p className="dim">{t('segment.none')}</p>}
          </div>
        )}
        {split && (
          <Select
            label={t('segment.split')}
            comboboxProps={{ withinPortal: false }}
            clearable
            searchable
            placeholder={t('segment.no_split')}
            data={splits.data ?? []}
            value={search.split ?? null}
            onChange={(value) => {
              onChange({ split: value ?? undefined });
              open(false);
            }}
          />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

/** A group of a split in words: owners by their names, bands by theirs; empty is not known. */
export function useGroupName(split: string | undefined) {
  const { t } = useTranslation();
  const values = useFactValues(split ?? '', split !== undefined);
  return (group: string | null) => {
    if (group === null || group === '') return t('unknown');
    if (split === 'health_band') return t(`band.${group}`, { defaultValue: group });
    return values.data?.find((one) => one.value === group)?.label ?? group;
  };
}

/** On paper the pickers are gone: what was chosen stands beside the title. */
export function Printed({ period, search }: { period?: Period; search: SegmentSearch }) {
  const { t } = useTranslation('insight');
  const segments = useSegments(search.segment !== undefined);
  const whose = search.segment
    ? (segments.data?.find((one) => one.key === search.segment)?.title ?? search.segment)
    : t('segment.all');
  return (
    <span className="print-only dim">
      {period && `${wordsOf(period)} · `}
      <bdi>{whose}</bdi>
    </span>
  );
}
