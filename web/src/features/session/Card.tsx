/** The frame of pages before the sign-in: the mark, one card, and the other language below. */
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { Problem } from '@/lib/api';
import { useTranslation } from '@/lib/i18n';
import { remembered } from '@/lib/me';
import css from './Card.module.css';

export function Card({
  title,
  lead,
  wide = false,
  onSubmit,
  children,
}: {
  title: ReactNode;
  lead?: ReactNode;
  wide?: boolean;
  onSubmit?: () => void;
  children: ReactNode;
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit?.();
  };
  const other = document.documentElement.lang === 'fa' ? 'en' : 'fa';
  return (
    <main className={css.page}>
      <form className={`${css.card} ${wide ? css.wide : ''}`} onSubmit={submit} noValidate>
        <img src="/mark.svg" alt="" width={36} height={36} />
        <h1>{title}</h1>
        {lead && <p className="quiet">{lead}</p>}
        {children}
        <button
          type="button"
          lang={other}
          className={css.language}
          onClick={() => {
            remembered.keep('language', other);
            location.reload();
          }}
        >
          {other === 'fa' ? 'فارسی' : 'English'}
        </button>
      </form>
    </main>
  );
}

/** What the server refused as a whole; faults of fields stand at their fields. */
export function Refusal({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const problem = error instanceof Problem ? error : null;
  if (!error || problem?.errors.length) return null;
  return (
    <p role="alert" className="risk">
      {!problem ? String(error) : problem.status === 0 ? t('error.offline') : problem.detail || problem.message}
    </p>
  );
}

/**
 * The token behind the # of a printed link, also when another one is opened in the same tab. It leaves the address at once, so
 * that it stays in no history.
 */
export function useToken(): string {
  const [token, setToken] = useState(() => location.hash.slice(1));
  useEffect(() => {
    const take = () => {
      const given = location.hash.slice(1);
      if (!given) return;
      setToken(given);
      history.replaceState(history.state, '', location.pathname + location.search);
    };
    take();
    window.addEventListener('hashchange', take);
    return () => window.removeEventListener('hashchange', take);
  }, []);
  return token;
}
