import {
  IconAlertCircle,
  IconArrowDown,
  IconArrowUp,
  IconFlag,
  IconFlagExclamation,
  IconMessage2,
  IconMessage2Exclamation,
  IconReceipt,
  IconUserX,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { bandOf } from '@/components/Health';
import { Section } from '@/components/Page';
import type { AccountSearch } from '@/features/account';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import css from './Home.module.css';
import type { Change, ChangeKind, Home } from './shape';

const icons: Record<ChangeKind, typeof IconFlag> = {
  danger: IconArrowDown,
  fall: IconArrowDown,
  rise: IconArrowUp,
  champion_left: IconUserX,
  sponsor_left: IconUserX,
  unseen: IconUserX,
  urgent_ticket: IconAlertCircle,
  overdue: IconReceipt,
  detractor: IconMessage2Exclamation,
  answer: IconMessage2,
  milestone_late: IconFlagExclamation,
  milestone_reached: IconFlag,
};
const tone = (change: Change) =>
  change.kind === 'rise' || change.kind === 'milestone_reached' ? 'good' : change.loud ? 'risk' : 'dim';
/** Where the rows behind a change are. */
const tabs: Record<string, AccountSearch['tab']> = {
  people: 'people',
  tickets: 'tickets',
  invoices: 'invoices',
  answers: 'answers',
  milestones: 'milestones',
  health: 'health',
};

/** When, short: 08:02 today, Sun 09:12 this week, 12 Nov before. */
function whenWords(at: string) {
  const { day, time } = format.wall(at);
  const days = Math.round((Date.parse(format.today()) - Date.parse(day)) / 86_400_000);
  if (days <= 1) return `${format.fromToday(day)} ${format.digits(time)}`;
  return days < 7 ? `${format.weekday(day)} ${format.digits(time)}` : format.day(day, 'brief');
}

export function Changes({ changes, onOpen }: { changes: Home['changes']; onOpen: (id: string, more?: AccountSearch) => void }) {
  const { t } = useTranslation('home');
  const most = 6;
  const [all, setAll] = useState(false);
  const loud = changes.data.filter((change) => change.loud);
  const first = changes.data.slice(0, Math.max(most, Math.min(loud.length, most + 2)));
  const shown = all ? changes.data : first;
  const rest = changes.total - shown.length;
  const { day, time } = format.wall(changes.since);
  return (
    <Section
      id="changes"
      title={t('changes.title', {
        when: t('changes.when', { weekday: format.weekday(day), day: format.day(day, 'brief'), time: format.digits(time) }),
      })}
      aside={
        !all && changes.data.length > shown.length ? (
          <button type="button" className={css.fold} onClick={() => setAll(true)}>
            {t('changes.more', { count: rest, n: format.int(rest) })}
          </button>
        ) : (
          all && rest > 0 && <span className="dim">{t('changes.beyond', { count: rest, n: format.int(rest) })}</span>
        )
      }
    >
      {changes.data.length === 0 && <p className="quiet">{t('changes.none')}</p>}
      <ul className={css.changes}>
        {shown.map((change, i) => {
          const Icon = icons[change.kind];
          const tab = tabs[change.evidence ?? ''];
          return (
            <li key={`${change.id} ${change.kind} ${i}`} className={css.change}>
              <Icon size={16} className={tone(change)} aria-label={t(`changes.${change.kind}`)} role="img" />
              <Link to="/accounts/$account" params={{ account: change.id }} className={`${css.plain} name clip`}>
                <bdi>{change.name}</bdi>
              </Link>
              <button
                type="button"
                className={css.changeText}
                onClick={() => onOpen(change.id, { tab, from: tab === 'health' ? day : undefined })}
              >
                {change.score_before !== undefined && change.score_before !== null && (
                  <>
                    {t('changes.score', {
                      from: format.int(Math.round(change.score_before)),
                      to: change.score === null ? '–' : format.int(Math.round(change.score)),
                    })}
                    {change.band_before !== change.band && (
                      <>
                        {' '}
                        {t('changes.now')} <b>{t(`common:band.${bandOf(change.band)}`)}</b>
                      </>
                    )}
                    {change.text && ': '}
                  </>
                )}
                {change.text}
              </button>
              <span className="label">{whenWords(change.at)}</span>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
