/** How each learner did on later time: compared, calibrated, and at the team's capacity. */
import { ChartFrame } from '@/components/ChartFrame';
import { Section } from '@/components/Page';
import { Rows } from '@/components/Table';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { type Bin, type Learner, type Tests, withinError } from './api';
import { Calibration } from './Calibration';
import css from './Models.module.css';

const decimals = (value: number | null, places: number) => (value === null ? '–' : format.number(value, places));
const share = (value: number) => format.percent(value, value < 0.1 ? 1 : 0);

export function Tested({ tests, title }: { tests: Tests; title: string }) {
  const chosen = tests.learners?.find((one) => one.learner === tests.chosen);
  if (!tests.learners || !chosen) return null;
  return (
    <>
      <Compared tests={tests} learners={tests.learners} />
      <div className={css.halves}>
        <SaidAndCame learner={chosen} title={title} />
        <Capacity tests={tests} learner={chosen} />
      </div>
    </>
  );
}

function Compared({ tests, learners }: { tests: Tests; learners: Learner[] }) {
  const { t } = useTranslation('models');
  const tag = (one: Learner) =>
    one.learner === tests.chosen
      ? 'used'
      : one.learner === tests.best
        ? 'best'
        : one.learner !== 'prior' && withinError(one)
          ? 'as_good'
          : null;
  return (
    <Section
      id="learners"
      title={t('tested.title')}
      hint={t('tested.hint', {
        n: format.int(tests.test_cases ?? 0),
        accounts: format.int(tests.test_accounts ?? 0),
        lost: format.int(tests.test_lost ?? 0),
        from: format.day(tests.test_from!, 'month'),
        to: format.day(tests.test_to!, 'month'),
      })}
    >
      <Rows
        label={t('tested.title')}
        rows={learners}
        rowKey={(row) => row.learner}
        columns={[
          {
            key: 'learner',
            title: t('learner_'),
            render: (row) => {
              const mark = tag(row);
              return (
                <>
                  <span className="name">{t(`learner.${row.learner}`)}</span>
                  <span className={css.tags}>
                    {mark && <span className={`${css.tag} ${mark === 'used' ? css.used : ''}`}>{t(`tag.${mark}`)}</span>}
                  </span>
                  <div className="label">{t(`learner_text.${row.learner}`)}</div>
                </>
              );
            },
          },
          {
            key: 'auc',
            title: t('term.auc'),
            render: (row) => <Auc learner={row} used={row.learner === tests.chosen} />,
          },
          {
            key: 'log_loss',
            title: t('term.log_loss'),
            numeric: true,
            render: (row) => (
              <>
                {decimals(row.log_loss, 4)}
                {row.over_best !== null && row.over_best > 0 && row.over_best_error !== null && (
                  <div className="label">
                    {t('tested.over', { by: format.number(row.over_best, 4), error: format.number(row.over_best_error, 4) })}
                  </div>
                )}
              </>
            ),
          },
          { key: 'brier', title: t('term.brier'), numeric: true, render: (row) => decimals(row.brier, 4) },
          { key: 'ece', title: t('term.ece'), numeric: true, render: (row) => decimals(row.ece, 4) },
          { key: 'pr_auc', title: t('term.pr_auc'), numeric: true, render: (row) => decimals(row.pr_auc, 3) },
          {
            key: 'lift',
            title: t('term.lift'),
            numeric: true,
            render: (row) => (row.lift === null ? '–' : t('times', { n: format.number(row.lift, 1) })),
          },
          {
            key: 'precision',
            title: t('term.precision'),
            numeric: true,
            render: (row) => (row.precision === null ? '–' : share(row.precision)),
          },
        ]}
      />
      <p className={css.note}>
        {t('tested.choice')} {!tests.boosting_competed && t('tested.no_trees')}
      </p>
    </Section>
  );
}

