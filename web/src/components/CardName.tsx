/** A scorecard as people call it: its title and version, from the key that figures come with. */
import { useQuery } from '@tanstack/react-query';
import { ask, type Page } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { own, type Words } from '@/lib/words';

interface Titled {
  key: string;
  card: { title?: Words };
}

/** "complete v3", as the API says it, in words; the key stands until the titles are here. */
export function useCardName() {
  const { t } = useTranslation();
  const cards = useQuery({ queryKey: ['scorecards'], queryFn: () => ask<Page<Titled>>('GET', '/api/v1/scorecards') });
  return (said: string | null | undefined) => {
    const [, key, version] = /^(.*) v(\d+)$/.exec(said ?? '') ?? [];
    if (!key) return said ?? '';
    const title = own(cards.data?.data.find((one) => one.key === key)?.card.title) || key;
    return t('card_version', { title, version: format.int(Number(version)) });
  };
}
