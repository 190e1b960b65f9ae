/**
 * Find or do (Ctrl K): customers and people by name, what can be done with the one that is chosen, and every place, by its name
 * in either language. Arrows choose, Enter opens, Ctrl Enter opens in a new tab.
 */
import { useMantineColorScheme } from '@mantine/core';
import {
  IconArrowUpRight,
  IconCopy,
  IconEye,
  IconLayoutList,
  IconLogout,
  IconMoon,
  IconPhone,
  IconPlus,
  type IconProps,
  IconSearch,
  IconUserCheck,
} from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type ComponentType, type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import { bandOf, HealthPill } from '@/components/Health';
import { Kbd, Letter } from '@/components/Page';
import { done, failed } from '@/components/Toast';
import { ask, type Page } from '@/lib/api';
import { fold } from '@/lib/fold';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { mayRole, remembered, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import { comma } from '@/lib/words';
import css from './Finder.module.css';
import { type Place, places } from './places';
import { signOut } from './signOut';

interface Found {
  kind: 'account' | 'contact';
  id: string;
  name: string;
  email?: string | null;
  account?: { id: string; name: string };
  health: { score: number | null; band: string };
  renews_on: string | null;
  arr: number | null;
  currency: string;
  owner: string | null;
}
interface Choice {
  key: string;
  group: string;
  name: string;
  hint?: string;
  icon?: ReactNode;
  end?: ReactNode;
  keys?: string;
  path?: string;
  run?: () => unknown;
  found?: Found;
}
const LEAST = 2;

/** The names of places in both languages, so that either finds them; loaded with the palette's first opening. */
const catalogues = import.meta.glob<{ place: Record<string, string> }>('../i18n/*/common.json', { import: 'default' });
const bothNames = async () => {
  const all = await Promise.all(Object.values(catalogues).map((load) => load()));
  return (key: string) => all.map((one) => one.place[key] ?? '').join(' ');
};

export function Finder({ typed, onType, onClose }: { typed: string; onType: (typed: string) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(field.current.value.length, field.current.value.length);
  }, []);
  const id = useId();
  const router = useRouter();
  const text = typed.trim();
  const search = useQuery({
    queryKey: ['search', text],
    enabled: text.length >= LEAST,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    queryFn: ({ signal }) => ask<{ data: Found[] }>('GET', '/api/v1/search', { query: { q: text, limit: 6 }, signal }),
  });
  /* What is shown still answers what was typed before: Enter waits for the answer to this. */
  const settling = text.length >= LEAST && (search.isPending || search.isPlaceholderData);
  const [entered, setEntered] = useState<{ apart: boolean } | null>(null);
  const found = text.length >= LEAST ? (search.data?.data ?? []) : [];
  const chosenFound = found[Math.min(at, found.length - 1)] ?? found[0];
  const choices = useChoices(text, found, chosenFound);
  const current = Math.min(at, Math.max(0, choices.length - 1));
  // biome-ignore lint/correctness/useExhaustiveDependencies: other words, the first choice
  useEffect(() => setAt(0), [text]);
  useEffect(() => {
    list.current?.querySelector(`[data-at="${current}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [current]);

  const take = (choice: Choice | undefined, apart = false) => {
    if (!choice) return;
    if (choice.path && apart) {
      window.open(choice.path, '_blank', 'noopener');
      return;
    }
    onClose();
    if (choice.path) router.history.push(choice.path);
    else Promise.resolve(choice.run?.()).catch(failed);
  };
  useEffect(() => {
    if (!entered || settling) return;
    setEntered(null);
    take(choices[current], entered.apart);
  });
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 }[event.key];
    if (step) setAt((current + step + choices.length) % Math.max(1, choices.length));
    else if (event.key === 'Enter') {
      const apart = event.ctrlKey || event.metaKey;
      if (settling && at === 0) setEntered({ apart });
      else take(choices[current], apart);
    } else return;
    event.preventDefault();
  };
  return (
    <div className={css.finder}>
      <div className={css.head}>
        <IconSearch size={18} aria-hidden="true" />
        <input
          className={css.input}
          ref={field}
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={choices.length ? `${id}-${current}` : undefined}
          aria-label={t('palette.title')}
          placeholder={t('palette.placeholder')}
          value={typed}
          dir={typed ? 'auto' : undefined}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => {
            setEntered(null);
            onType(event.currentTarget.value);
          }}
          onKeyDown={press}
        />
        <span className={css.note}>{t('palette.both')}</span>
        <Kbd>Esc</Kbd>
      </div>
      <div ref={list} id={`${id}-list`} role="listbox" aria-label={t('palette.title')} className={css.list}>
        {choices.map((choice, i) => (
          <div key={choice.key} role="presentation">
            {choice.group !== choices[i - 1]?.group && (
              <div className={css.group} role="presentation">
                <bdi>{choice.group}</bdi>
              </div>
            )}
            <div
              id={`${id}-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === current}
              data-at={i}
              className={css.option}
              onMouseMove={() => setAt(i)}
              onClick={(event) => take(choice, event.ctrlKey || event.metaKey)}
            >
              <span className={css.icon}>{choice.icon}</span>
              <span className={css.words}>
                <bdi className="name">
                  <Marked name={choice.name} typed={text} />
                </bdi>
                {choice.hint && <span className={css.hint}>{choice.hint}</span>}
              </span>
              {choice.end}
              {i === current ? <Kbd>Enter</Kbd> : choice.keys && <Kbd>{choice.keys}</Kbd>}
            </div>
          </div>
        ))}
        {text.length >= LEAST && !choices.length && !search.isFetching && <p className={css.nothing}>{t('palette.nothing')}</p>}
        {search.error && <p className={css.nothing}>{t('error.offline')}</p>}
      </div>
      <div className={css.foot} aria-hidden="true">
        <kbd>↑</kbd> <kbd>↓</kbd> {t('palette.choose')} <kbd>Enter</kbd> {t('palette.open')} <kbd>Ctrl Enter</kbd>{' '}
        {t('palette.new_tab')}
      </div>
    </div>
  );
}

