/**
 * One catalogue per language, src/i18n/{en,fa}/NAMESPACE.json; a feature's namespace loads with its pages.
 * t('accounts:title') · counts by i18next's _one and _other · numbers are formatted before they are put in.
 */
import i18next from 'i18next';
import { useSyncExternalStore } from 'react';
import type { Language } from './format';

const catalogues = import.meta.glob<Record<string, unknown>>('../i18n/*/*.json', { import: 'default' });

export async function startMessages(language: Language) {
  await i18next
    .use({
      type: 'backend' as const,
      read: (lng: string, namespace: string, done: (error: unknown, messages?: Record<string, unknown>) => void) => {
        const load = catalogues[`../i18n/${lng}/${namespace}.json`];
        if (!load) done(new Error(`no messages ${lng}/${namespace}`));
        else
          load().then(
            (messages) => done(null, messages),
            (error) => done(error),
          );
      },
    })
    .init({
      lng: language,
      fallbackLng: false,
      ns: ['common'],
      defaultNS: 'common',
      // Nothing is markup here; what would turn the rest of a sentence around does not come in with a name.
      interpolation: { escape: (text) => text.replace(/[\u202a-\u202e]/g, '') },
    });
}

/** For a route's loader: its words are there before its page is drawn. */
export const messages =
  (...namespaces: string[]) =>
  () =>
    i18next.loadNamespaces(namespaces);

export type Say = (key: string, values?: Record<string, unknown>) => string;
/** What has no holes is looked up once: a table says it in every row. */
function once(find: Say, namespace?: string): Say {
  const known = new Map<string, string>();
  return (key, values) => {
    if (values) return find(key, values);
    let text = known.get(key);
    if (text === undefined) {
      text = find(key);
      if (i18next.exists(key, { ns: namespace })) known.set(key, text); // else its namespace may be on its way
    }
    return text;
  };
}
export const t = once(i18next.t.bind(i18next) as Say);

const silent: Say = () => '';
const said = new Map<string, Say>();
/** t of a namespace, silent until it is loaded. */
function sayOf(namespace: string): Say {
  if (!said.has(namespace) && i18next.hasLoadedNamespace(namespace))
    said.set(namespace, once(i18next.getFixedT(null, namespace) as Say, namespace));
  return said.get(namespace) ?? silent;
}
const heard = (tell: () => void) => {
  i18next.on('loaded', tell);
  return () => i18next.off('loaded', tell);
};
const never = () => () => {};

/** The words of a namespace in a component. One that no loader brought is asked for here; until then nothing is said. */
export function useTranslation(namespace = 'common'): { t: Say; ready: boolean } {
  const loaded = said.has(namespace);
  if (!loaded && !i18next.hasLoadedNamespace(namespace)) void i18next.loadNamespaces(namespace);
  const say = useSyncExternalStore(loaded ? never : heard, () => sayOf(namespace));
  return { t: say, ready: say !== silent };
}
