/** The editor of a scorecard: weights and points of its measures, and beside them the draft against history. */
import { ActionIcon, Button, Menu, Popover, Select, TextInput } from '@mantine/core';
import { IconArrowBackUp, IconChevronRight, IconDots, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { NumberBox } from '@/components/NumberBox';
import { Loaded, PageHead } from '@/components/Page';
import { type RuleCatalogue, RuleChips, textOf, useRuleCatalogue } from '@/components/rule';
import { SideDrawer } from '@/components/SideDrawer';
import { done } from '@/components/Toast';
import { type FactRow, useDistribution, useFacts } from '@/features/facts';
import { ask, Problem } from '@/lib/api';
import { fold } from '@/lib/fold';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import { mayRole, useMe } from '@/lib/me';
import {
  type Card,
  changeMeasure,
  changes,
  excess,
  findMeasure,
  type Group,
  keepDraft,
  keptDraft,
  keyOf,
  type Measure,
  measuresOf,
  type Scorecard,
  spread,
  type Text,
  toDraft,
  total,
} from './card';
import css from './Editor.module.css';
import { ExceptionsPart } from './ExceptionsPart';
import { factOptions, firstSteps, MeasureEditor } from './MeasureEditor';
import { cardTitle, measureTitle, percentSign, said } from './names';
import { PublishDialog } from './PublishDialog';
import { TestPanel } from './TestPanel';
import { useWhatIf } from './useWhatIf';
import { VersionsList } from './VersionsList';
import { WeightSlider } from './WeightSlider';
import { WeightsProposal } from './WeightsProposal';

const route = getRouteApi('/shell/health/scorecards/$key');
export const scorecardKey = (key: string) => ['scorecards', key];

export function ScorecardPage() {
  const { key } = route.useParams();
  const card = useQuery({
    queryKey: scorecardKey(key),
    queryFn: () => ask<Scorecard>('GET', `/api/v1/scorecards/${encodeURIComponent(key)}`),
  });
  const facts = useFacts();
  const catalogue = useRuleCatalogue();
  return (
    <Loaded query={card} rows={12}>
      {(live) => (
        <Loaded query={facts} rows={12}>
          {(all) => catalogue && <Editor key={`${live.key} ${live.version}`} live={live} facts={all} catalogue={catalogue} />}
        </Loaded>
      )}
    </Loaded>
  );
}

function Editor({ live, facts, catalogue }: { live: Scorecard; facts: FactRow[]; catalogue: RuleCatalogue }) {
  const { t } = useTranslation('health');
  const me = useMe();
  const go = route.useNavigate();
  const { open, show } = route.useSearch();
  const mayWrite = mayRole(me, 'manager');
  const base = useMemo(() => toDraft(live.card), [live]);
  const [kept] = useState(() => keptDraft(live.key));
  const [card, setCard] = useState<Card>(() => kept?.card ?? base);
  /** The measure whose weight was moved last: the rest is spread over the others. */
  const [moved, setMoved] = useState<string>();
  const made = useMemo(() => changes(base, card), [base, card]);
  const answer = useWhatIf(live.key, measuresOf(card).some((measure) => measure.share > 0) ? card : null);
  useEffect(() => {
    keepDraft(live.key, made.length ? { version: kept?.version ?? live.version, card } : null);
  }, [live, kept, card, made]);
  const look = (search: { open?: string; show?: 'versions' | 'weights' | 'publish' }) =>
    go({ search: (before) => ({ ...before, ...search }), replace: true });
  const close = () => look({ show: undefined });
  const change = (key: string, how: (measure: Measure) => Measure) => setCard((now) => changeMeasure(now, key, how));
  const discard = () => {
    const before = card;
    setCard(base);
    done(t('editor.discarded'), () => setCard(before));
  };
  const publish = () => look({ show: 'publish' });
  useKeys({ 'mod+KeyS': () => done(t('editor.kept')) });
  const over = excess(card);
  const most = Math.max(40, Math.ceil(Math.max(...measuresOf(base).map((measure) => measure.share)) / 10) * 10);
  const problem = answer.error instanceof Problem ? answer.error : null;
  const where = card.applies_to ? textOf(card.applies_to) : undefined;
  const drawer = show === 'versions' || show === 'weights' ? show : undefined;

  return (
    <>
      <PageHead title={<bdi>{cardTitle(card)}</bdi>} crumbs={[{ to: '/health/scorecards', label: t('cards.title') }]}>
        <span className={css.chip}>{t('editor.version_live', { n: format.int(live.version) })}</span>
        {made.length > 0 && (
          <span className={css.chipDraft}>
            {t('editor.version_draft', {
              n: format.int(live.version + 1),
              changes: t('editor.changes', { count: made.length, n: format.int(made.length) }),
            })}
          </span>
        )}
        <span className={css.gap} />
        <Button variant="subtle" color="gray" onClick={() => look({ show: 'versions' })}>
          {t('editor.versions')}
        </Button>
        {made.length > 0 && (
          <Button variant="subtle" color="gray" leftSection={<IconArrowBackUp size={15} />} onClick={discard}>
            {t('editor.discard')}
          </Button>
        )}
        {mayWrite ? (
          <Button onClick={publish} aria-disabled={!made.length} variant={made.length ? 'filled' : 'default'}>
            {made.length ? t('editor.publish', { n: format.int(live.version + 1) }) : t('editor.nothing')}
          </Button>
        ) : (
          <span className="label">{t('editor.read_only')}</span>
        )}
      </PageHead>
      {kept && kept.version < live.version && made.length > 0 && (
        <p className={css.note} role="status">
          {t('editor.behind', { from: format.int(kept.version), now: format.int(live.version) })}
        </p>
      )}
      <div className={css.editor}>
        <div className={css.main}>
          <section className={css.grid} aria-label={t('editor.measures')}>
            <div className={`${css.row} ${css.headings}`}>
              <span>{t('editor.measure')}</span>
              <span>{t('editor.weight')}</span>
              <span className="num">{t('editor.share')}</span>
              <span>{t('editor.against', { n: format.int(live.version) })}</span>
            </div>
            {card.groups.map((group, g) => (
              <GroupRows
                key={group.key}
                group={group}
                card={card}
                base={base}
                facts={facts}
                catalogue={catalogue}
                most={most}
                open={open}
                onOpen={(key) => look({ open: key === open ? undefined : key })}
                onShare={(key, share) => {
                  setMoved(key);
                  change(key, (measure) => ({ ...measure, share }));
                }}
                onChange={change}
                onGroup={(how) =>
                  setCard((now) => ({ ...now, groups: now.groups.flatMap((one, k) => (k === g ? (how(one) ?? []) : [one])) }))
                }
                onMove={(key, to) => setCard((now) => moveMeasure(now, key, to))}
                where={where}
              />
            ))}
          </section>
          <div className={css.totals} aria-live="polite">
            {over === 0 ? (
              <span className="quiet">{t('editor.total_right')}</span>
            ) : (
              <>
                <span className={css.overText}>
                  {t(over > 0 ? 'editor.total_over' : 'editor.total_under', {
                    total: format.number(total(card), 1),
                    by: format.number(Math.abs(over), 1),
                  })}
                </span>
                <Button size="compact-sm" variant="default" onClick={() => setCard((now) => spread(now, moved))}>
                  {t('editor.spread')}
                </Button>
              </>
            )}
            <AddGroup
              onAdd={(title) =>
                setCard((now) => ({
                  ...now,
                  groups: [
                    ...now.groups,
                    {
                      key: newKey(
                        title.en,
                        now.groups.map((one) => one.key),
                      ),
                      title,
                      measures: [],
                    },
                  ],
                }))
              }
            />
          </div>
          <section className={css.section}>
            <h2>{t('editor.bands')}</h2>
            <p className={css.bandsLine}>
              {card.bands.map((band, i) => (
                <span key={band.key}>
                  <bdi className="name">{said(band.title, band.key)}</bdi>{' '}
                  {band.below !== undefined ? (
                    <>
                      {t('editor.band_below')}{' '}
                      <NumberBox
                        label={t('editor.band_edge', { name: said(band.title, band.key) })}
                        value={band.below}
                        min={(card.bands[i - 1]?.below ?? 0) + 1}
                        max={(card.bands[i + 1]?.below ?? 101) - 1}
                        width={48}
                        onChange={(below) =>
                          setCard((now) => ({ ...now, bands: now.bands.map((one, k) => (k === i ? { ...one, below } : one)) }))
                        }
                      />
                    </>
                  ) : (
                    t('editor.band_from', { n: format.int(card.bands[i - 1]?.below ?? 0) })
                  )}
                </span>
              ))}
            </p>
            <p className="quiet">
              {t('editor.coverage_before')}{' '}
              <NumberBox
                label={t('editor.coverage')}
                value={card.minimum_coverage * 100}
                min={0}
                max={100}
                step={5}
                width={48}
                unit={percentSign()}
                onChange={(share) => setCard((now) => ({ ...now, minimum_coverage: share / 100 }))}
              />{' '}
              {t('editor.coverage_after')}
            </p>
          </section>
          <section className={css.section}>
            <h2>{t('editor.applies')}</h2>
            <p className="quiet">{t(card.applies_to ? 'editor.applies_text' : 'editor.applies_rest')}</p>
            <RuleChips
              rule={card.applies_to ?? null}
              catalogue={catalogue}
              layout="tree"
              faults={problem?.errors
                .filter((fault) => fault.pointer?.startsWith('/card/applies_to'))
                .map((fault) => ({ ...fault, pointer: fault.pointer?.replace('/card/applies_to', '') }))}
              onChange={(rule) => setCard(({ applies_to: _, ...now }) => (rule ? { ...now, applies_to: rule } : now))}
            />
          </section>
          <ExceptionsPart
            exceptions={card.exceptions ?? []}
            catalogue={catalogue}
            faults={problem?.errors ?? []}
            onChange={(exceptions) => setCard((now) => ({ ...now, exceptions }))}
          />
        </div>
        <TestPanel
          card={card}
          answer={answer}
          version={live.version}
          weights={
            <button type="button" className={css.word} onClick={() => look({ show: 'weights' })}>
              {t('weights.open')}
            </button>
          }
        />
      </div>
      <SideDrawer opened={drawer !== undefined} onClose={close} title={drawer ? t(`${drawer}.title`) : ''} size={520}>
        {drawer === 'versions' && (
          <VersionsList
            current={live}
            onUse={(version) => {
              setCard(toDraft(version.card));
              close();
            }}
          />
        )}
        {drawer === 'weights' && (
          <WeightsProposal
            scorecard={live}
            onUse={(shares) => {
              setCard((now) => ({
                ...now,
                groups: now.groups.map((group) => ({
                  ...group,
                  measures: group.measures.map((measure) => ({ ...measure, share: shares.get(keyOf(measure)) ?? measure.share })),
                })),
              }));
              close();
            }}
          />
        )}
      </SideDrawer>
      {show === 'publish' && made.length > 0 && (
        <PublishDialog
          live={live}
          base={base}
          card={card}
          made={made}
          facts={facts}
          answer={answer.data}
          onClose={close}
          onDone={() => {
            keepDraft(live.key, null);
            close();
          }}
        />
      )}
    </>
  );
}

const newKey = (text: string, taken: string[]) => {
  const stem =
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_|_$/g, '') || 'group';
  for (let i = 1; ; i++) {
    const key = i === 1 ? stem : `${stem}_${i}`;
    if (!taken.includes(key)) return key;
  }
};

