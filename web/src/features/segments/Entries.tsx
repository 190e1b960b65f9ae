/** Puts accounts on a list kept by hand and takes them off. */
import { Button, MultiSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { done, failed } from '@/components/Toast';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import css from './Segments.module.css';
import { type Members, pathOf, personOf, type Segment } from './segment';

interface Found {
  id: string;
  kind: 'account' | 'contact';
  name: string;
  email?: string | null;
}

export function Entries({ segment }: { segment: Segment }) {
  const { t } = useTranslation('segments');
  const kind = segment.holds === 'contacts' ? 'contact' : 'account';
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState<{ value: string; label: string }[]>([]);
  const [off, setOff] = useState<string[]>([]);
  const found = useQuery({
    queryKey: ['search', kind, typed],
    enabled: typed.trim().length > 0,
    queryFn: () => ask<{ data: Found[] }>('GET', '/api/v1/search', { query: { q: typed, kind, limit: 20 } }),
  });
  const members = useQuery({
    queryKey: ['segments', segment.key, 'on-list'],
    queryFn: () => ask<Members>('GET', `${pathOf(segment.key)}/members`, { query: { limit: 1000 } }),
  });
  const change = async (add: string[], remove: string[], back = false) => {
    try {
      await ask('POST', `${pathOf(segment.key)}/entries`, { body: { add, remove } });
      setChosen([]);
      setOff([]);
      queryClient.invalidateQueries({ queryKey: ['segments'] });
      if (!back) done(t('entries.done', { n: format.int(add.length + remove.length) }), () => change(remove, add, true));
    } catch (error) {
      failed(error);
    }
  };
  const options = [
    ...chosen,
    ...(found.data?.data ?? [])
      .filter((one) => one.kind === kind && !chosen.some((other) => other.value === one.id))
      .map((one) => ({ value: one.id, label: one.name || one.email || one.id })),
  ];
  return (
    <div className={css.entries}>
      <MultiSelect
        label={t(`entries.add_${kind}`)}
        placeholder={t('entries.find')}
        searchable
        data={options}
        filter={({ options: all }) => all}
        value={chosen.map((one) => one.value)}
        searchValue={typed}
        onSearchChange={setTyped}
        onChange={(values) => setChosen(options.filter((one) => values.includes(one.value)))}
        nothingFoundMessage={typed ? t('entries.nobody') : undefined}
        hidePickedOptions
      />
      <MultiSelect
        label={t('entries.remove')}
        placeholder={t('entries.choose')}
        searchable
        data={(members.data?.data ?? []).map((one) => ({ value: one.contact ?? one.account, label: personOf(one) }))}
        value={off}
        onChange={setOff}
        hidePickedOptions
      />
      <Button
        onClick={() =>
          (chosen.length || off.length) &&
          change(
            chosen.map((one) => one.value),
            off,
          )
        }
        aria-disabled={!chosen.length && !off.length}
        variant={chosen.length || off.length ? 'filled' : 'default'}
      >
        {chosen.length || off.length
          ? t('entries.apply', { add: format.int(chosen.length), remove: format.int(off.length) })
          : t('entries.nothing')}
      </Button>
    </div>
  );
}
