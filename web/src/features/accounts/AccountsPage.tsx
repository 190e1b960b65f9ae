/** All customers in one table: views, a rule in words, columns, find, keyboard, many at once. What is looked at is in the address. */
import { Button, Checkbox, Menu, Popover, TextInput } from '@mantine/core';
import { useDebouncedCallback, useMediaQuery } from '@mantine/hooks';
import { IconColumns3, IconDownload, IconFilter, IconLayoutRows, IconPlus, IconSearch, IconX } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { bandOf } from '@/components/Health';
import { Empty, ErrorNote, Kbd, PageHead, Skeleton } from '@/components/Page';
import { type FactInfo, factTitle, RuleChips, type RuleNode, textOf, useRuleCatalogue } from '@/components/rule';
import { type Sort, Table } from '@/components/Table';
import { keepTrail } from '@/features/account';
import { Problem } from '@/lib/api';
import { fold } from '@/lib/fold';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import css from './AccountsPage.module.css';
import {
  asksHealth,
  factsOf,
  noHealth,
  ownColumns,
  type Question,
  questionOf,
  type Row,
  ruleKey,
  shownColumns,
  useEverybody,
  useRuleOf,
  useTable,
  useViews,
} from './api';
import { BulkBar } from './BulkBar';
import { BandCount, cardColumn, columnsOf } from './columns';
import { NewAccount } from './NewAccount';
import { PeekDrawer } from './PeekDrawer';
import type { AccountsSearch } from './routes';
import { ViewTabs } from './ViewTabs';

const route = getRouteApi('/shell/accounts');
const none: ReadonlySet<string> = new Set();

