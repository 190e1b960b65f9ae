/** One model: whether it may speak, how it did on later time, what it leans on, how today differs, and its versions. */
import { Button } from '@mantine/core';
import { IconDownload, IconRefresh, IconTable } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Empty, Figure, Kbd, Lead, Loaded, PageHead, Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { done, failed } from '@/components/Toast';
import { titleOf, useFacts } from '@/features/facts';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { mayRole, useMe } from '@/lib/me';
import { queryClient } from '@/lib/query';
import {
  type Absence,
  driftOf,
  type LeftOut,
  type LifeRow,
  type Model,
  modelOf,
  modelsKey,
  type Now,
  type WholeVersion,
} from './api';
import css from './Models.module.css';
import { BeingMade } from './State';
import { Tested } from './Tested';
import { Versions } from './Versions';

const route = getRouteApi('/shell/insight/models/$outcome');
const share = (value: number | null) => (value === null ? '–' : format.percent(value, value < 0.1 ? 1 : 0));

export function ModelPage() {
  const { t } = useTranslation('models');
  const { outcome } = route.useParams();
  const me = useMe();
  const query = useQuery(modelOf(outcome));
  const mayWrite = mayRole(me, 'manager') && me.scope === 'all';
  const made = useTell(query.data);
  const make = useMutation({
    mutationFn: () => ask('POST', `/api/v1/models/${encodeURIComponent(outcome)}`),
    onSuccess: () => {
      made.expect();
      return queryClient.invalidateQueries({ queryKey: modelsKey });
    },
    onError: failed,
  });
  const busy = make.isPending || query.data?.being_made;
  useKeys({ KeyM: mayWrite && !busy ? () => make.mutate() : undefined });
  const live = query.data?.versions.find((one) => one.state === 'live');
  return (
    <>
      <PageHead title={query.data?.title ?? ''} crumbs={[{ to: '/insight/models', label: t('title') }]}>
        {live && query.data?.outcome.startsWith('cross_sell:') && (
          <Button
            component={Link}
            to={`/insight/growth?product=${encodeURIComponent(query.data.product ?? '')}&kind=product&sort=chance` as string}
            variant="default"
            leftSection={<IconTable size={15} />}
          >
            {t('room')}
          </Button>
        )}
        {live && query.data?.fact && (
          <Button
            component={Link}
            to={`/accounts?columns=health,${query.data.fact},arr,renewal,owner&sort=-${query.data.fact}` as string}
            variant="default"
            leftSection={<IconTable size={15} />}
          >
            {t('accounts')}
          </Button>
        )}
        {me.scope === 'all' && (
          <Button
            component="a"
            href={`/api/v1/models/${encodeURIComponent(outcome)}/panel`}
            download={`panel-${outcome}.csv`}
            variant="default"
            leftSection={<IconDownload size={15} />}
          >
            {t('panel')}
          </Button>
        )}
        {mayWrite && (
          <Button
            leftSection={<IconRefresh size={15} />}
            rightSection={<Kbd>M</Kbd>}
            disabled={Boolean(busy)}
            onClick={() => make.mutate()}
          >
            {t(query.data?.versions.length ? 'make_anew' : 'make')}
          </Button>
        )}
      </PageHead>
      <Loaded query={query} rows={12}>
        {(model) => <Body model={model} mayWrite={mayWrite} />}
      </Loaded>
    </>
  );
}

/** Says that the version which was asked for here is there, with what became of it. */
function useTell(model: Model | undefined) {
  const { t } = useTranslation('models');
  const waiting = useRef<number | null>(null);
  const newest = model?.versions[0];
  useEffect(() => {
    if (waiting.current === null || !model || model.being_made) return;
    const fresh = newest && newest.version > waiting.current;
    if (!fresh) return;
    waiting.current = null;
    done(t(`made_now.${newest.state === 'live' ? 'live' : 'not'}`, { n: format.int(newest.version) }));
    for (const key of [['accounts'], ['account']]) queryClient.invalidateQueries({ queryKey: key });
  }, [model, newest, t]);
  return {
    expect: () => {
      waiting.current = newest?.version ?? 0;
    },
  };
}

