/** Words that come with the data: in the reader's language where there is such, in the other where not. */
import i18next from 'i18next';
import { format } from './format';

export interface Words {
  en: string;
  fa?: string | null;
}
const persian = () => format.options.language === 'fa';
export const own = (words: Words | null | undefined): string => (words && ((persian() && words.fa) || words.en)) || '';
/** The title of a record that has one in each language; the key where it has none. */
export const titled = (one: { key: string; title_en?: string | null; title_fa?: string | null }) =>
  (persian() && one.title_fa) || one.title_en || one.key;
/** Several in a row. */
export const comma = () => (persian() ? '، ' : ', ');
/** A name within a sentence: it reads by itself and turns nothing around. */
export const isolate = (name: string) => `\u2068${name}\u2069`;

/** Who did something: a member by name; "key:import" and "cli:mina" in words. */
export function whoIs(said: string | null): string {
  if (said === null) return '';
  const [kind, name] = said === '-' ? ['nobody', ''] : (/^(key|cli):(.*)$/s.exec(said)?.slice(1) ?? ['', said]);
  return kind ? i18next.t(`common:by.${kind}`, { name: isolate(name!) }) : isolate(name!);
}

/** A currency in words, and its code. */
export function currencyName(code: string) {
  const name = new Intl.DisplayNames([format.options.language], { type: 'currency' }).of(code);
  return name && name !== code ? `${name} (${code})` : code;
}

/** What customers are stored with: the words of everybody by their titles, a company's own as it wrote them. */
export function wordOf(kind: 'stage' | 'segment' | 'role' | 'product', word: string): string {
  const titles: Record<string, string> = i18next.getResource(i18next.language, 'common', `word.${kind}`) ?? {};
  return Object.hasOwn(titles, word) ? titles[word]! : word;
}