export function AccountsPage() {
  const { t } = useTranslation('accounts');
  const me = useMe();
  const search = route.useSearch();
  const go = route.useNavigate();
  const phone = useMediaQuery('(max-width: 700px)') ?? false;
  const set = useCallback(
    (change: Partial<AccountsSearch>, replace = false) => go({ search: (before) => ({ ...before, ...change }), replace }),
    [go],
  );

  const views = useViews();
  const view = views.data?.find((one) => one.id === search.view);
  const catalogue = useRuleCatalogue();
  const read = useRuleOf(search.where);
  const rule: RuleNode | null = search.where !== undefined ? (search.where ? (read.data ?? null) : null) : (view?.rule ?? null);
  const question = useMemo(() => questionOf(search, view), [search, view]);
  const shown = useMemo(() => shownColumns(search, view), [search, view]);
  const facts = factsOf(shown);
  const [range, setRange] = useState<[number, number]>([0, 0]);
  const onRange = useCallback((first: number, last: number) => setRange([first, last]), []);
  const { head, rows, total } = useTable(question, facts, range[0], range[1]);
  const page = head.data;

  const density = search.density ?? view?.density ?? 'compact';
  const [selected, setSelected] = useState<ReadonlySet<string>>(none);
  const [everything, setEverything] = useState(false);
  const [active, setActive] = useState(0);
  const [adding, setAdding] = useState(false);
  const find = useRef<HTMLInputElement>(null);
  const asked = JSON.stringify(question);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question, another selection
  useEffect(() => {
    setSelected(none);
    setEverything(false);
    setActive(0);
  }, [asked]);

  const clear = () => {
    setSelected(none);
    setEverything(false);
  };
  const mayWrite = mayRole(me, 'csm');
  const open = (row: Row) => {
    keepTrail(rows.flatMap((one) => (one ? [one.id] : [])));
    go({ to: `/accounts/${row.id}` as string });
  };
  const changeRule = (next: RuleNode | null) => {
    const text = textOf(next);
    if (next) queryClient.setQueryData(ruleKey(text), next);
    set({ where: text });
  };
  const sort: Sort = {
    key: (question.sort ?? 'health').replace(/^-/, ''),
    descending: question.sort?.startsWith('-') ?? false,
  };
  useKeys({
    KeyF: () => setAdding(true),
    Slash: () => find.current?.focus(),
    KeyN: mayWrite ? () => set({ add: true }) : undefined,
    Escape: selected.size || everything ? clear : undefined,
  });

  const { currency, as_of: today } = page ?? {};
  const columns = useMemo(
    () =>
      currency !== undefined && today !== undefined
        ? phone
          ? [cardColumn(currency, today)]
          : columnsOf(shown, catalogue?.facts, currency, today)
        : [],
    [currency, today, phone, shown, catalogue?.facts],
  );
  const chosen = everything ? new Set(rows.flatMap((row) => (row ? [row.id] : []))) : selected;
  const everybody = useEverybody();
  const priced = page?.sums.arr !== 0 || rows.some((row) => row && row.arr !== null);
  const fault = read.error instanceof Problem ? read.error : null;

  return (
    <>
      <PageHead
        title={t('title')}
        tabs={
          <ViewTabs
            views={views.data}
            active={search.view}
            draft={{ where: search.where, rule, sort: question.sort, columns: shown, density }}
            changed={search.where !== undefined || search.sort !== undefined || search.columns !== undefined}
            onOpen={(id) => go({ search: { view: id, q: search.q, density: search.density } })}
          />
        }
      >
        <Button
          variant="subtle"
          color="gray"
          className={css.wide}
          leftSection={<IconLayoutRows size={15} />}
          aria-pressed={density === 'compact'}
          onClick={() => set({ density: density === 'compact' ? 'comfortable' : 'compact' }, true)}
        >
          {t(density === 'compact' ? 'density.compact' : 'density.comfortable')}
        </Button>
        <ColumnChoice shown={shown} facts={catalogue?.facts ?? []} onChange={(keys) => set({ columns: keys.join(',') }, true)} />
        <ExportMenu question={question} facts={facts} />
        {mayWrite && (
          <Button leftSection={<IconPlus size={15} />} rightSection={<Kbd>N</Kbd>} onClick={() => set({ add: true })}>
            {t('add')}
          </Button>
        )}
      </PageHead>
      <div className={`${css.filters} no-print`}>
        {catalogue ? (
          <RuleChips rule={rule} catalogue={catalogue} onChange={changeRule} adding={adding} onAdding={setAdding} hint="F" />
        ) : (
          <span className={css.chipsPlace} />
        )}
        {fault && (
          <button type="button" className={css.fault} onClick={() => set({ where: undefined })}>
            <IconFilter size={14} aria-hidden="true" /> {fault.errors[0]?.message ?? fault.message}{' '}
            <IconX size={13} aria-label={t('clear_rule')} />
          </button>
        )}
        <FindField
          key={search.view ?? ''}
          input={find}
          value={search.q ?? ''}
          onChange={(q) => set({ q: q || undefined }, true)}
        />
      </div>
      <div className={css.body} data-refreshing={(head.isFetching && head.isPlaceholderData) || undefined}>
        {fault ? (
          <Empty
            title={t('rule_broken')}
            action={
              <Button variant="default" onClick={() => set({ where: undefined })}>
                {t('clear_rule')}
              </Button>
            }
          >
            {fault.errors[0]?.message ?? fault.message} {t('rule_broken_text')}
          </Empty>
        ) : head.error && !page ? (
          <ErrorNote error={head.error} onRetry={() => head.refetch()} />
        ) : !page ? (
          <Skeleton rows={14} row={density === 'compact' ? 37 : 44} />
        ) : (
          <Table
            key={phone ? 'cards' : 'table'}
            label={t('title')}
            columns={columns}
            rows={rows}
            total={total}
            rowKey={(row) => row.id}
            rowHeight={phone ? 92 : density === 'compact' ? 37 : 44}
            sort={sort}
            onSort={(next) => set({ sort: `${next.descending ? '-' : ''}${next.key}` }, true)}
            onOpen={open}
            onPeek={(row) => set({ peek: row.id })}
            selected={mayWrite && !phone ? chosen : undefined}
            onSelect={
              mayWrite && !phone
                ? (keys) => {
                    setEverything(false);
                    setSelected(keys);
                  }
                : undefined
            }
            onRange={onRange}
            active={active}
            onActive={setActive}
            pageKeys
            empty={
              <NoRows
                question={question}
                unjudged={noHealth(everybody.data) && asksHealth(rule)}
                onClear={() => go({ search: {} })}
                onAdd={mayWrite ? () => set({ add: true }) : undefined}
              />
            }
          />
        )}
        {mayWrite && chosen.size > 0 && page && (
          <BulkBar
            rows={rows}
            selected={chosen}
            everything={everything}
            total={total}
            question={question}
            currency={page.currency}
            onEverything={() => setEverything(true)}
            onClear={clear}
          />
        )}
      </div>
      {page && (
        <footer className={css.foot}>
          <b>{t('count', { count: page.sums.count, n: format.int(page.sums.count) })}</b>
          <span>
            {t('sum_arr')} <b>{priced ? format.amount(page.sums.arr, page.currency) : t('common:unknown')}</b>
          </span>
          {page.sums.health_by_arr !== null && (
            <span>
              {t('sum_health')} <b>{format.int(Math.round(page.sums.health_by_arr))}</b>
            </span>
          )}
          <span className={css.bands}>
            {page.sums.bands.map((band) => (
              <BandCount
                key={band.band}
                band={band.band}
                text={`${format.int(band.accounts)} ${bandOf(band.band) === 'unknown' ? band.title : t(`common:band.${bandOf(band.band)}`)}`}
              />
            ))}
          </span>
          {page.unjudged > 0 && (
            <span className="dim">{t('unjudged', { count: page.unjudged, n: format.int(page.unjudged) })}</span>
          )}
          <span className={css.hints} aria-hidden="true">
            <kbd>J</kbd> <kbd>K</kbd> {t('hint.move')} <kbd>X</kbd> {t('hint.select')} <kbd>Enter</kbd> {t('hint.open')}{' '}
            <kbd>Space</kbd> {t('hint.peek')}
          </span>
        </footer>
      )}
      <PeekDrawer
        id={search.peek}
        row={rows.find((row) => row?.id === search.peek)}
        currency={page?.currency ?? ''}
        today={page?.as_of ?? format.today()}
        onClose={() => set({ peek: undefined })}
        onOpen={open}
      />
      <NewAccount
        opened={Boolean(search.add)}
        onClose={() => set({ add: undefined })}
        onMade={(id) => set({ add: undefined, peek: id })}
      />
    </>
  );
}