function Auc({ learner, used }: { learner: Learner; used: boolean }) {
  const { t } = useTranslation('models');
  if (learner.auc === null) return <span className="dim">–</span>;
  const low = learner.auc_low ?? learner.auc;
  const high = learner.auc_high ?? learner.auc;
  return (
    <>
      <span className={css.rail} aria-hidden="true">
        <i className={`${css.bar} ${used ? css.barUsed : ''}`} style={{ width: `${100 * learner.auc}%` }} />
        <i className={css.half} style={{ insetInlineStart: '50%' }} />
        <i className={css.whisker} style={{ insetInlineStart: `${100 * low}%`, width: `${100 * (high - low)}%` }} />
      </span>
      <span className="num">{format.number(learner.auc, 3)}</span>{' '}
      <span className="label">{t('between', { low: format.number(low, 3), high: format.number(high, 3) })}</span>
    </>
  );
}

function SaidAndCame({ learner, title }: { learner: Learner; title: string }) {
  const { t } = useTranslation('models');
  const words = (bin: Bin) =>
    t('calibration.point', {
      said: share(bin.mean),
      came: share(bin.rate),
      low: share(bin.low),
      high: share(bin.high),
      lost: format.int(bin.lost),
      n: format.int(bin.cases),
    });
  const last = learner.bins.at(-1);
  const columns = [t('calibration.said'), t('calibration.came'), t('calibration.interval'), t('calibration.lost'), t('cases')];
  return (
    <ChartFrame
      title={t('calibration.title')}
      hint={t('calibration.hint')}
      file={`calibration-${title}`}
      finding={last && words(last)}
      table={{
        columns,
        rows: learner.bins.map((bin) => [
          share(bin.mean),
          share(bin.rate),
          t('between', { low: share(bin.low), high: share(bin.high) }),
          format.int(bin.lost),
          format.int(bin.cases),
        ]),
      }}
      definition={t('calibration.text', { n: format.int(Math.min(...learner.bins.map((bin) => bin.cases))) })}
    >
      <div className={css.plot}>
        <Calibration
          label={t('calibration.title')}
          bins={learner.bins}
          said={t('calibration.said_axis')}
          came={t('calibration.came_axis')}
          titleOf={words}
        />
      </div>
      {last && <p className={css.note}>{words(last)}</p>}
    </ChartFrame>
  );
}

/** Two questions of somebody who can call so many: how many of those one calls would be right, and against whom. */
function Capacity({ tests, learner }: { tests: Tests; learner: Learner }) {
  const { t } = useTranslation('models');
  const base = tests.test_cases ? (tests.test_lost ?? 0) / tests.test_cases : null;
  const tenth = base !== null && learner.lift !== null ? Math.min(1, base * learner.lift) : null;
  const rows = [
    { key: 'all', value: base },
    { key: 'tenth', value: tenth },
    { key: 'capacity', value: learner.precision },
  ].filter((row): row is { key: string; value: number } => row.value !== null);
  const most = Math.max(0.01, ...rows.map((row) => row.value));
  return (
    <Section id="capacity" title={t('capacity.title')} hint={t('capacity.hint')}>
      <div className={css.capacity}>
        {rows.map((row) => (
          <div key={row.key} style={{ display: 'contents' }}>
            <span>{t(`capacity.${row.key}`)}</span>
            <span className={css.rail} aria-hidden="true">
              <i
                className={`${css.bar} ${row.key === 'all' ? '' : css.barUsed}`}
                style={{ width: `${(100 * row.value) / most}%` }}
              />
            </span>
            <b className="num">{t('capacity.of_100', { n: format.number(100 * row.value, row.value < 0.1 ? 1 : 0) })}</b>
          </div>
        ))}
      </div>
      {tenth !== null && learner.lift !== null && learner.precision !== null && (
        <p className={css.note}>
          {t('capacity.text', {
            times: format.number(learner.lift, 1),
            right: format.int(Math.round(100 * learner.precision)),
            wrong: format.int(100 - Math.round(100 * learner.precision)),
          })}
        </p>
      )}
    </Section>
  );
}
