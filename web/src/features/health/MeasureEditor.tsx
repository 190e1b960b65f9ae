/** One measure opened: how its value becomes points, seen on the accounts of today and those that left; what happens when it is missing. */
import { Button, Menu, SegmentedControl, Select } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { Glyph } from '@/components/Health';
import { Histogram } from '@/components/Histogram';
import { NumberBox } from '@/components/NumberBox';
import { ErrorNote, Skeleton } from '@/components/Page';
import type { RuleCatalogue } from '@/components/rule';
import { type Distribution, type FactRow, titleOf, useDistribution } from '@/features/facts';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { bandAt, type Card, type Measure, type Missing, moveStep, type Points, type Step } from './card';
import css from './Editor.module.css';
import { stateOf, toneOf, valuesOf } from './names';

const kinds = ['bands', 'linear', 'percentile'] as const;
type Kind = (typeof kinds)[number];
const kindOf = (points: Points) => kinds.find((kind) => kind in points)!;
const stepsOf = (points: Points): Step[] => ('bands' in points ? points.bands : 'linear' in points ? points.linear : []);
const ofSteps = (kind: Kind, steps: Step[]): Points => (kind === 'linear' ? { linear: steps } : { bands: steps });

/** Edges to begin with: a third of the accounts of today in each part, or halves of 0 and 1. */
export function firstSteps(fact: FactRow | undefined, seen: Distribution | undefined): Step[] {
  const falling = fact?.better === 'lower';
  const points = falling ? [100, 50, 0] : [0, 50, 100];
  if (fact?.type === 'bool')
    return [
      [0, falling ? 100 : 0],
      [1, falling ? 0 : 100],
    ];
  const bars = seen?.bins ?? [];
  const all = bars.reduce((sum, bar) => sum + bar.accounts, 0);
  const edge = (share: number) => {
    let sum = 0;
    for (const bar of bars) {
      sum += bar.accounts;
      if (sum >= share * all) return bar.to;
    }
    return share * 10;
  };
  const low = bars[0]?.from ?? 0;
  const first = Math.max(edge(1 / 3), low + 1e-6);
  const second = Math.max(edge(2 / 3), first + (bars[0] ? bars[0].to - bars[0].from : 1));
  return [
    [low, points[0]!],
    [first, points[1]!],
    [second, points[2]!],
  ];
}

