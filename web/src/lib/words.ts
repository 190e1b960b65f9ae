/** Words that customers are stored with: those of everybody by their titles in the reader's language, a company's own as it wrote them. */
import i18next from 'i18next';

export function wordOf(kind: 'stage' | 'segment' | 'role', word: string): string {
  const titles: Record<string, string> = i18next.getResource(i18next.language, 'common', `word.${kind}`) ?? {};
  return Object.hasOwn(titles, word) ? titles[word]! : word;
}