function Body({ model, mayWrite }: { model: Model; mayWrite: boolean }) {
  const { t } = useTranslation('models');
  const live = model.versions.find((one) => one.state === 'live');
  const shown = live ?? model.versions[0];
  return (
    <>
      {model.being_made && (
        <div className={css.making}>
          <BeingMade>{t(live ? 'making_live' : 'making')}</BeingMade>
        </div>
      )}
      <Verdict model={model} live={live} shown={shown} />
      {!shown && (
        <Empty title={t(model.being_made ? 'being_made' : 'not_made')}>
          {!model.being_made && t('not_made_text')} {t('empty.text')}
        </Empty>
      )}
      {shown && !live && (
        <Section id="needed" title={t('empty.needed')}>
          <p className={css.note}>{t('empty.text')}</p>
        </Section>
      )}
      {shown?.life_table && <Lives rows={shown.life_table} />}
      {model.now && live && <Today now={model.now} live={live} />}
      {shown && <Tested tests={shown.tests} title={model.outcome} />}
      {model.now && model.now.facts.length > 0 && <Leans now={model.now} />}
      {shown && shown.tests.left_out.length > 0 && <Left rows={shown.tests.left_out} />}
      {shown && <Versions model={model} mayWrite={mayWrite} />}
      <Definitions model={model} version={shown} />
    </>
  );
}

function Verdict({ model, live, shown }: { model: Model; live?: WholeVersion; shown?: WholeVersion }) {
  const { t } = useTranslation('models');
  if (!shown) return null;
  return (
    <Lead then={shown.text}>
      {live
        ? t('verdict.live', {
            count: model.now?.foretold ?? 0,
            n: format.int(model.now?.foretold ?? 0),
            learner: t(`learner.${live.learner}`),
          })
        : t('verdict.none')}
    </Lead>
  );
}

function Today({ now, live }: { now: Now; live: WholeVersion }) {
  const { t } = useTranslation('models');
  const used = live.tests.learners?.find((one) => one.learner === live.learner);
  const drift = now.psi === null ? null : driftOf(now.psi);
  return (
    <Section id="today" title={t('today.title')} hint={t('today.hint', { days: format.days(live.definition.days) })}>
      <div className={css.figures}>
        <Figure
          label={t('today.mean')}
          value={share(now.mean)}
          note={t('today.base', { rate: share(now.base_rate), lost: format.int(live.lost), n: format.int(live.cases) })}
        />
        {used?.auc != null && (
          <Figure
            label={t('today.auc')}
            value={format.number(used.auc, 2)}
            margin={
              used.auc_low !== null &&
              used.auc_high !== null &&
              t('between', { low: format.number(used.auc_low, 2), high: format.number(used.auc_high, 2) })
            }
            note={t('today.auc_note')}
          />
        )}
        {used?.ece != null && (
          <Figure
            label={t('today.ece')}
            value={t('points', { n: format.number(100 * used.ece, 1) })}
            note={t('today.ece_note')}
          />
        )}
        <Figure
          label={t('drift.title')}
          value={
            drift ? (
              <span className={drift === 'steady' ? css.live : drift === 'watch' ? css.watch : css.risk}>
                {t(`drift.${drift}`)}
              </span>
            ) : (
              '–'
            )
          }
          margin={now.psi !== null && t('drift.psi', { n: format.number(now.psi, 2) })}
          note={drift && t(`drift.${drift}_text`)}
        />
      </div>
    </Section>
  );
}

/** Without a model: what became of customers, by plan and year of age. */
function Lives({ rows }: { rows: LifeRow[] }) {
  const { t } = useTranslation('models');
  return (
    <Section id="lives" title={t('lives.title')} hint={t('lives.hint')}>
      <p className={css.note}>{t('lives.text')}</p>
      <Rows
        label={t('lives.title')}
        rows={rows.filter((row) => row.plan === null || row.months > 0)}
        rowKey={(row) => `${row.plan} ${row.year}`}
        columns={[
          {
            key: 'plan',
            title: t('lives.plan'),
            render: (row) => (row.plan === null ? t('lives.all') : <bdi className="name">{row.plan || t('common:unknown')}</bdi>),
          },
          { key: 'year', title: t('lives.year'), render: (row) => t(`lives.year_${row.year}`) },
          { key: 'lost', title: t('lives.lost'), numeric: true, render: (row) => format.int(row.lost) },
          { key: 'months', title: t('lives.months'), numeric: true, render: (row) => format.int(row.months) },
          {
            key: 'chance',
            title: t('lives.chance'),
            numeric: true,
            render: (row) => (
              <>
                {share(row.chance)} <span className="dim">{t('between', { low: share(row.low), high: share(row.high) })}</span>
              </>
            ),
          },
        ]}
      />
    </Section>
  );
}

