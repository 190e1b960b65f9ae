/** The parts of a page: its head, its sections, figures, and what is shown while there is nothing (yet) to show. */
import { Button } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { Problem } from '@/lib/api';
import { useTranslation } from '@/lib/i18n';
import css from './Page.module.css';

export function PageHead({
  title,
  crumbs = [],
  children,
  tabs,
}: {
  title: ReactNode;
  crumbs?: { to: string; label: string }[];
  children?: ReactNode;
  tabs?: ReactNode;
}) {
  return (
    <header className={css.head}>
      <div className={css.headRow}>
        <h1 className={css.title}>
          {crumbs.map((crumb) => (
            <span key={crumb.to} className={css.crumb}>
              <Link to={crumb.to}>{crumb.label}</Link>
              <IconChevronRight size={14} className={css.mirror} aria-hidden="true" />
            </span>
          ))}
          {title}
        </h1>
        <div className={`${css.actions} no-print`}>{children}</div>
      </div>
      {tabs}
    </header>
  );
}

/** Tabs that are links: each has an address. */
export function PageTabs({
  tabs,
  active,
  onChange,
  label,
}: {
  tabs: { key: string; label: ReactNode; count?: string }[];
  active: string;
  onChange: (key: string) => void;
  label: string;
}) {
  return (
    <nav className={`${css.tabs} no-print`} aria-label={label}>
      {tabs.map((tab) => (
        <button
          key={tab.key}
          type="button"
          className={css.tab}
          aria-current={tab.key === active ? 'page' : undefined}
          onClick={() => onChange(tab.key)}
        >
          {tab.label}
          {tab.count !== undefined && <span className={css.tabCount}>{tab.count}</span>}
        </button>
      ))}
    </nav>
  );
}

/** The sentence that opens a page: what is so, then what follows from it. */
export function Lead({ children, then }: { children: ReactNode; then?: ReactNode }) {
  return (
    <p className={css.lead}>
      <strong>{children}</strong> {then}
    </p>
  );
}

export function Section({
  title,
  hint,
  aside,
  children,
  id,
  flush = false,
}: {
  title?: ReactNode;
  hint?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  id?: string;
  flush?: boolean;
}) {
  return (
    <section
      className={`${css.section} ${flush ? css.flush : ''}`}
      aria-labelledby={id && title ? `${id}-title` : undefined}
      id={id}
    >
      {(title || aside) && (
        <div className={css.sectionHead}>
          <h2 id={id && `${id}-title`}>{title}</h2>
          {hint && <span className={css.hint}>{hint}</span>}
          {aside && <span className={css.aside}>{aside}</span>}
        </div>
      )}
      {children}
    </section>
  );
}

/** A number with its name above and its meaning below. `onOpen`: the door to its rows. */
export function Figure({
  label,
  value,
  margin,
  note,
  change,
  large = false,
  onOpen,
}: {
  label: ReactNode;
  value: ReactNode;
  margin?: ReactNode;
  note?: ReactNode;
  change?: ReactNode;
  large?: boolean;
  onOpen?: () => void;
}) {
  const number = <span className={large ? css.figureLarge : css.figure}>{value}</span>;
  return (
    <div className={css.figureBox}>
      <div className="label">{label}</div>
      <div className={css.figureRow}>
        {onOpen ? (
          <button type="button" className={css.door} onClick={onOpen}>
            {number}
          </button>
        ) : (
          number
        )}
        {margin && <span className="dim">{margin}</span>}
        {change && <span className={css.aside}>{change}</span>}
      </div>
      {note && <div className={css.note}>{note}</div>}
    </div>
  );
}

/** Says what a place is for, shows it, and offers the one step that fills it. */
export function Empty({
  title,
  children,
  example,
  action,
}: {
  title: ReactNode;
  children?: ReactNode;
  example?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={css.empty}>
      {example && <div className={css.example}>{example}</div>}
      <h2>{title}</h2>
      {children && <p className="quiet">{children}</p>}
      {action && <div className={css.emptyAction}>{action}</div>}
    </div>
  );
}

/** What is answered the same however often it is asked. */
const final = new Set([400, 403, 404, 405, 422]);

/** What went wrong, what to do, and a way on. */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const problem = error instanceof Problem ? error : null;
  const offline = problem?.status === 0;
  return (
    <div className={css.error} role="alert">
      <h2>
        {offline ? t('error.offline') : problem?.status === 403 ? t('error.forbidden') : (problem?.message ?? t('error.page'))}
      </h2>
      <p>{offline ? t('error.offline_how') : (problem?.detail ?? '')}</p>
      {problem?.errors
        .filter((fault) => fault.message !== problem.detail)
        .map((fault) => (
          <p key={`${fault.pointer} ${fault.code}`}>
            {fault.pointer && <code>{fault.pointer}</code>} {fault.message}
          </p>
        ))}
      {!problem && <pre className={css.details}>{String(error)}</pre>}
      <div className={css.emptyAction}>
        {onRetry && !(problem && final.has(problem.status)) && (
          <Button variant="default" onClick={onRetry}>
            {t('retry')}
          </Button>
        )}
        {problem && problem.status > 0 && (
          <span className="dim">
            <code>{problem.code}</code>
          </span>
        )}
      </div>
    </div>
  );
}

/** The shape of what comes, after 150 ms, fading downwards. */
export function Skeleton({ rows = 8, row = 37 }: { rows?: number; row?: number }) {
  const { t } = useTranslation();
  const [shown, show] = useState(false);
  useEffect(() => {
    const wait = setTimeout(() => show(true), 150);
    return () => clearTimeout(wait);
  }, []);
  return (
    <div className={css.skeleton} role="status" aria-label={t('loading')} aria-busy="true">
      {shown &&
        Array.from({ length: rows }, (_, i) => (
          <div key={i} className={css.bone} style={{ height: row, opacity: 1 - i / rows }}>
            <i style={{ width: 26 }} />
            <i style={{ width: `${28 - ((i * 7) % 12)}%` }} />
            <i style={{ width: `${14 - ((i * 5) % 6)}%` }} />
            <i style={{ width: '10%' }} />
          </div>
        ))}
    </div>
  );
}

/** One of: skeleton, error with a way out, or the children with the data; old data stays while it is refreshed. */
export function Loaded<T>({
  query,
  children,
  rows,
  row,
}: {
  query: { data: T | undefined; error: unknown; refetch: () => unknown };
  children: (data: T) => ReactNode;
  rows?: number;
  row?: number;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  return <Skeleton rows={rows} row={row} />;
}

const tones = 6;
/** One letter in a quiet square; Persian letters are not joined to initials. */
export function Letter({ name, round = false, size = 24 }: { name: string; round?: boolean; size?: number }) {
  const first = [...name.trim()][0]?.toUpperCase() ?? '–';
  let hash = 0;
  for (const c of name) hash = (hash * 31 + c.codePointAt(0)!) >>> 0;
  return (
    <span
      className={`${css.letter} ${css[`tone${hash % tones}`]}`}
      style={{ width: size, height: size, borderRadius: round ? '50%' : 6, fontSize: size * 0.46, lineHeight: `${size}px` }}
      aria-hidden="true"
    >
      {first}
    </span>
  );
}

export const Kbd = ({ children }: { children: ReactNode }) => <kbd aria-hidden="true">{children}</kbd>;
