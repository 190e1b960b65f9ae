import { Link, useNavigate } from '@tanstack/react-router';
import { bandOf, bands, HealthBar } from '@/components/Health';
import { Figure } from '@/components/Page';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useMe } from '@/lib/me';
import css from './Home.module.css';
import type { Home, Kept } from './shape';

/** Of another feature. */
const accounts: string = '/accounts';
const retention: string = '/insight/retention';

const plusMinus = (kept: Kept) =>
  kept.value !== null && kept.low !== null && kept.high !== null
    ? `± ${format.number(((kept.high - kept.low) / 2) * 100, 1)}`
    : undefined;

export function BookStrip({ home }: { home: Home }) {
  const { t } = useTranslation('home');
  const { book } = home;
  const navigate = useNavigate();
  const me = useMe();
  const mine = book.scope === 'own' && me.member ? `owner = "${me.member.id}"` : '';
  const list = (rule: string) => {
    const where = [mine, rule].filter(Boolean).join(' and ');
    navigate({ to: accounts, search: (where ? { where } : {}) as never });
  };
  const money = (minor: number) => format.amount(minor, book.currency);
  const parts = bands
    .map((band) => {
      const of = book.bands.filter((one) => bandOf(one.band) === band);
      const arr = of.reduce((sum, one) => sum + one.arr, 0);
      return { band, share: arr, text: arr ? money(arr) : '', count: of.reduce((sum, one) => sum + one.accounts, 0) };
    })
    .filter((part) => part.count);
  /* Of none of them it is known: then nothing is known of their contracts, either. */
  const unknown = book.arr_unknown === book.accounts;
  const { net, gross } = book.retention;
  const percent = (kept: Kept) => (kept.value === null ? t('common:unknown') : format.percent(kept.value, 1));
  return (
    <section className={css.strip} aria-label={t('book.title')}>
      <Figure
        label={t(`book.${book.scope}`)}
        value={unknown ? t('common:unknown') : money(book.arr)}
        onOpen={() => list('')}
        note={
          <>
            {t('book.accounts', { count: book.accounts, n: format.int(book.accounts) })}
            {!unknown &&
              book.arr_unknown > 0 &&
              ` · ${t('book.arr_unknown', { count: book.arr_unknown, n: format.int(book.arr_unknown) })}`}
          </>
        }
      />
      <div className={css.stripHealth}>
        <div className="label">{t('book.health')}</div>
        <HealthBar
          parts={parts}
          onOpen={(band) => list(band === 'unknown' ? 'health_band is unknown' : `health_band = ${band}`)}
        />
      </div>
      <Figure
        label={t('book.renewing', { days: format.days(book.renewing.days) })}
        value={unknown && !book.renewing.accounts ? t('common:unknown') : money(book.renewing.arr)}
        onOpen={() => list(`days_to_renewal between 0 and ${book.renewing.days}`)}
        note={
          <>
            {unknown && !book.renewing.accounts
              ? t('book.no_contract')
              : t('book.renewing_accounts', { count: book.renewing.accounts, n: format.int(book.renewing.accounts) })}
            {book.renewing.at_risk_arr > 0 && (
              <>
                {' · '}
                <b className="risk">{t('book.renewing_risk', { amount: money(book.renewing.at_risk_arr) })}</b>
              </>
            )}
          </>
        }
      />
      <Figure
        label={t('book.net')}
        value={
          <Link to={retention} className={css.plain}>
            {percent(net)}
          </Link>
        }
        margin={plusMinus(net)}
        note={t('book.gross', { gross: percent(gross), margin: plusMinus(gross) ?? '' })}
      />
    </section>
  );
}
