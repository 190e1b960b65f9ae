/** Health: why it changed, its history week by week, every measure, a score set by hand, and chances as given. */
import { Button, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useMemo, useState } from 'react';
import { useCardName } from '@/components/CardName';
import { ChartFrame } from '@/components/ChartFrame';
import { DateField } from '@/components/DateField';
import { bandOf } from '@/components/Health';
import { NumberField } from '@/components/NumberField';
import { ErrorNote, Loaded, Section } from '@/components/Page';
import { SideDrawer } from '@/components/SideDrawer';
import { Rows } from '@/components/Table';
import { TimeSeries } from '@/components/TimeSeries';
import { done, failed } from '@/components/Toast';
import { ask, Problem } from '@/lib/api';
import { type Day, format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import css from './Account.module.css';
import type { TabProps } from './AccountPage';
import { ChancesHistory } from './Predictions';
import { healthOf, scoresOf } from './queries';
import type { Measure, ScorePoint } from './shape';
import { WaterfallTable } from './WaterfallTable';

export function HealthTab(props: TabProps) {
  return (
    <>
      <WaterfallTable {...props} />
      <History {...props} />
      <Measures {...props} />
      <ChancesHistory {...props} />
    </>
  );
}

const whole = (value: number) => format.int(Math.round(value));
/** Whether a measure had a say: what is left out has no share, which is not a share of zero. */
const counts = (row: Measure) => row.share !== null && row.counted !== 'left_out' && row.counted !== 'not_applicable';
const scale: [number, number] = [0, 100];

export function History({ id, search, look }: TabProps) {
  const { t } = useTranslation('account');
  const scores = useQuery(scoresOf(id, 26, search.as_of));
  return (
    <Loaded query={scores} rows={4}>
      {({ data }) => (
        <HistoryChart points={data} onReplay={(day) => look({ as_of: day < format.today() ? day : undefined })} t={t} />
      )}
    </Loaded>
  );
}

function HistoryChart({
  points,
  onReplay,
  t,
}: {
  points: ScorePoint[];
  onReplay: (day: Day) => void;
  t: (key: string, values?: Record<string, unknown>) => string;
}) {
  const known = points.filter((point) => point.score !== null);
  const drawn = useMemo(
    () => ({
      days: points.map((point) => point.day),
      series: [{ label: t('head.health'), values: points.map((point) => point.score) }],
    }),
    [points, t],
  );
  const first = known[0];
  const last = known.at(-1);
  return (
    <ChartFrame
      title={t('history.title')}
      hint={t('history.hint', { weeks: format.int(points.length - 1) })}
      file="health-history"
      finding={
        first && last
          ? t('history.finding', { from: whole(first.score!), to: whole(last.score!), day: format.day(first.day) })
          : t('history.none')
      }
      table={{
        columns: [t('day'), t('head.health'), t('history.band'), t('history.how')],
        rows: points.map((point) => [
          format.day(point.day, 'padded'),
          point.score === null ? null : whole(point.score),
          t(`common:band.${bandOf(point.band)}`),
          t(point.shown ? 'history.shown' : 'history.recomputed'),
        ]),
      }}
      definition={points.some((point) => !point.shown) ? t('history.definition') : undefined}
    >
      <TimeSeries days={drawn.days} series={drawn.series} scale={scale} show={whole} height={180} onOpen={onReplay} />
    </ChartFrame>
  );
}

function Measures({ id, overview, search, look, mayWrite }: TabProps) {
  const { t } = useTranslation('account');
  const [setting, setSetting] = useState(false);
  const health = useQuery(healthOf(id, search.as_of));
  const cardName = useCardName();
  const overridden = health.data?.adjustments?.find((one) => one.kind === 'override');
  const takeBack = async () => {
    try {
      await ask('DELETE', `/api/v1/accounts/${id}/health/override`);
      done(t('override.taken_back', { name: overview.name }));
    } catch (error) {
      failed(error);
    }
    queryClient.invalidateQueries({ queryKey: ['account', id] });
  };
  return (
    <Section
      id="measures"
      title={t('measures.title')}
      hint={health.data?.card ? cardName(health.data.card) : undefined}
      aside={
        mayWrite && (
          <span className={css.days}>
            {overridden && (
              <Button variant="default" onClick={takeBack}>
                {t('override.take_back')}
              </Button>
            )}
            <Button variant="default" onClick={() => setSetting(true)}>
              {t('override.set')}
            </Button>
          </span>
        )
      }
    >
      <Loaded query={health} rows={8}>
        {(data) => (
          <>
            <Rows
              label={t('measures.title')}
              rows={data.measures ?? []}
              rowKey={(row) => row.key}
              onOpen={(row) => look({ open: row.key })}
              empty={t('why.no_score')}
              columns={[
                { key: 'title', title: t('measures.measure'), render: (row) => <span className="name">{row.title}</span> },
                {
                  key: 'value',
                  title: t('measures.value'),
                  render: (row) => row.text ?? <span className="dim">{row.cause ?? t('common:unknown')}</span>,
                },
                {
                  key: 'counted',
                  title: t('measures.counted'),
                  render: (row) => <span className={row.counted === 'known' ? 'dim' : ''}>{t(`counted.${row.counted}`)}</span>,
                },
                {
                  key: 'points',
                  title: t('why.points'),
                  numeric: true,
                  render: (row) => (row.points === null ? '–' : whole(row.points)),
                },
                {
                  key: 'share',
                  title: t('measures.share'),
                  numeric: true,
                  render: (row) => (counts(row) ? format.percent(row.share!) : '–'),
                },
                {
                  key: 'contribution',
                  title: t('measures.contribution'),
                  numeric: true,
                  render: (row) => (counts(row) ? format.number(row.contribution, 1) : '–'),
                },
                {
                  key: 'age',
                  title: t('why.age'),
                  numeric: true,
                  render: (row) => (row.age_days === null ? '–' : row.age_days === 0 ? t('today') : format.days(row.age_days)),
                },
              ]}
            />
            {data.adjustments && data.adjustments.length > 0 && (
              <Rows
                label={t('measures.adjustments')}
                rows={data.adjustments.filter((one) => one.holds === 'true' || one.kind !== 'exception' || one.contribution)}
                rowKey={(row) => `${row.kind} ${row.key}`}
                empty={t('measures.no_adjustment')}
                columns={[
                  { key: 'text', title: t('measures.adjustments'), render: (row) => <bdi>{row.text}</bdi> },
                  {
                    key: 'contribution',
                    title: t('measures.contribution'),
                    numeric: true,
                    render: (row) => format.signed(row.contribution, 1),
                  },
                ]}
              />
            )}
          </>
        )}
      </Loaded>
      <SideDrawer opened={setting} onClose={() => setSetting(false)} title={t('override.title')}>
        {setting && <Override id={id} name={overview.name} onDone={() => setSetting(false)} />}
      </SideDrawer>
    </Section>
  );
}

function Override({ id, name, onDone }: { id: string; name: string; onDone: () => void }) {
  const { t } = useTranslation('account');
  const [score, setScore] = useState<number | null>(null);
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState<Day | null>(null);
  const save = useMutation({
    mutationFn: () =>
      ask('PUT', `/api/v1/accounts/${id}/health/override`, {
        body: { score, reason, ends_at: until ? `${until}T00:00:00Z` : null },
      }),
    onSuccess: () => {
      queryClient.invalidateQueries({ queryKey: ['account', id] });
      done(t('override.done', { name }), () =>
        ask('DELETE', `/api/v1/accounts/${id}/health/override`).then(() =>
          queryClient.invalidateQueries({ queryKey: ['account', id] }),
        ),
      );
      onDone();
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form noValidate className={css.form} onSubmit={submit}>
      <p className="quiet">{t('override.what')}</p>
      <NumberField
        label={t('override.score')}
        min={0}
        max={100}
        focus
        value={score}
        onChange={setScore}
        error={problem?.at('score')}
      />
      <Textarea
        label={t('override.reason')}
        description={t('override.reason_help')}
        autosize
        minRows={2}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        error={problem?.at('reason')}
      />
      <DateField
        label={t('override.until')}
        help={t('override.until_help')}
        value={until}
        onChange={setUntil}
        min={format.today()}
      />
      {problem && problem.errors.length === 0 && <ErrorNote error={problem} />}
      <div className={css.days}>
        <Button type="submit" loading={save.isPending}>
          {t('override.save')}
        </Button>
        <Button variant="subtle" color="gray" onClick={onDone}>
          {t('common:cancel')}
        </Button>
      </div>
    </form>
  );
}