/** What was typed stands out in the name where it stands there as typed. */
function Marked({ name, typed }: { name: string; typed: string }) {
  const at = typed ? name.toLowerCase().indexOf(typed.toLowerCase()) : -1;
  if (at < 0) return name;
  return (
    <>
      {name.slice(0, at)}
      <mark className={css.mark}>{name.slice(at, at + typed.length)}</mark>
      {name.slice(at + typed.length)}
    </>
  );
}

const icon = (Icon: ComponentType<IconProps> | undefined) => Icon && <Icon size={17} stroke={1.7} aria-hidden="true" />;

function useChoices(text: string, found: Found[], chosen: Found | undefined): Choice[] {
  const { t } = useTranslation();
  const me = useMe();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const names = useQuery({ queryKey: ['palette-names'], queryFn: bothNames, staleTime: Number.POSITIVE_INFINITY });
  const views = useQuery({
    queryKey: ['views'],
    queryFn: async () => (await ask<Page<{ id: string; title: string; count: number | null }>>('GET', '/api/v1/views')).data,
  });
  return useMemo(() => {
    const wanted = fold(text);
    const fits = (...texts: string[]) => !wanted || fold(texts.join(' ')).includes(wanted);
    const list: Choice[] = found.map((one) => ({
      key: `${one.kind}-${one.id}`,
      group: t(one.kind === 'account' ? 'palette.accounts' : 'palette.people'),
      name: one.name,
      hint: hintOf(one, t),
      icon: one.kind === 'account' ? <Letter name={one.name} size={22} /> : <Letter name={one.name} round size={22} />,
      end: one.kind === 'account' && <HealthPill score={one.health.score} band={bandOf(one.health.band)} />,
      path: one.kind === 'account' ? `/accounts/${one.id}` : `/accounts/${one.account!.id}?tab=people`,
      found: one,
    }));
    if (chosen) {
      const account = chosen.account ?? { id: chosen.id, name: chosen.name };
      const group = t('palette.with', { name: account.name });
      const mine = me.member;
      list.push(
        { key: 'open', group, name: t('palette.do.open'), icon: icon(IconArrowUpRight), path: `/accounts/${account.id}` },
        {
          key: 'peek',
          group,
          name: t('palette.do.peek'),
          icon: icon(IconEye),
          path: `/accounts?q=${encodeURIComponent(account.name)}&peek=${account.id}`,
        },
      );
      if (mayRole(me, 'csm')) {
        list.push({
          key: 'log',
          group,
          name: t('palette.do.log'),
          icon: icon(IconPhone),
          path: `/accounts/${account.id}?log=true`,
          keys: 'L',
        });
        if (mine)
          list.push({
            key: 'mine',
            group,
            name: t('palette.do.mine'),
            icon: icon(IconUserCheck),
            run: async () => {
              const { id } = await ask<{ id: string | null }>('POST', '/api/v1/accounts/bulk', {
                body: { ids: [account.id], set: { owner: mine.id } },
              });
              queryClient.invalidateQueries();
              done(
                t('palette.done.mine', { name: account.name }),
                id
                  ? () =>
                      ask('POST', `/api/v1/accounts/bulk/${id}/undo`, { body: {} }).then(() => queryClient.invalidateQueries())
                  : undefined,
              );
            },
          });
      }
      list.push({
        key: 'copy',
        group,
        name: t('palette.do.copy'),
        icon: icon(IconCopy),
        run: async () => {
          await navigator.clipboard.writeText(`${location.origin}/accounts/${account.id}`);
          done(t('palette.done.copy'));
        },
      });
    }
    const go = t('palette.go');
    const place = (one: Place, parent?: Place) => {
      const name = t(`place.${one.key}`);
      if (mayRole(me, one.role ?? parent?.role ?? 'viewer') && fits(name, names.data?.(one.key) ?? '', one.key))
        list.push({
          key: one.path,
          group: go,
          name,
          hint: parent && t(`place.${parent.key}`),
          icon: icon(one.icon ?? parent?.icon),
          path: one.path,
        });
    };
    for (const one of places) {
      place(one);
      for (const part of one.parts ?? []) place(part, one);
    }
    for (const view of views.data ?? [])
      if (text && fits(view.title, view.id))
        list.push({
          key: `view-${view.id}`,
          group: go,
          name: view.title,
          hint: view.count === null ? undefined : t('palette.view', { n: format.int(view.count) }),
          icon: icon(IconLayoutList),
          path: `/accounts?view=${encodeURIComponent(view.id)}`,
        });
    const act = t('palette.actions');
    const dark = colorScheme === 'dark' || (colorScheme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
    const actions: Choice[] = [
      ...(mayRole(me, 'csm')
        ? [
            {
              key: 'new',
              group: act,
              name: t('palette.do.new_account'),
              icon: icon(IconPlus),
              path: '/accounts?add=true',
              keys: 'N',
            },
          ]
        : []),
      {
        key: 'theme',
        group: act,
        name: t(dark ? 'palette.do.light' : 'palette.do.dark'),
        icon: icon(IconMoon),
        run: () => {
          setColorScheme(dark ? 'light' : 'dark');
          remembered.keep('theme', dark ? 'light' : 'dark');
        },
      },
      { key: 'out', group: act, name: t('sign_out'), icon: icon(IconLogout), run: signOut },
    ];
    list.push(...actions.filter((one) => fits(one.name, one.key)));
    return list;
  }, [text, found, chosen, t, me, colorScheme, setColorScheme, names.data, views.data]);
}

function hintOf(one: Found, t: (key: string, values?: Record<string, unknown>) => string) {
  const parts: string[] = [];
  if (one.account) parts.push(t('palette.at', { name: one.account.name }));
  else {
    if (one.arr !== null) parts.push(format.amount(one.arr, one.currency));
    if (one.renews_on) parts.push(t('palette.renews', { when: format.fromToday(one.renews_on) }));
    else if (one.owner) parts.push(one.owner);
  }
  return parts.join(comma());
}
