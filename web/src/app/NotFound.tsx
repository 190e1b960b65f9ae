import { Link } from '@tanstack/react-router';
import { Empty } from '@/components/Page';
import { useTranslation } from '@/lib/i18n';

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Empty title={t('not_found.title')} action={<Link to="/">{t('not_found.home')}</Link>}>
      {t('not_found.text')}
    </Empty>
  );
}
