import { Link } from '@tanstack/react-router';
import { Section } from '@/components/Page';
import type { AccountSearch } from '@/features/account';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { isolate } from '@/lib/words';
import css from './Home.module.css';
import type { Home } from './shape';

const tabs = { notice: 'subscriptions', contact: 'timeline', milestone: 'milestones' } as const;

export function DueList({ due, onOpen }: { due: Home['due']; onOpen: (id: string, more?: AccountSearch) => void }) {
  const { t } = useTranslation('home');
  const most = 6;
  return (
    <Section
      id="due"
      title={t('due.title')}
      hint={due.total > most ? t('due.of', { shown: format.int(most), total: format.int(due.total) }) : undefined}
    >
      {due.data.length === 0 && <p className="quiet">{t('due.none')}</p>}
      <ul>
        {due.data.slice(0, most).map((one) => (
          <li key={`${one.id} ${one.kind} ${one.title ?? ''}`} className={css.due}>
            <div className={css.dueWhat}>
              <button type="button" className={css.changeText} onClick={() => onOpen(one.id, { tab: tabs[one.kind] })}>
                <span className="name">{t(`due.${one.kind}`, { title: one.title ? isolate(one.title) : '' })}</span>
              </button>
              <Link to="/accounts/$account" params={{ account: one.id }} className={`${css.plain} label clip`}>
                <bdi>{one.name}</bdi>
              </Link>
            </div>
            <span className={one.days < 0 ? 'risk' : 'quiet'}>{format.fromToday(one.day)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
