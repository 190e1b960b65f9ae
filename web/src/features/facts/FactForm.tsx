/** Declares a fact of one's own: a formula, something counted in usage, a field of the account, or a value set by hand. */
import { Button, Select, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { NumberBox } from '@/components/NumberBox';
import { ErrorNote } from '@/components/Page';
import { done, failed } from '@/components/Toast';
import { ask, Problem } from '@/lib/api';
import { fold } from '@/lib/fold';
import { useTranslation } from '@/lib/i18n';
import { queryClient } from '@/lib/query';
import css from './Facts.module.css';
import { type FactRow, factsKey, titleOf } from './index';
import { kindOf } from './words';

const kinds = ['formula', 'usage', 'manual', 'attribute', 'other'] as const;
type Kind = (typeof kinds)[number];
const measures = ['events', 'users', 'active_days', 'last_days', 'first_days', 'seat_share'];
const units = ['', 'share', 'days', 'people', 'events', 'points', 'money', 'tickets', 'seats', 'features'];
const simple = ['measure', 'feature', 'window', 'compare'];
const types = ['number', 'bool', 'date', 'text'];

interface Draft {
  key: string;
  en: string;
  fa: string;
  type: string;
  unit: string;
  better: string;
  valid: number;
  kind: Kind;
  formula: string;
  field: string;
  measure: string;
  feature: string;
  window: number;
  compare: string;
  other: string;
}

function draftOf(fact?: FactRow): Draft {
  const own = fact && kindOf(fact);
  const inner = (own && fact.source[own]) as Record<string, string> | undefined;
  /* Properties, conditions and lists of features are more than the fields hold: those are edited as they stand. */
  const plain = own !== 'usage' || Object.keys(inner ?? {}).every((name) => simple.includes(name));
  const kind = own && plain ? (kinds.find((one) => one === own) ?? 'other') : own ? 'other' : 'formula';
  return {
    key: fact?.key ?? '',
    en: fact?.title.en ?? '',
    fa: fact?.title.fa ?? '',
    type: fact?.type ?? 'number',
    unit: fact?.unit ?? '',
    better: fact?.better ?? 'higher',
    valid: fact?.valid_for ?? 0,
    kind,
    formula: kind === 'formula' && fact ? String(fact.source.formula) : '',
    field: (kind === 'attribute' && inner?.field) || '',
    measure: (kind === 'usage' && inner?.measure) || 'events',
    feature: (kind === 'usage' && inner?.feature) || '',
    window: kind === 'usage' ? Number.parseInt(inner?.window ?? '28', 10) : 28,
    compare: (kind === 'usage' && inner?.compare) || '',
    other: kind === 'other' && fact ? JSON.stringify(fact.source, null, 2) : '',
  };
}

function sourceOf(draft: Draft, before?: FactRow): unknown {
  if (draft.kind === 'formula') return { formula: draft.formula };
  if (draft.kind === 'manual') return { manual: before && kindOf(before) === 'manual' ? before.source.manual : {} };
  if (draft.kind === 'attribute') return { attribute: { field: draft.field } };
  if (draft.kind === 'other') return JSON.parse(draft.other);
  const windowed = !['last_days', 'first_days'].includes(draft.measure);
  return {
    usage: {
      measure: draft.measure,
      ...(draft.feature ? { feature: draft.feature } : {}),
      ...(windowed ? { window: `${draft.window}d` } : {}),
      ...(windowed && draft.compare ? { compare: draft.compare } : {}),
    },
  };
}

export function FactForm({ fact, facts, onDone }: { fact?: FactRow; facts: FactRow[]; onDone: (key?: string) => void }) {
  const { t } = useTranslation('facts');
  const [draft, setDraft] = useState(() => draftOf(fact));
  const formula = useRef<HTMLTextAreaElement>(null);
  const set = (part: Partial<Draft>) => setDraft((now) => ({ ...now, ...part }));
  const save = useMutation({
    mutationFn: async () => {
      let source: unknown;
      try {
        source = sourceOf(draft, fact);
      } catch {
        throw new Problem(400, { errors: [{ pointer: '/source', code: 'json', message: t('form.json') }] });
      }
      const body = {
        key: draft.key,
        of: 'account',
        type: draft.type,
        ...(draft.unit ? { unit: draft.unit } : {}),
        better: draft.better,
        title: { en: draft.en || draft.fa, fa: draft.fa || draft.en },
        ...(draft.valid ? { valid_for: `${draft.valid}d` } : {}),
        source,
      };
      return fact
        ? ask<FactRow>('PUT', `/api/v1/facts/${encodeURIComponent(fact.key)}`, { body })
        : ask<FactRow>('POST', '/api/v1/facts', { body });
    },
    onSuccess: (saved) => {
      queryClient.invalidateQueries({ queryKey: factsKey });
      queryClient.invalidateQueries({ queryKey: ['rule-catalogue'] });
      done(t('form.saved', { name: titleOf(saved) }));
      onDone(saved.key);
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  /** The fault that stands at a field or below it. */
  const at = (...fields: string[]) =>
    problem?.errors.find((fault) =>
      fields.some((field) => fault.pointer === `/${field}` || fault.pointer?.startsWith(`/${field}/`)),
    )?.message;
  const shown = ['key', 'title', 'type', 'unit', 'better', 'valid_for', 'source'];
  const rest = problem && !problem.errors.some((fault) => shown.some((field) => fault.pointer?.startsWith(`/${field}`)));
  const insert = (key: string | null) => {
    const field = formula.current;
    if (!key || !field) return;
    const from = field.selectionStart ?? draft.formula.length;
    const to = field.selectionEnd ?? from;
    set({ formula: draft.formula.slice(0, from) + key + draft.formula.slice(to) });
    requestAnimationFrame(() => {
      field.focus();
      field.setSelectionRange(from + key.length, from + key.length);
    });
  };
  return (
    <form
      noValidate
      className={css.form}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <div className={css.pair}>
        <TextInput
          label={t('form.en')}
          dir="ltr"
          data-autofocus
          value={draft.en}
          error={at('title')}
          onChange={(event) => set({ en: event.currentTarget.value })}
        />
        <TextInput
          label={t('form.fa')}
          dir="rtl"
          lang="fa"
          value={draft.fa}
          onChange={(event) => set({ fa: event.currentTarget.value })}
        />
      </div>
      <TextInput
        label={t('key')}
        description={t('form.key_help')}
        dir="ltr"
        disabled={Boolean(fact)}
        value={draft.key}
        error={at('key')}
        onChange={(event) => set({ key: event.currentTarget.value })}
      />
      <Select
        label={t('from')}
        data={kinds.map((kind) => ({ value: kind, label: t(`form.kind_${kind}`) }))}
        value={draft.kind}
        onChange={(kind) => kind && set({ kind: kind as Kind })}
      />
      {draft.kind === 'formula' && (
        <>
          <Textarea
            ref={formula}
            label={t('form.formula')}
            description={
              <>
                {t('form.formula_help')} <code>+ − × ÷ min max abs ln round coalesce if(,,) days_between(,) today</code>
              </>
            }
            dir="ltr"
            autosize
            minRows={2}
            className={css.code}
            value={draft.formula}
            error={at('source')}
            onChange={(event) => set({ formula: event.currentTarget.value })}
          />
          <Select
            aria-label={t('form.insert')}
            placeholder={t('form.insert')}
            searchable
            data={facts
              .filter((one) => one.type !== 'text' && one.key !== fact?.key)
              .map((one) => ({ value: one.key, label: titleOf(one) }))}
            filter={({ options, search }) =>
              options.filter((option) => 'value' in option && fold(`${option.label} ${option.value}`).includes(fold(search)))
            }
            value={null}
            onChange={insert}
          />
        </>
      )}
      {draft.kind === 'usage' && (
        <>
          <div className={css.pair}>
            <Select
              label={t('form.measure')}
              data={measures.map((one) => ({ value: one, label: t(`usage.${one}`) }))}
              value={draft.measure}
              error={at('source/usage/measure')}
              onChange={(measure) => measure && set({ measure })}
            />
            <TextInput
              label={t('form.feature')}
              description={t('form.feature_help')}
              dir="ltr"
              value={draft.feature}
              error={at('source/usage/feature')}
              onChange={(event) => set({ feature: event.currentTarget.value })}
            />
          </div>
          {!['last_days', 'first_days'].includes(draft.measure) && (
            <div className={css.line}>
              {t('form.window')}{' '}
              <NumberBox
                label={t('form.window')}
                value={draft.window}
                min={1}
                max={3650}
                width={56}
                unit={t('form.days')}
                error={at('source/usage/window')}
                onChange={(days) => set({ window: Math.round(days) })}
              />
              <Select
                aria-label={t('form.compare')}
                data={['', 'previous', 'baseline', 'trend'].map((one) => ({
                  value: one,
                  label: t(`form.compare_${one || 'none'}`),
                }))}
                value={draft.compare}
                error={at('source/usage/compare')}
                onChange={(compare) => set({ compare: compare ?? '' })}
              />
            </div>
          )}
        </>
      )}
      {draft.kind === 'attribute' && (
        <TextInput
          label={t('form.field')}
          description={t('form.field_help')}
          dir="ltr"
          value={draft.field}
          error={at('source')}
          onChange={(event) => set({ field: event.currentTarget.value })}
        />
      )}
      {draft.kind === 'manual' && <p className="quiet">{t('form.manual')}</p>}
      {draft.kind === 'other' && (
        <Textarea
          label={t('form.declaration')}
          description={t('form.declaration_help')}
          dir="ltr"
          autosize
          minRows={4}
          className={css.code}
          value={draft.other}
          error={at('source')}
          onChange={(event) => set({ other: event.currentTarget.value })}
        />
      )}
      <div className={css.pair}>
        <Select
          label={t('form.type')}
          data={types.map((one) => ({ value: one, label: t(`type.${one}`) }))}
          value={draft.type}
          error={at('type')}
          onChange={(type) => type && set({ type })}
        />
        <Select
          label={t('unit_')}
          data={units.map((one) => ({ value: one, label: one ? t(`unit.${one}`) : t('form.no_unit') }))}
          value={units.includes(draft.unit) ? draft.unit : ''}
          error={at('unit')}
          onChange={(unit) => set({ unit: unit ?? '' })}
        />
      </div>
      <div className={css.pair}>
        <Select
          label={t('form.better')}
          data={['higher', 'lower', 'neither'].map((one) => ({ value: one, label: t(`better.${one}`) }))}
          value={draft.better}
          error={at('better')}
          onChange={(better) => better && set({ better })}
        />
        <div>
          <div className={css.labelled}>{t('form.valid')}</div>
          <NumberBox
            label={t('form.valid')}
            value={draft.valid}
            min={0}
            max={3650}
            width={64}
            unit={draft.valid ? t('form.days') : t('form.days_none')}
            error={at('valid_for')}
            onChange={(valid) => set({ valid: Math.round(valid) })}
          />
        </div>
      </div>
      {rest && <ErrorNote error={problem} />}
      <div className={css.foot}>
        <Button type="submit" loading={save.isPending}>
          {t('form.save')}
        </Button>
        <Button variant="subtle" color="gray" onClick={() => onDone()}>
          {t('common:cancel')}
        </Button>
      </div>
    </form>
  );
}

/** Removes a fact, with the way back. */
export async function removeFact(fact: FactRow, says: { removed: string }) {
  const body = {
    key: fact.key,
    of: fact.of,
    type: fact.type,
    ...(fact.unit ? { unit: fact.unit } : {}),
    better: fact.better,
    title: fact.title,
    ...(fact.valid_for ? { valid_for: `${fact.valid_for}d` } : {}),
    source: fact.source,
  };
  const again = () => queryClient.invalidateQueries({ queryKey: factsKey });
  try {
    await ask('DELETE', `/api/v1/facts/${encodeURIComponent(fact.key)}`);
    done(says.removed, () => ask('POST', '/api/v1/facts', { body }).then(again));
    again();
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}