function moveMeasure(card: Card, key: string, to: string): Card {
  const measure = findMeasure(card, key);
  if (!measure) return card;
  return {
    ...card,
    groups: card.groups.map((group) => {
      const rest = group.measures.filter((one) => keyOf(one) !== key);
      return { ...group, measures: group.key === to ? [...rest, measure] : rest };
    }),
  };
}

function GroupRows({
  group,
  card,
  base,
  facts,
  catalogue,
  most,
  open,
  onOpen,
  onShare,
  onChange,
  onGroup,
  onMove,
  where,
}: {
  group: Group;
  card: Card;
  base: Card;
  facts: FactRow[];
  catalogue: RuleCatalogue;
  most: number;
  open?: string;
  onOpen: (key: string) => void;
  onShare: (key: string, share: number) => void;
  onChange: (key: string, how: (measure: Measure) => Measure) => void;
  onGroup: (how: (group: Group) => Group | null) => void;
  onMove: (key: string, to: string) => void;
  where?: string;
}) {
  const { t } = useTranslation('health');
  const [renaming, setRenaming] = useState<string | null>(null);
  const share = group.measures.reduce((sum, measure) => sum + measure.share, 0);
  const title = said(group.title, group.key);
  const drop = (key: string) => onGroup((now) => ({ ...now, measures: now.measures.filter((one) => keyOf(one) !== key) }));
  return (
    <>
      <div className={`${css.row} ${css.group}`}>
        <span className={css.groupName}>
          <bdi>{title}</bdi>
          <Rename
            opened={renaming === group.key}
            onClose={() => setRenaming(null)}
            title={group.title ?? { en: group.key, fa: group.key }}
            onChange={(next) => onGroup((now) => ({ ...now, title: next }))}
          />
          <Menu position="bottom-start">
            <Menu.Target>
              <ActionIcon size="sm" aria-label={t('editor.group_menu', { name: title })}>
                <IconDots size={14} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setRenaming(group.key)}>{t('editor.rename')}</Menu.Item>
              <Menu.Item color="red" onClick={() => onGroup(() => null)}>
                {t('editor.remove_group')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </span>
        <span />
        <span />
        <span className="quiet">{t('editor.of_score', { share: format.percent(share / 100, 1) })}</span>
      </div>
      {group.measures.map((measure) => {
        const key = keyOf(measure);
        const name = measureTitle(measure, facts);
        const live = findMeasure(base, key);
        const opened = open === key;
        const by = live ? measure.share - live.share : 0;
        return (
          <div key={key}>
            <div className={css.row} data-open={opened || undefined}>
              <span className={css.measureName}>
                <button type="button" className={css.disclose} aria-expanded={opened} onClick={() => onOpen(key)}>
                  <IconChevronRight size={14} className={css.chevron} data-open={opened || undefined} aria-hidden="true" />
                  <bdi>{name}</bdi>
                </button>
                <Menu position="bottom-start">
                  <Menu.Target>
                    <ActionIcon size="sm" aria-label={t('editor.measure_menu', { name })}>
                      <IconDots size={14} />
                    </ActionIcon>
                  </Menu.Target>
                  <Menu.Dropdown>
                    {card.groups.length > 1 && <Menu.Label>{t('editor.move_to')}</Menu.Label>}
                    {card.groups
                      .filter((one) => one.key !== group.key)
                      .map((one) => (
                        <Menu.Item key={one.key} onClick={() => onMove(key, one.key)}>
                          <bdi>{said(one.title, one.key)}</bdi>
                        </Menu.Item>
                      ))}
                    <Menu.Item color="red" onClick={() => drop(key)}>
                      {t('editor.remove_measure')}
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              </span>
              <span>
                <WeightSlider
                  label={name}
                  value={measure.share}
                  live={live?.share}
                  most={most}
                  onChange={(next) => onShare(key, next)}
                />
              </span>
              <span className="num">
                <NumberBox
                  label={t('editor.weight_of', { name })}
                  value={measure.share}
                  min={0}
                  max={100}
                  decimals={2}
                  width={52}
                  unit={percentSign()}
                  onChange={(next) => onShare(key, next)}
                />
              </span>
              <span className="quiet">
                {!live
                  ? t('editor.new')
                  : measure.share === 0
                    ? t('editor.counts_not', { was: format.percent(live.share / 100, 1) })
                    : Math.abs(by) < 0.005
                      ? JSON.stringify(live) === JSON.stringify(measure)
                        ? t('editor.unchanged')
                        : t('editor.points_changed')
                      : t('editor.was', { was: format.percent(live.share / 100, 1), by: format.signed(by, 1) })}
              </span>
            </div>
            {opened && (
              <MeasureEditor
                card={card}
                measure={measure}
                live={live}
                fact={facts.find((one) => one.key === measure.fact)}
                title={name}
                catalogue={catalogue}
                where={where}
                onChange={(how) => onChange(key, how)}
              />
            )}
          </div>
        );
      })}
      <AddMeasure
        facts={facts}
        card={card}
        group={title}
        where={where}
        onAdd={(measure) => {
          onGroup((now) => ({ ...now, measures: [...now.measures, measure] }));
          onOpen(keyOf(measure));
        }}
      />
    </>
  );
}