function Leans({ now }: { now: Now }) {
  const { t } = useTranslation('models');
  const most = Math.max(...now.facts.map((one) => one.adds));
  return (
    <Section id="leans" title={t('leans.title')} hint={t('leans.hint')}>
      <p className={css.caution}>{t('associated')}</p>
      <Rows
        label={t('leans.title')}
        rows={now.facts}
        rowKey={(row) => row.fact}
        columns={[
          {
            key: 'fact',
            title: t('leans.fact'),
            render: (row) => (
              <Link to="/health/facts/$key" params={{ key: row.fact }} className="name">
                <bdi>{row.title}</bdi>
              </Link>
            ),
          },
          {
            key: 'adds',
            title: t('leans.adds'),
            render: (row) => (
              <span className={css.rail} aria-hidden="true">
                <i className={`${css.bar} ${css.barUsed}`} style={{ width: `${(100 * row.adds) / most}%` }} />
              </span>
            ),
          },
          { key: 'number', title: t('leans.number'), numeric: true, render: (row) => format.number(row.adds, 2) },
          { key: 'direction', title: t('leans.direction'), render: (row) => t(`leans.${row.direction}`) },
        ]}
      />
    </Section>
  );
}

const quiet: Absence[] = ['barred', 'own', 'empty', 'constant'];

function Left({ rows }: { rows: LeftOut[] }) {
  const { t } = useTranslation('models');
  const facts = useFacts();
  const name = (key: string) => {
    const fact = facts.data?.find((one) => one.key === key);
    return fact ? titleOf(fact) : key;
  };
  const why = (row: LeftOut) => (format.options.language === 'fa' ? row.why_fa : row.why_en);
  const leaks = rows.filter((row) => row.reason === 'leak');
  return (
    <Section id="left-out" title={t('left.title')} hint={t('left.hint')}>
      {leaks.map((row) => (
        <p key={row.fact} className={css.leak} role="note">
          <b className="risk">{t('left.leak')}</b>{' '}
          <Link to="/health/facts/$key" params={{ key: row.fact }}>
            <bdi>{name(row.fact)}</bdi>
          </Link>
          : {why(row)}
          {row.auc !== undefined && ` (AUC ${format.number(row.auc, 2)})`}
        </p>
      ))}
      {quiet.map((reason) => {
        const own = rows.filter((row) => row.reason === reason);
        if (!own.length) return null;
        return (
          <details key={reason} className={css.group}>
            <summary>
              {t(`left.${reason}`)} <span className="dim">{format.int(own.length)}</span>
            </summary>
            <ul>
              {own.map((row) => (
                <li key={row.fact}>
                  <bdi>{name(row.fact)}</bdi>
                  {reason === 'barred' && <span className="quiet"> – {why(row)}</span>}
                </li>
              ))}
            </ul>
          </details>
        );
      })}
    </Section>
  );
}

function Outcome({
  outcome,
  product,
  title,
  days,
  grace_days,
  gap_days,
}: { outcome: string; product?: string; title: string } & WholeVersion['definition']) {
  const { t } = useTranslation('models');
  return (
    <>
      <dt>{title}</dt>
      <dd>
        {t(`outcome_text.${outcome.split(':')[0]}`, { days: format.days(days), grace: format.days(grace_days) })}{' '}
        {product && t('of_product', { product })} {gap_days > 0 && t('gap_text', { days: format.days(gap_days) })}
      </dd>
    </>
  );
}

const terms = ['auc', 'log_loss', 'brier', 'ece', 'pr_auc', 'lift', 'precision', 'psi'];

function Definitions({ model, version }: { model: Model; version?: WholeVersion }) {
  const { t } = useTranslation('models');
  return (
    <Section id="definitions" title={t('definitions')}>
      <dl className={css.terms}>
        {version && <Outcome outcome={model.outcome} product={model.product} title={model.title} {...version.definition} />}
        <dt>{t('term.later')}</dt>
        <dd>{t('term_text.later')}</dd>
        {terms.map((term) => (
          <div key={term} style={{ display: 'contents' }}>
            <dt>{t(`term.${term}`)}</dt>
            <dd>{t(`term_text.${term}`)}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
