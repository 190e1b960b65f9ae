/** The catalogue: everything that is known about accounts, where it comes from and who reads it. */
import { Button, Select, TextInput } from '@mantine/core';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useRef } from 'react';
import { Empty, Kbd, Lead, Loaded, PageHead } from '@/components/Page';
import { SideDrawer } from '@/components/SideDrawer';
import { Table } from '@/components/Table';
import { fold } from '@/lib/fold';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { mayRole, useMe } from '@/lib/me';
import { FactForm } from './FactForm';
import css from './Facts.module.css';
import { titleOf, useCoverage, useFacts } from './index';
import { useUses } from './useUses';
import { kindOf, sourceText, unitText } from './words';

const route = getRouteApi('/shell/health/facts');

export function FactsPage() {
  const { t } = useTranslation('facts');
  const me = useMe();
  const go = route.useNavigate();
  const { q = '', of, add } = route.useSearch();
  const mayWrite = mayRole(me, 'manager');
  const facts = useFacts();
  const uses = useUses(facts.data);
  const covered = useCoverage();
  const field = useRef<HTMLInputElement>(null);
  const look = (search: { q?: string; of?: string; add?: boolean }) =>
    go({ search: (before) => ({ ...before, ...search }), replace: true });
  useKeys({ KeyN: mayWrite ? () => look({ add: true }) : undefined, Slash: () => field.current?.focus() });
  return (
    <>
      <PageHead title={t('title')}>
        {mayWrite && (
          <Button leftSection={<IconPlus size={15} />} rightSection={<Kbd>N</Kbd>} onClick={() => look({ add: true })}>
            {t('add')}
          </Button>
        )}
      </PageHead>
      <Loaded query={facts} rows={12}>
        {(all) => {
          const kinds = [...new Set(all.map(kindOf))];
          const wanted = fold(q);
          const shown = all.filter(
            (fact) =>
              (!of || (of === 'own' ? !fact.built_in : kindOf(fact) === of)) &&
              (!wanted || fold(`${fact.title.en} ${fact.title.fa} ${fact.key}`).includes(wanted)),
          );
          return (
            <>
              <Lead then={t('lead_then')}>{t('lead', { count: all.length, n: format.int(all.length) })}</Lead>
              <div className={css.tools}>
                <TextInput
                  ref={field}
                  leftSection={<IconSearch size={15} />}
                  rightSection={<Kbd>/</Kbd>}
                  placeholder={t('find')}
                  aria-label={t('find')}
                  value={q}
                  onChange={(event) => look({ q: event.currentTarget.value || undefined })}
                />
                <Select
                  aria-label={t('from')}
                  data={[
                    { value: '', label: t('every_source') },
                    { value: 'own', label: t('own') },
                    ...kinds.map((kind) => ({ value: kind as string, label: t(`kind.${kind}`) })),
                  ]}
                  value={of ?? ''}
                  onChange={(next) => look({ of: next || undefined })}
                />
                <span className="label" role="status">
                  {t('shown', { n: format.int(shown.length) })}
                </span>
              </div>
              <Table
                label={t('title')}
                rows={shown}
                rowKey={(fact) => fact.key}
                onOpen={(fact) => go({ to: '/health/facts/$key', params: { key: fact.key } })}
                columns={[
                  {
                    key: 'title',
                    title: t('fact'),
                    width: 'minmax(200px, 1.5fr)',
                    render: (fact) => (
                      <span className="clip">
                        <bdi className="name">{titleOf(fact)}</bdi>{' '}
                        {!fact.built_in && <span className={css.own}>{t('own_one')}</span>}
                      </span>
                    ),
                  },
                  { key: 'unit', title: t('unit_'), width: '120px', render: (fact) => unitText(fact) },
                  {
                    key: 'source',
                    title: t('from'),
                    width: 'minmax(200px, 1.6fr)',
                    render: (fact) => <span className="clip quiet">{sourceText(fact)}</span>,
                  },
                  {
                    key: 'known',
                    title: t('known'),
                    width: '84px',
                    numeric: true,
                    render: (fact) => {
                      const one = covered?.get(fact.key);
                      if (!one) return '';
                      const asked = one.known + one.unknown;
                      return asked ? format.percent(one.known / asked) : <span className="dim">–</span>;
                    },
                  },
                  {
                    key: 'age',
                    title: t('age'),
                    width: '110px',
                    render: (fact) => {
                      const age = covered?.get(fact.key)?.age_days;
                      return age === null || age === undefined ? (
                        <span className="dim">–</span>
                      ) : age === 0 ? (
                        t('fresh')
                      ) : (
                        format.days(age)
                      );
                    },
                  },
                  {
                    key: 'used',
                    title: t('used'),
                    width: '90px',
                    numeric: true,
                    render: (fact) => (uses ? format.int(uses.get(fact.key)?.length ?? 0) : ''),
                  },
                  {
                    key: 'key',
                    title: t('key'),
                    width: 'minmax(210px, 1fr)',
                    render: (fact) => <code className="dim clip">{fact.key}</code>,
                  },
                ]}
                empty={
                  <Empty
                    title={t('none')}
                    action={
                      <Button variant="default" onClick={() => look({ q: undefined, of: undefined })}>
                        {t('show_all')}
                      </Button>
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
      <SideDrawer opened={Boolean(add) && mayWrite} onClose={() => look({ add: undefined })} title={t('add')}>
        <FactForm
          facts={facts.data ?? []}
          onDone={(key) => (key ? go({ to: '/health/facts/$key', params: { key } }) : look({ add: undefined }))}
        />
      </SideDrawer>
    </>
  );
}
