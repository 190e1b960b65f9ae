/** The columns of the table: its own, and any fact as one more. */
import { bandOf, Glyph, HealthPill, Sparkline, Trend } from '@/components/Health';
import { Letter } from '@/components/Page';
import { type FactInfo, factTitle, valueText } from '@/components/rule';
import type { Column } from '@/components/Table';
import { currencyExponent, daysBetween, format } from '@/lib/format';
import { t } from '@/lib/i18n';
import { wordOf } from '@/lib/words';
import css from './AccountsPage.module.css';
import type { OwnColumn, Row } from './api';

const say = (key: string, values?: Record<string, unknown>) => t(`accounts:${key}`, values);

/** Whole units, or millions of toman: the unit stands in the head. */
export function amountCell(minor: number | null, currency: string) {
  if (minor === null) return '–';
  if (currency !== 'IRR') return format.int(Math.round(minor / 10 ** currencyExponent(currency)));
  const millions = minor / (format.options.toman ? 10 : 1) / 1e6;
  return format.number(millions, Math.abs(millions) < 10 ? 1 : 0);
}
export const amountUnit = (currency: string) =>
  currency !== 'IRR' ? currency : say(format.options.toman ? 'unit_toman' : 'unit_rial');

/** A renewal that is near stands out by weight. */
export function RenewalDay({ day, today }: { day: string; today: string }) {
  const days = daysBetween(today, day);
  return (
    <span className={days >= 0 && days <= 45 ? css.near : undefined} title={format.fromToday(day, today)}>
      {format.day(day, 'padded')}
    </span>
  );
}

const factWidth = 'minmax(110px, 0.7fr)';
/** Facts keep their places (waiting) until `facts` says what they are; one that it does not know has no column. */
export function columnsOf(shown: string[], facts: FactInfo[] | undefined, currency: string, today: string): Column<Row>[] {
  const own: Record<OwnColumn, Column<Row>> = {
    health: {
      key: 'health',
      title: say('column.health'),
      width: '118px',
      sortable: true,
      render: (row) => <HealthPill score={row.health.score} band={bandOf(row.health.band)} />,
    },
    weeks: {
      key: 'change',
      title: say('column.weeks'),
      width: '132px',
      sortable: true,
      render: (row) => (
        <span className={css.weeks}>
          <Sparkline values={row.weeks ?? []} band={bandOf(row.health.band)} />
          {row.weeks && row.health.score !== null && <Trend change={row.health.change} />}
        </span>
      ),
    },
    why: {
      key: 'why',
      title: say('column.why'),
      width: 'minmax(190px, 1.8fr)',
      render: (row) => (row.why ? <Why text={row.why.text} /> : <span className="dim">{row.weeks ? say('why_none') : ''}</span>),
    },
    arr: {
      key: 'arr',
      title: say('column.arr', { unit: amountUnit(currency) }),
      width: '118px',
      numeric: true,
      sortable: true,
      render: (row) => <span className={`num ${css.money}`}>{amountCell(row.arr, currency)}</span>,
    },
    renewal: {
      key: 'renewal',
      title: say('column.renewal'),
      width: '104px',
      numeric: true,
      sortable: true,
      render: (row) => (row.renews_on ? <RenewalDay day={row.renews_on} today={today} /> : '–'),
    },
    stage: {
      key: 'stage',
      title: say('column.stage'),
      width: 'minmax(92px, 0.5fr)',
      sortable: true,
      render: (row) => <bdi>{row.stage ? wordOf('stage', row.stage) : '–'}</bdi>,
    },
    owner: {
      key: 'owner',
      title: say('column.owner'),
      width: 'minmax(146px, 0.9fr)',
      sortable: true,
      render: (row) =>
        row.owner ? (
          <span className={css.owner}>
            <Letter name={row.owner.name} round size={20} />
            <bdi className="clip">{row.owner.name}</bdi>
          </span>
        ) : (
          <span className="dim">{say('no_owner')}</span>
        ),
    },
    tags: {
      key: 'tags',
      title: say('column.tags'),
      width: 'minmax(110px, 0.8fr)',
      sortable: true,
      render: (row) => <Tags tags={row.tags} />,
    },
    status: {
      key: 'status',
      title: say('column.status'),
      width: '96px',
      sortable: true,
      render: (row) => say(`status.${row.status}`),
    },
  };
  const name: Column<Row> = {
    key: 'name',
    title: say('column.name'),
    width: 'minmax(186px, 1.2fr)',
    sortable: true,
    render: (row) => (
      <span className={css.name}>
        <Letter name={row.name} size={22} />
        <bdi className="name clip" title={row.name}>
          {row.name}
        </bdi>
      </span>
    ),
  };
  return [
    name,
    ...shown.flatMap((key) => {
      if (key in own) return [own[key as OwnColumn]];
      if (!facts) return [{ key, title: '…', width: factWidth, waiting: true, render: () => null }];
      const fact = facts.find((one) => one.key === key);
      if (!fact) return [];
      const numeric = fact.type === 'number';
      const unit = fact.unit === 'money' ? ` (${amountUnit(currency)})` : '';
      return [
        {
          key,
          title: factTitle(fact) + unit,
          width: factWidth,
          numeric,
          sortable: true,
          render: (row: Row) => {
            const value = row.facts[key];
            if (value === null || value === undefined) return <span className="dim">–</span>;
            if (fact.unit === 'money') return <span className="num">{amountCell(value as number, currency)}</span>;
            return numeric ? (
              <span className="num">{valueText(value, fact, currency)}</span>
            ) : (
              <bdi>{valueText(value, fact, currency)}</bdi>
            );
          },
        },
      ];
    }),
  ];
}

/** The value stays when room is short; what it is of is cut first. */
function Why({ text }: { text: string }) {
  const at = text.indexOf(': ');
  return (
    <bdi className={css.why} title={text}>
      <span className="clip">{at < 0 ? text : text.slice(0, at)}</span>
      {at > 0 && <span className={css.whyValue}>{text.slice(at + 2)}</span>}
    </bdi>
  );
}

export function Tags({ tags }: { tags: string[] }) {
  return (
    <span className={css.tags}>
      {tags.map((tag) => (
        <bdi key={tag} className={css.tag}>
          {tag}
        </bdi>
      ))}
    </span>
  );
}

/** On a phone a row is a card: who, how, why, how much, until when. */
export const cardColumn = (currency: string, today: string): Column<Row> => ({
  key: 'name',
  title: say('column.name'),
  width: '1fr',
  render: (row) => (
    <span className={css.card}>
      <span className={css.cardTop}>
        <bdi className="name clip">{row.name}</bdi>
        <HealthPill score={row.health.score} band={bandOf(row.health.band)} />
      </span>
      <span className={css.cardWhy}>
        {row.why ? <bdi>{row.why.text}</bdi> : <span className="dim">{row.weeks ? say('why_none') : ''}</span>}
      </span>
      <span className={css.cardFoot}>
        {row.arr !== null && <span>{format.amount(row.arr, currency)}</span>}
        {row.renews_on && <span>{say('renews_in', { when: format.fromToday(row.renews_on, today) })}</span>}
        {row.health.change !== null && <Trend change={row.health.change} />}
      </span>
    </span>
  ),
});

export function BandCount({ band, text }: { band: string; text: string }) {
  return (
    <span className={css.bandCount}>
      <Glyph band={bandOf(band)} /> {text}
    </span>
  );
}