export function MeasureEditor({
  card,
  measure,
  live,
  fact,
  title,
  catalogue,
  where,
  onChange,
  disabled,
}: {
  card: Card;
  measure: Measure;
  live?: Measure;
  fact: FactRow | undefined;
  title: string;
  catalogue: RuleCatalogue;
  /** Whom the card applies to, as a rule in words. */
  where?: string;
  onChange: (change: (measure: Measure) => Measure) => void;
  disabled?: boolean;
}) {
  const { t } = useTranslation('health');
  const seen = useDistribution(measure.fact, where);
  const values = valuesOf(fact, catalogue.currency);
  const kind = kindOf(measure.points);
  const steps = stepsOf(measure.points);
  const bars = seen.data?.bins ?? [];
  const width = bars[0] ? bars[0].to - bars[0].from : 1;
  const whole = Number.isInteger(width) && fact?.unit !== 'share' && fact?.unit !== 'money';
  const snap = whole ? Math.max(1, Math.round(width / 5)) : width / 5;
  const put = (points: Points) => onChange((before) => ({ ...before, points }));
  const putSteps = (next: Step[]) => put(ofSteps(kind, next));
  const change = (next: Kind) => {
    if (next === kind) return;
    if (next === 'percentile') return put({ percentile: { better: fact?.better === 'lower' ? 'lower' : 'higher' } });
    put(ofSteps(next, steps.length >= 2 ? steps : firstSteps(fact, seen.data)));
  };
  const low = bars[0]?.from ?? steps[0]?.[0] ?? 0;
  const high = bars.at(-1)?.to ?? steps.at(-1)?.[0] ?? 1;
  const band = (points: number) => stateOf(card, card.bands[bandAt(card, points)]!.key);
  const liveSteps = live && kindOf(live.points) === kind ? stepsOf(live.points) : [];
  const bands = kind === 'bands' && fact?.type !== 'bool';
  /** An edge is between two parts: the first step only begins the lowest one and goes along when an edge passes it. */
  const moveEdge = (i: number, x: number, y?: number) => {
    if (bands) {
      const edges = moveStep(steps.slice(1), i, x, snap);
      const start = Math.min(steps[0]![0], edges[0]![0] - snap);
      putSteps([[Number(start.toFixed(6)), steps[0]![1]], ...edges]);
    } else {
      const moved = moveStep(steps, i, x, snap);
      putSteps(moved.map((step, k) => (k === i && y !== undefined ? [step[0], y] : step)));
    }
  };
  return (
    <div className={css.opened}>
      <div className={css.openedHead}>
        <SegmentedControl
          size="xs"
          aria-label={t('editor.kind')}
          value={kind}
          disabled={disabled}
          onChange={(next) => change(next as Kind)}
          data={kinds.map((one) => ({ value: one, label: t(`editor.kind_${one}`) }))}
        />
        {seen.data && (
          <span className="label">
            <i className={css.keyAll} aria-hidden="true" /> {t('editor.today', { n: format.int(seen.data.known) })}{' '}
            {seen.data.left.enough ? (
              <>
                <i className={`${css.keyLeft} hatch`} aria-hidden="true" />{' '}
                {t(`editor.left_${seen.data.outcome}`, {
                  n: format.int(seen.data.left.known),
                  days: format.days(seen.data.days),
                })}
              </>
            ) : (
              `· ${t('editor.left_few', { n: format.int(seen.data.left.accounts), needed: format.int(seen.data.left.needed) })}`
            )}
          </span>
        )}
      </div>
      {seen.error ? (
        <ErrorNote error={seen.error} onRetry={() => seen.refetch()} />
      ) : !seen.data ? (
        <div style={{ height: 242 }}>
          <Skeleton rows={4} />
        </div>
      ) : (
        <Histogram
          label={t('editor.histogram', { name: title })}
          bars={bars}
          words={values.words}
          snap={snap}
          onMove={disabled ? undefined : moveEdge}
          grounds={
            kind === 'percentile'
              ? []
              : bands
                ? steps.map(([x, y], i) => ({
                    from: i ? x : Math.min(low, steps[1]?.[0] ?? low) - 1e9,
                    to: i + 1 < steps.length ? steps[i + 1]![0] : high + 1e9,
                    tone: toneOf(band(y)),
                    label: (
                      <>
                        <Glyph band={band(y)} /> {t('editor.points', { n: format.number(y, 1) })}
                      </>
                    ),
                  }))
                : []
          }
          line={kind === 'linear' ? steps : undefined}
          handles={
            kind === 'percentile' || fact?.type === 'bool'
              ? []
              : (bands ? steps.slice(1) : steps).map(([x, y], i) => ({
                  x,
                  y: bands ? undefined : y,
                  label: t(bands ? 'editor.edge' : 'editor.point', { n: format.int(i + 1), name: title }),
                  live: bands && liveSteps.length === steps.length ? liveSteps[i + 1]![0] : undefined,
                }))
          }
        />
      )}
      {kind === 'percentile' ? (
        <PercentilePart measure={measure} catalogue={catalogue} onChange={put} disabled={disabled} />
      ) : (
        <StepsPart
          kind={kind}
          bool={fact?.type === 'bool'}
          steps={steps}
          snap={snap}
          values={values}
          onChange={putSteps}
          disabled={disabled}
        />
      )}
      <div className={css.sentences}>
        {bands && steps.length > 1 && (
          <span className="quiet">
            {t('editor.edge_rule', { value: values.words(steps.at(-1)![0]), n: format.number(steps.at(-1)![1], 1) })}
          </span>
        )}
        <MissingPart measure={measure} onChange={onChange} disabled={disabled} />
        {fact?.valid_for ? <span className="quiet">{t('editor.valid', { days: format.days(fact.valid_for) })}</span> : null}
      </div>
    </div>
  );
}

