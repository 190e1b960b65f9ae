/** What is behind a measure: its value and window, how it counts, how it is defined, and the rows that it is made of. */
import { useQuery } from '@tanstack/react-query';
import { useCardName } from '@/components/CardName';
import { Loaded } from '@/components/Page';
import { SideDrawer } from '@/components/SideDrawer';
import { addDays, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import css from './Account.module.css';
import type { TabProps } from './AccountPage';
import { ActivityRows } from './ActivityRows';
import { answersOf, type FactDeclaration, factsCatalogue, healthOf, invoicesOf, peopleOf, ticketsOf } from './queries';
import { AnswerRows, InvoiceRows, TicketRows } from './RowsTabs';
import type { Measure } from './shape';
import { UsageChart } from './UsageTab';

type Evidence = 'usage' | 'tickets' | 'invoices' | 'answers' | 'activities' | 'subscriptions' | 'milestones' | 'people' | 'none';

/** Where the rows of a fact are, by how it is declared; a formula is that of what it reads first. */
function evidenceOf(fact: FactDeclaration | undefined, all: FactDeclaration[]): Evidence {
  const source = fact?.source ?? {};
  if ('usage' in source) return 'usage';
  if ('people' in source) return 'people';
  if ('record' in source) return ((source.record as { of?: string }).of as Evidence) ?? 'none';
  if (typeof source.formula === 'string') {
    const read = all.find((one) => one !== fact && new RegExp(`\\b${one.key}\\b`).test(source.formula as string));
    return read ? evidenceOf(read, all) : 'none';
  }
  return 'none';
}

export function MeasureDrawer(props: TabProps) {
  const { t } = useTranslation('account');
  const { search, look, id } = props;
  const opened = search.open !== undefined;
  const health = useQuery({ ...healthOf(id, search.to ?? search.as_of), enabled: opened });
  const measure = health.data?.measures?.find((one) => one.key === search.open);
  const adjustment = health.data?.adjustments?.find((one) => `${one.kind} ${one.key}` === search.open || one.key === search.open);
  return (
    <SideDrawer
      opened={opened}
      onClose={() => look({ open: undefined })}
      title={measure?.title ?? adjustment?.text ?? t('measure.title')}
      size={620}
    >
      {opened && (
        <Loaded query={health} rows={5}>
          {() =>
            measure ? (
              <Behind measure={measure} {...props} />
            ) : (
              <p className="quiet">
                {adjustment ? t('measure.adjustment', { points: format.signed(adjustment.contribution, 1) }) : t('measure.gone')}
              </p>
            )
          }
        </Loaded>
      )}
    </SideDrawer>
  );
}

function Behind({ measure, ...props }: { measure: Measure } & TabProps) {
  const { t } = useTranslation('account');
  const facts = useQuery(factsCatalogue);
  const health = useQuery(healthOf(props.id, props.search.to ?? props.search.as_of));
  const cardName = useCardName();
  const all = facts.data?.data ?? [];
  const fact = all.find((one) => one.key === measure.key);
  const kind = evidenceOf(fact, all);
  const { window } = measure;
  return (
    <div className={css.behind}>
      <dl className={css.terms}>
        <dt>{t('measures.value')}</dt>
        <dd>{measure.text ?? <span className="dim">{measure.cause}</span>}</dd>
        {window && (
          <>
            <dt>{t('measure.window')}</dt>
            <dd>{t('measure.days', { from: format.day(window.from), to: format.day(window.to) })}</dd>
          </>
        )}
        <dt>{t('why.age')}</dt>
        <dd>{measure.age_days === null ? '–' : measure.age_days === 0 ? t('today') : format.days(measure.age_days)}</dd>
        <dt>{t('measures.counted')}</dt>
        <dd>{t(`counted.${measure.counted}`)}</dd>
        <dt>{t('measures.contribution')}</dt>
        <dd>
          {measure.points === null || measure.share === null
            ? '–'
            : t('measure.sum', {
                points: format.number(measure.points, 1),
                share: format.percent(measure.share, 1),
                contribution: format.number(measure.contribution, 1),
              })}
        </dd>
        <dt>{t('measure.card')}</dt>
        <dd>
          <bdi>{cardName(health.data?.card)}</bdi>
        </dd>
      </dl>
      {fact && (
        <details className={css.source}>
          <summary>{t('measure.definition')}</summary>
          <code>{fact.key}</code>
          <pre>{JSON.stringify(fact.source, null, 2)}</pre>
        </details>
      )}
      <Evidence kind={kind} measure={measure} {...props} />
    </div>
  );
}

function Evidence({ kind, measure, ...props }: { kind: Evidence; measure: Measure } & TabProps) {
  const { t } = useTranslation('account');
  const { id, search, look } = props;
  const until = addDays(search.to ?? search.as_of ?? format.today(), 0);
  const tickets = useQuery({ ...ticketsOf(id), enabled: kind === 'tickets' });
  const invoices = useQuery({ ...invoicesOf(id), enabled: kind === 'invoices' });
  const answers = useQuery({ ...answersOf(id), enabled: kind === 'answers' });
  const people = useQuery({ ...peopleOf(id, search.as_of), enabled: kind === 'answers' });
  const names = new Map(people.data?.data.map((person) => [person.person, person.name ?? person.email]));
  const open = (at: string | null | undefined, closed: string | null | undefined) =>
    Boolean(at) && format.wall(at!).day <= until && (!closed || format.wall(closed).day > until);
  const tab = kind === 'activities' ? 'timeline' : kind;
  return (
    <section aria-label={t('measure.rows')}>
      {kind === 'usage' && <UsageChart {...props} />}
      {kind === 'tickets' && (
        <Loaded query={tickets} rows={3}>
          {({ data }) => <TicketRows rows={data.filter((row) => open(row.opened_at, row.closed_at))} />}
        </Loaded>
      )}
      {kind === 'invoices' && (
        <Loaded query={invoices} rows={3}>
          {({ data }) => (
            <InvoiceRows rows={data.filter((row) => (row.issued_on ?? '') <= until && (!row.paid_on || row.paid_on > until))} />
          )}
        </Loaded>
      )}
      {kind === 'answers' && (
        <Loaded query={answers} rows={3}>
          {({ data }) => (
            <AnswerRows
              names={names}
              rows={data.filter((row) => {
                const at = row.answered_at ? format.wall(row.answered_at).day : '';
                return measure.key.startsWith(row.kind ?? '') && at <= until && (!measure.window || at >= measure.window.from);
              })}
            />
          )}
        </Loaded>
      )}
      {kind === 'activities' && <ActivityRows id={id} until={until} />}
      {kind !== 'none' && (
        <button
          type="button"
          className={css.link}
          onClick={() => look({ open: undefined, tab: tab as NonNullable<typeof search.tab> })}
        >
          {t('measure.all_rows')}
        </button>
      )}
    </section>
  );
}
