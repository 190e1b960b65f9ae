/** The rule of a segment as it is built: the live count, who would come and go, and its size over the last 90 days. */
import { Button, Select, Switch, TextInput } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { NumberBox } from '@/components/NumberBox';
import { ErrorNote, Skeleton } from '@/components/Page';
import { type RuleCatalogue, RuleChips, type RuleNode } from '@/components/rule';
import { done } from '@/components/Toast';
import { ask, type Page, Problem } from '@/lib/api';
import { format } from '@/lib/format';
import { t as say, useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import { titled } from '@/lib/words';
import css from './Segments.module.css';
import { causeText, type Member, type Preview, pathOf, personOf, type Segment, titles } from './segment';

const REST_MS = 200;

export function RuleBuilder({ segment, catalogue, mayWrite }: { segment: Segment; catalogue: RuleCatalogue; mayWrite: boolean }) {
  const { t } = useTranslation('segments');
  const people = segment.holds === 'contacts';
  const [rule, setRule] = useState<RuleNode | null>(segment.rule);
  const [draft, setDraft] = useState({
    en: segment.title_en ?? '',
    fa: segment.title_fa ?? '',
    touch: segment.touch_place !== null,
    place: segment.touch_place ?? 1,
    cadence: segment.touch_cadence_days ?? 0,
    owner: segment.touch_owner,
  });
  const owners = useQuery({
    queryKey: ['members'],
    enabled: mayWrite && draft.touch,
    queryFn: () => ask<Page<{ id: string; name: string }>>('GET', '/api/v1/members', { query: { limit: 200 } }),
  });
  /* Asked when the rule rests. */
  const [resting, setResting] = useState(rule);
  useEffect(() => {
    const rest = setTimeout(() => setResting(rule), REST_MS);
    return () => clearTimeout(rest);
  }, [rule]);
  const preview = useQuery({
    queryKey: ['segments', segment.key, 'preview', JSON.stringify(resting)],
    enabled: resting !== null,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      ask<Preview>('POST', `${pathOf(segment.key)}/preview`, { body: { rule: resting, holds: segment.holds }, signal }),
  });
  const save = useMutation({
    mutationFn: () =>
      ask<Segment>('PUT', pathOf(segment.key), {
        etag: `"${segment.version}"`,
        body: {
          ...titles(draft.en, draft.fa),
          ...(segment.rule ? { rule } : {}),
          ...(people
            ? {}
            : {
                touch_place: draft.touch ? draft.place : null,
                touch_cadence_days: draft.touch && draft.cadence ? draft.cadence : null,
                touch_owner: draft.touch ? draft.owner : null,
              }),
        },
      }),
    onSuccess: (saved) => {
      queryClient.setQueryData(['segments', segment.key], saved);
      queryClient.invalidateQueries({ queryKey: ['segments'] });
      queryClient.invalidateQueries({ queryKey: ['rule-catalogue'] });
      const { rule: before, title_en, title_fa, touch_place, touch_cadence_days, touch_owner } = segment;
      done(t('saved', { name: titled(saved) }), () =>
        ask<Segment>('PUT', pathOf(segment.key), {
          etag: `"${saved.version}"`,
          body: { rule: before, title_en, title_fa, ...(people ? {} : { touch_place, touch_cadence_days, touch_owner }) },
        }).then((back) => {
          queryClient.setQueryData(['segments', segment.key], back);
          queryClient.invalidateQueries({ queryKey: ['segments'] });
        }),
      );
    },
  });
  const problem = [save.error, preview.error].find((error) => error instanceof Problem) as Problem | undefined;
  const faults = problem?.errors.filter((fault) => fault.pointer?.startsWith('/rule')) ?? [];
  const changed =
    JSON.stringify(rule) !== JSON.stringify(segment.rule) ||
    draft.en !== (segment.title_en ?? '') ||
    draft.fa !== (segment.title_fa ?? '') ||
    draft.touch !== (segment.touch_place !== null) ||
    (draft.touch &&
      (draft.place !== segment.touch_place ||
        draft.cadence !== (segment.touch_cadence_days ?? 0) ||
        draft.owner !== segment.touch_owner));
  return (
    <div className={css.builder}>
      <form
        noValidate
        className={css.builderMain}
        onSubmit={(event) => {
          event.preventDefault();
          if (changed) save.mutate();
        }}
      >
        {segment.rule && (
          <>
            <h2>{t('rule')}</h2>
            <RuleChips
              rule={rule}
              catalogue={catalogue}
              contacts={people}
              layout="tree"
              faults={faults}
              disabled={!mayWrite}
              onChange={setRule}
            />
            {faults.map((fault) => (
              <p key={fault.pointer} className={css.broken} role="alert">
                {fault.message}
              </p>
            ))}
            {problem && faults.length === 0 && <ErrorNote error={problem} />}
            {rule === null && <p className="quiet">{t('rule_empty')}</p>}
          </>
        )}
        <h2>{t('settings')}</h2>
        <div className={css.pair}>
          <TextInput
            label={t('title_en')}
            dir="ltr"
            value={draft.en}
            disabled={!mayWrite}
            onChange={(event) => setDraft({ ...draft, en: event.currentTarget.value })}
          />
          <TextInput
            label={t('title_fa')}
            dir="rtl"
            lang="fa"
            value={draft.fa}
            disabled={!mayWrite}
            onChange={(event) => setDraft({ ...draft, fa: event.currentTarget.value })}
          />
        </div>
        {!people && segment.rule && (
          <>
            <Switch
              label={t('touch.is')}
              description={t('touch.is_help')}
              checked={draft.touch}
              disabled={!mayWrite}
              onChange={(event) => setDraft({ ...draft, touch: event.currentTarget.checked })}
            />
            {draft.touch && (
              <p className={css.line}>
                {t('touch.place')}{' '}
                <NumberBox
                  label={t('touch.place')}
                  value={draft.place}
                  min={1}
                  max={1000}
                  width={48}
                  disabled={!mayWrite}
                  onChange={(place) => setDraft({ ...draft, place: Math.round(place) })}
                />{' '}
                {t('touch.cadence')}{' '}
                <NumberBox
                  label={t('touch.cadence')}
                  value={draft.cadence}
                  min={0}
                  max={3660}
                  width={56}
                  unit={draft.cadence ? t('touch.days') : t('touch.days_none')}
                  disabled={!mayWrite}
                  onChange={(cadence) => setDraft({ ...draft, cadence: Math.round(cadence) })}
                />
              </p>
            )}
            {draft.touch && owners.data && (
              <Select
                label={t('touch.owner')}
                description={t('touch.owner_help')}
                clearable
                searchable
                data={owners.data.data.map((one) => ({ value: one.id, label: one.name }))}
                value={draft.owner}
                onChange={(owner) => setDraft({ ...draft, owner })}
              />
            )}
          </>
        )}
        {mayWrite && (
          <div className={css.foot}>
            <Button type="submit" loading={save.isPending} aria-disabled={!changed} variant={changed ? 'filled' : 'default'}>
              {changed ? t('save') : t('nothing')}
            </Button>
            {changed && (
              <Button
                variant="subtle"
                color="gray"
                onClick={() => {
                  setRule(segment.rule);
                  setDraft({
                    en: segment.title_en ?? '',
                    fa: segment.title_fa ?? '',
                    touch: segment.touch_place !== null,
                    place: segment.touch_place ?? 1,
                    cadence: segment.touch_cadence_days ?? 0,
                    owner: segment.touch_owner,
                  });
                }}
              >
                {t('discard')}
              </Button>
            )}
          </div>
        )}
      </form>
      {segment.rule && (
        <aside className={css.preview} aria-labelledby="preview">
          <h2 id="preview">{t('preview.title')}</h2>
          {resting === null ? (
            <p className="quiet">{t('rule_empty')}</p>
          ) : preview.data && !faults.length ? (
            <PreviewPart data={preview.data} people={people} stale={preview.isPlaceholderData || resting !== rule} />
          ) : problem ? (
            <p className="quiet">{t('preview.broken')}</p>
          ) : (
            <Skeleton rows={5} />
          )}
        </aside>
      )}
    </div>
  );
}

function PreviewPart({ data, people, stale }: { data: Preview; people: boolean; stale: boolean }) {
  const { t } = useTranslation('segments');
  const most = Math.max(1, data.members, ...data.sizes.map((one) => one.members));
  return (
    <div aria-live="polite" aria-busy={stale}>
      <p className={css.count}>
        <b>{format.int(data.members)}</b> {t(people ? 'preview.people' : 'preview.accounts')}
        {!people && data.arr !== null && <span className="quiet"> · {format.amount(data.arr, data.currency)}</span>}
      </p>
      {data.unknown > 0 && (
        <p className="label">
          {t('preview.unknown', { n: format.int(data.unknown) })}
          {data.causes.map((cause) => (
            <span key={causeText(cause)} className={css.cause}>
              {format.int(cause.count)}: {causeText(cause)}
            </span>
          ))}
        </p>
      )}
      <Names title={t('preview.added', { n: format.signed(data.added.count) })} part={data.added} tone={css.came!} />
      {data.removed && (
        <Names title={t('preview.removed', { n: format.signed(-data.removed.count) })} part={data.removed} tone={css.went!} />
      )}
      {data.added.count === 0 && !data.removed?.count && <p className="quiet">{t('preview.same')}</p>}
      <h3>{t('preview.sizes')}</h3>
      <div
        className={css.sizes}
        role="img"
        aria-label={t('size_title', { from: format.int(data.sizes[0]?.members ?? 0), to: format.int(data.members) })}
      >
        {data.sizes.map((one) => (
          <i
            key={one.day}
            style={{ height: `${Math.max(2, (100 * one.members) / most)}%` }}
            title={`${format.day(one.day)}: ${format.int(one.members)}`}
          />
        ))}
        <i
          className={css.now}
          style={{ height: `${Math.max(2, (100 * data.members) / most)}%` }}
          title={`${say('segments:now')}: ${format.int(data.members)}`}
        />
      </div>
      <div className={css.sizesEnds}>
        <span>
          {data.sizes[0] && format.day(data.sizes[0].day, 'brief')}: {format.int(data.sizes[0]?.members ?? 0)}
        </span>
        <span>
          {t('now')}: {format.int(data.members)}
        </span>
      </div>
    </div>
  );
}

function Names({ title, part, tone }: { title: string; part: { names: Member[]; count: number }; tone: string }) {
  const { t } = useTranslation('segments');
  const [all, setAll] = useState(false);
  if (!part.count) return null;
  const shown = part.names.slice(0, all ? undefined : 6);
  return (
    <div className={css.names}>
      <h3 className={tone}>{title}</h3>
      <ul>
        {shown.map((one) => (
          <li key={one.contact ?? one.account}>
            <bdi>{personOf(one)}</bdi>
          </li>
        ))}
      </ul>
      {part.count > shown.length && (
        <button type="button" className={css.word} onClick={() => setAll(true)} disabled={all}>
          {t('preview.more', { n: format.int(part.count - shown.length) })}
        </button>
      )}
    </div>
  );
}