function AddMeasure({
  facts,
  card,
  group,
  where,
  onAdd,
}: {
  facts: FactRow[];
  card: Card;
  group: string;
  where?: string;
  onAdd: (measure: Measure) => void;
}) {
  const { t } = useTranslation('health');
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const fact = facts.find((one) => one.key === chosen);
  const seen = useDistribution(chosen ?? '', where, chosen !== null);
  /* Its edges are guessed from how it lies today, so it waits for that. */
  useEffect(() => {
    if (!fact || (!seen.data && !seen.error)) return;
    onAdd({ fact: fact.key, share: 5, points: { bands: firstSteps(fact, seen.data) }, missing: 'reweigh' });
    setChosen(null);
    setOpen(false);
  }, [fact, seen.data, seen.error, onAdd]);
  const used = new Set(measuresOf(card).map((measure) => measure.fact));
  return (
    <div className={css.adding}>
      <Popover opened={open} onChange={setOpen} position="bottom-start" trapFocus width={320}>
        <Popover.Target>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            leftSection={<IconPlus size={13} />}
            onClick={() => setOpen(!open)}
            aria-label={t('editor.add_measure_to', { group })}
            loading={chosen !== null}
          >
            {t('editor.add_measure')}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <Select
            searchable
            data-autofocus
            aria-label={t('editor.choose_fact')}
            placeholder={t('editor.choose_fact')}
            data={factOptions(facts, used)}
            filter={({ options, search }) =>
              options.filter((option) => 'value' in option && fold(`${option.label} ${option.value}`).includes(fold(search)))
            }
            value={null}
            onChange={setChosen}
            comboboxProps={{ withinPortal: false }}
            nothingFoundMessage={t('editor.no_fact')}
            maxDropdownHeight={260}
          />
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}

function Rename({
  opened,
  onClose,
  title,
  onChange,
}: {
  opened: boolean;
  onClose: () => void;
  title: Text;
  onChange: (title: Text) => void;
}) {
  const { t } = useTranslation('health');
  return (
    <Popover
      withRoles={false}
      opened={opened}
      onChange={(open) => !open && onClose()}
      position="bottom-start"
      trapFocus
      width={280}
    >
      <Popover.Target>
        <span />
      </Popover.Target>
      <Popover.Dropdown>
        <TitleFields
          title={title}
          onDone={(next) => {
            onChange(next);
            onClose();
          }}
          button={t('editor.rename')}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

export function TitleFields({ title, onDone, button }: { title: Text; onDone: (title: Text) => void; button: string }) {
  const { t } = useTranslation('health');
  const [draft, setDraft] = useState(title);
  const whole = { en: draft.en.trim() || draft.fa.trim(), fa: draft.fa.trim() || draft.en.trim() };
  return (
    <form
      noValidate
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (whole.en) onDone(whole);
      }}
    >
      <TextInput
        label={t('cards.title_en')}
        dir="ltr"
        data-autofocus={format.options.language === 'en' || undefined}
        value={draft.en}
        onChange={(event) => setDraft({ ...draft, en: event.currentTarget.value })}
      />
      <TextInput
        label={t('cards.title_fa')}
        dir="rtl"
        lang="fa"
        data-autofocus={format.options.language === 'fa' || undefined}
        value={draft.fa}
        onChange={(event) => setDraft({ ...draft, fa: event.currentTarget.value })}
      />
      <div>
        <Button type="submit">{button}</Button>
      </div>
    </form>
  );
}

function AddGroup({ onAdd }: { onAdd: (title: Text) => void }) {
  const { t } = useTranslation('health');
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus width={280}>
      <Popover.Target>
        <Button
          className={css.addGroup}
          size="compact-sm"
          variant="subtle"
          color="gray"
          leftSection={<IconPlus size={13} />}
          onClick={() => setOpen(!open)}
        >
          {t('editor.add_group')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <TitleFields
          title={{ en: '', fa: '' }}
          button={t('editor.add_group')}
          onDone={(title) => {
            onAdd(title);
            setOpen(false);
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
