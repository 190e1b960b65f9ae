/** The frame of all pages of a signed-in person: the side bar on paper, one panel that holds the page. */
import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { IconDots, IconLogout, IconMenu2, IconMoon, IconSearch, IconSun } from '@tabler/icons-react';
import { Link, Outlet, useLocation, useMatches, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Kbd, Letter } from '@/components/Page';
import { failed } from '@/components/Toast';
import { ask } from '@/lib/api';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { startLive } from '@/lib/live';
import { mayRole, remembered, useMe } from '@/lib/me';
import { Palette } from './Palette';
import { type Place, places } from './places';
import css from './Shell.module.css';
import { signOut } from './signOut';

function Item({ place, child = false }: { place: Place; child?: boolean }) {
  const { t } = useTranslation();
  const Icon = place.icon;
  return (
    <Link
      to={place.path}
      className={`${css.item} ${child ? css.child : ''}`}
      activeOptions={{ exact: place.path === '/' || Boolean(place.parts), includeSearch: false }}
      activeProps={{ 'aria-current': 'page' }}
    >
      {Icon && <Icon size={17} stroke={1.7} aria-hidden="true" />}
      <span>{t(`place.${place.key}`)}</span>
    </Link>
  );
}

function Places({ foot }: { foot: boolean }) {
  const me = useMe();
  const { pathname } = useLocation();
  return (
    <>
      {places
        .filter((place) => Boolean(place.foot) === foot && mayRole(me, place.role ?? 'viewer'))
        .map((place) => (
          <div key={place.path}>
            <Item place={place} />
            {pathname.startsWith(place.path) &&
              place.parts
                ?.filter((part) => mayRole(me, part.role ?? 'viewer'))
                .map((part) => <Item key={part.path} place={part} child />)}
          </div>
        ))}
    </>
  );
}

/** The pages of a working day are loaded while nobody waits; in vain? then they are asked for again when they are opened. */
function useAhead() {
  const router = useRouter();
  useEffect(() => {
    const ahead = setTimeout(() => {
      for (const path of ['/', '/accounts/$account'] as const)
        router.loadRouteChunk(router.routesByPath[path])?.catch(() => undefined);
      router.preloadRoute({ to: '/accounts' }).catch(() => undefined); // with what it shows
    }, 1500);
    return () => clearTimeout(ahead);
  }, [router]);
}

export function Shell() {
  const { t } = useTranslation();
  const me = useMe();
  const router = useRouter();
  // Of the page that stands there, not of the one that is on its way: another section begins at its top.
  const section = useMatches({ select: (matches) => matches.at(-1)?.pathname.split('/')[1] });
  const [open, setOpen] = useState(false);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const dark = colorScheme === 'dark' || (colorScheme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => router.subscribe('onResolved', () => setOpen(false)), [router]);
  useEffect(startLive, []);
  useAhead();
  useKeys({ Escape: open ? () => setOpen(false) : undefined }, open);
  return (
    <div className={css.shell}>
      <a href="#main" className={css.skip}>
        {t('skip')}
      </a>
      <aside className={`${css.side} no-print`} data-open={open || undefined}>
        <div className={css.brand}>
          <img src="/mark.svg" alt="" width={26} height={26} />
          <div className={css.brandName}>
            <b>{t('vafa')}</b>
            <bdi className="label clip">{me.organisation.name}</bdi>
          </div>
          <ActionIcon className={css.burger} aria-label={t('menu')} aria-expanded={open} onClick={() => setOpen(!open)}>
            <IconMenu2 size={18} />
          </ActionIcon>
        </div>
        <div className={css.folding}>
          <button type="button" className={css.find} onClick={() => window.dispatchEvent(new Event('vafa:palette'))}>
            <IconSearch size={15} aria-hidden="true" />
            <span>{t('find')}</span>
            <Kbd>Ctrl K</Kbd>
          </button>
          <nav aria-label={t('places')} className={css.nav}>
            <Places foot={false} />
            <div className={css.space} />
            <Places foot />
          </nav>
          <div className={css.me}>
            <Letter name={me.name} round size={24} />
            <bdi className="clip name">{me.name}</bdi>
            <Menu position="top-end">
              <Menu.Target>
                <ActionIcon aria-label={t('account_menu')}>
                  <IconDots size={16} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item
                  leftSection={dark ? <IconSun size={15} /> : <IconMoon size={15} />}
                  onClick={() => {
                    const theme = dark ? 'light' : 'dark';
                    setColorScheme(theme);
                    remembered.keep('theme', theme);
                    if (me.member) ask('PATCH', '/api/v1/me', { body: { theme } }).catch(failed);
                  }}
                >
                  {t(dark ? 'theme.light' : 'theme.dark')}
                </Menu.Item>
                <Menu.Item leftSection={<IconLogout size={15} className={css.mirror} />} onClick={signOut}>
                  {t('sign_out')}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </div>
        </div>
      </aside>
      <Palette />
      <main id="main" className={css.panel} tabIndex={-1} key={section}>
        <Outlet />
      </main>
    </div>
  );
}