function StepsPart({
  kind,
  bool,
  steps,
  snap,
  values,
  onChange,
  disabled,
}: {
  kind: 'bands' | 'linear';
  bool: boolean;
  steps: Step[];
  snap: number;
  values: ReturnType<typeof valuesOf>;
  onChange: (steps: Step[]) => void;
  disabled?: boolean;
}) {
  const { t } = useTranslation('health');
  const points = (i: number) => (
    <NumberBox
      label={t('editor.points_of', { n: format.int(i + 1) })}
      value={steps[i]![1]}
      min={0}
      max={100}
      decimals={1}
      width={46}
      step={1}
      unit={t('editor.points_unit')}
      disabled={disabled}
      onChange={(y) => onChange(steps.map((step, k) => (k === i ? [step[0], y] : step)))}
    />
  );
  if (bool)
    return (
      <div className={css.steps}>
        {steps.map(([x], i) => (
          <span key={x} className={css.step}>
            {values.words(x)}: {points(i)}
          </span>
        ))}
      </div>
    );
  const value = (i: number) => (
    <NumberBox
      label={t('editor.edge_value', { n: format.int(i + 1) })}
      value={steps[i]![0] * values.scale}
      decimals={2}
      width={64}
      step={snap * values.scale}
      unit={values.unit}
      disabled={disabled}
      onChange={(x) => onChange(moveStep(steps, i, x / values.scale, snap / 100))}
    />
  );
  const add = () => {
    const [x, y] = steps.at(-1) ?? [0, 0];
    onChange([...steps, [Number((x + snap * 5).toFixed(6)), y]]);
  };
  return (
    <div className={css.steps}>
      {steps.map((_, i) => (
        <span key={i} className={css.step}>
          {kind === 'bands' && i === 0 ? (
            steps.length > 1 ? (
              <>
                {t('editor.below', { value: values.words(steps[1]![0]) })} {points(0)}
              </>
            ) : (
              <>
                {t('editor.always')} {points(0)}
              </>
            )
          ) : (
            <>
              {t(kind === 'bands' ? 'editor.from' : 'editor.at')} {value(i)} {points(i)}
            </>
          )}
          {!disabled && steps.length > (kind === 'linear' ? 2 : 1) && (
            <button
              type="button"
              className={css.drop}
              aria-label={t('editor.remove_step', { n: format.int(i + 1) })}
              onClick={() => onChange(steps.filter((_, k) => k !== i))}
            >
              <IconX size={12} aria-hidden="true" />
            </button>
          )}
        </span>
      ))}
      {!disabled && steps.length < 20 && (
        <Button size="compact-xs" variant="subtle" leftSection={<IconPlus size={13} />} onClick={add}>
          {t(kind === 'bands' ? 'editor.add_band' : 'editor.add_point')}
        </Button>
      )}
    </div>
  );
}

function PercentilePart({
  measure,
  catalogue,
  onChange,
  disabled,
}: {
  measure: Measure;
  catalogue: RuleCatalogue;
  onChange: (points: Points) => void;
  disabled?: boolean;
}) {
  const { t } = useTranslation('health');
  const percentile = 'percentile' in measure.points ? measure.points.percentile : {};
  return (
    <div className={css.steps}>
      <span>{t('editor.ranked_among')}</span>
      <Select
        size="xs"
        w={190}
        aria-label={t('editor.peers')}
        disabled={disabled}
        data={[
          { value: '', label: t('editor.peers_all') },
          ...catalogue.segments.map((one) => ({ value: one.key, label: one.title })),
        ]}
        value={percentile.segment ?? ''}
        onChange={(segment) => {
          const { segment: _, ...rest } = percentile;
          onChange({ percentile: segment ? { ...rest, segment } : rest });
        }}
      />
      <Select
        size="xs"
        w={150}
        aria-label={t('editor.better')}
        disabled={disabled}
        data={['higher', 'lower'].map((way) => ({ value: way, label: t(`editor.better_${way}`) }))}
        value={percentile.better ?? 'higher'}
        onChange={(better) => better && onChange({ percentile: { ...percentile, better: better as 'higher' } })}
      />
      <span className="quiet">{t('editor.percentile_rule')}</span>
    </div>
  );
}

const missings: Missing[] = ['reweigh', 'zero', 'neutral', 'carry'];

function MissingPart({
  measure,
  onChange,
  disabled,
}: {
  measure: Measure;
  onChange: (change: (measure: Measure) => Measure) => void;
  disabled?: boolean;
}) {
  const { t } = useTranslation('health');
  const rule = measure.missing ?? 'reweigh';
  const choose = (missing: Missing) =>
    onChange(({ carry_days, ...before }) => ({
      ...before,
      missing,
      ...(missing === 'carry' ? { carry_days: carry_days ?? 90 } : {}),
    }));
  return (
    <span className="quiet">
      {t('editor.if_missing')}{' '}
      <Menu position="bottom-start">
        <Menu.Target>
          <button type="button" className={css.word} disabled={disabled}>
            {t(`editor.missing_${rule}`)}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {missings.map((one) => (
            <Menu.Item key={one} onClick={() => choose(one)}>
              {t(`editor.missing_${one}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {rule === 'carry' && (
        <>
          {' '}
          {t('editor.carry_for')}{' '}
          <NumberBox
            label={t('editor.carry_days')}
            value={measure.carry_days ?? 90}
            min={1}
            max={366}
            width={48}
            unit={t('editor.days')}
            disabled={disabled}
            onChange={(days) => onChange((before) => ({ ...before, carry_days: Math.round(days) }))}
          />
          {t('editor.carry_then')}
        </>
      )}
    </span>
  );
}

export const factOptions = (facts: FactRow[], used: Set<string>) =>
  facts
    .filter((fact) => (fact.type === 'number' || fact.type === 'bool') && !used.has(fact.key))
    .map((fact) => ({ value: fact.key, label: titleOf(fact) }));