function FindField({
  value,
  onChange,
  input,
}: {
  value: string;
  onChange: (text: string) => void;
  input: React.RefObject<HTMLInputElement | null>;
}) {
  const { t } = useTranslation('accounts');
  const [typed, setTyped] = useState(value);
  const tell = useDebouncedCallback(onChange, 150);
  const put = (text: string) => {
    setTyped(text);
    tell(text);
  };
  return (
    <TextInput
      ref={input}
      type="search"
      className={css.find}
      aria-label={t('find')}
      placeholder={t('find')}
      leftSection={<IconSearch size={15} aria-hidden="true" />}
      rightSection={typed ? undefined : <Kbd>/</Kbd>}
      value={typed}
      onChange={(event) => put(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        put('');
        event.currentTarget.blur();
      }}
    />
  );
}

function ColumnChoice({ shown, facts, onChange }: { shown: string[]; facts: FactInfo[]; onChange: (keys: string[]) => void }) {
  const { t } = useTranslation('accounts');
  const [filter, setFilter] = useState('');
  const own = ownColumns.map((key) => ({ key: key as string, title: t(`columns.${key}`) }));
  const others = facts
    .filter((fact) => !['health', 'arr', 'stage', 'owner', 'tags', 'status', 'health_band', 'days_to_renewal'].includes(fact.key))
    .map((fact) => ({ key: fact.key, title: factTitle(fact) }));
  const fits = ({ key, title }: { key: string; title: string }) => fold(`${title} ${key}`).includes(fold(filter));
  const toggle = (key: string) => {
    const next = shown.includes(key) ? shown.filter((one) => one !== key) : [...shown, key];
    const order = [...own, ...others].map((one) => one.key);
    onChange(next.sort((a, b) => order.indexOf(a) - order.indexOf(b)));
  };
  const boxes = (list: { key: string; title: string }[]) =>
    list
      .filter(fits)
      .map(({ key, title }) => (
        <Checkbox key={key} size="xs" label={title} checked={shown.includes(key)} onChange={() => toggle(key)} />
      ));
  return (
    <Popover position="bottom-end" width={300} shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="subtle" color="gray" className={css.wide} leftSection={<IconColumns3 size={15} />}>
          {t('columns.title')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('columns.title')}>
        <TextInput
          size="xs"
          aria-label={t('columns.find')}
          placeholder={t('columns.find')}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
        <div className={css.choices}>
          {boxes(own)}
          <span className="label">{t('columns.facts')}</span>
          {boxes(others)}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function ExportMenu({ question, facts }: { question: Question; facts: string }) {
  const { t } = useTranslation('accounts');
  const address = (kind: string) => {
    const query = new URLSearchParams({ format: kind, lang: format.options.language });
    for (const [name, value] of Object.entries({ ...question, columns: facts })) if (value) query.set(name, value);
    return `/api/v1/accounts/export?${query}`;
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="subtle" color="gray" className={css.wide} leftSection={<IconDownload size={15} />}>
          {t('export.title')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={address('xlsx')} download>
          {t('export.xlsx')}
        </Menu.Item>
        <Menu.Item component="a" href={address('csv')} download>
          {t('export.csv')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function NoRows({
  question,
  unjudged,
  onClear,
  onAdd,
}: {
  question: Question;
  unjudged: boolean;
  onClear: () => void;
  onAdd?: () => void;
}) {
  const { t } = useTranslation('accounts');
  const narrowed = Boolean(question.where || question.q || question.view || question.segment);
  return narrowed ? (
    <Empty
      title={t(unjudged ? 'no_health' : question.q ? 'none_found' : 'none_here')}
      action={
        <Button variant="default" onClick={onClear}>
          {t('show_all')}
        </Button>
      }
    >
      {t(unjudged ? 'no_health_text' : question.q ? 'none_found_text' : 'none_here_text')}
    </Empty>
  ) : (
    <Empty
      title={t('none')}
      action={
        onAdd && (
          <Button leftSection={<IconPlus size={15} />} onClick={onAdd}>
            {t('add')}
          </Button>
        )
      }
    >
      {t('none_text')}
    </Empty>
  );
}
