/**
 * One catalogue per language, src/i18n/{en,fa}/NAMESPACE.json; a feature's namespace loads with its pages.
 * t('accounts:title') · counts by i18next's _one and _other · numbers are formatted before they are put in.
 */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
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
    .use(initReactI18next)
    .init({
      lng: language,
      fallbackLng: false,
      ns: ['common'],
      defaultNS: 'common',
      // Nothing is markup here; what would turn the rest of a sentence around does not come in with a name.
      interpolation: { escape: (text) => text.replace(/[\u202a-\u202e]/g, '') },
      react: { useSuspense: false },
    });
}

/** For a route's loader: its words are there before its page is drawn. */
export const messages =
  (...namespaces: string[]) =>
  () =>
    i18next.loadNamespaces(namespaces);

export const t = i18next.t.bind(i18next) as (key: string, values?: Record<string, unknown>) => string;
export { useTranslation } from 'react-i18next';
