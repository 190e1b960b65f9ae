/** What overrules the measures: a rule, what it does to the score, and the reason that people read. */
import { ActionIcon, Button, Select, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { NumberBox } from '@/components/NumberBox';
import { type RuleCatalogue, RuleChips } from '@/components/rule';
import type { Fault } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import type { Exception } from './card';
import css from './Editor.module.css';

/** A reason is kept in both languages, whichever one reads. */
const firstReason = { en: 'Not used for more than 60 days', fa: 'بیش از ۶۰ روز بی‌استفاده' };
const kinds = ['cap', 'floor', 'set'] as const;
const kindOf = (exception: Exception) => kinds.find((kind) => exception[kind] !== undefined) ?? 'cap';

export function ExceptionsPart({
  exceptions,
  catalogue,
  faults,
  onChange,
}: {
  exceptions: Exception[];
  catalogue: RuleCatalogue;
  faults: Fault[];
  onChange: (exceptions: Exception[]) => void;
}) {
  const { t } = useTranslation('health');
  const put = (i: number, next: Exception | null) =>
    onChange(exceptions.flatMap((one, k) => (k !== i ? [one] : next ? [next] : [])));
  const add = () => {
    const taken = new Set(exceptions.map((one) => one.key));
    let n = exceptions.length + 1;
    while (taken.has(`exception_${n}`)) n++;
    onChange([
      ...exceptions,
      {
        key: `exception_${n}`,
        when: { fact: 'days_since_last_use', is: '>', value: 60 },
        cap: 50,
        reason: firstReason,
      },
    ]);
  };
  return (
    <section className={css.section}>
      <h2>{t('exceptions.title')}</h2>
      <p className="quiet">{t('exceptions.text')}</p>
      {exceptions.map((exception, i) => {
        const kind = kindOf(exception);
        const { set: _s, cap: _c, floor: _f, ...rest } = exception;
        const at = `/card/exceptions/${i}`;
        const own = faults.filter((fault) => fault.pointer?.startsWith(`${at}/`) || fault.pointer === at);
        const reason = own.find((fault) => fault.pointer?.startsWith(`${at}/reason`) || fault.pointer === at);
        return (
          <div
            key={exception.key ?? i}
            className={css.exception}
            role="group"
            aria-label={t('exceptions.nth', { n: format.int(i + 1) })}
          >
            <span className={css.exceptionWhen}>
              {t('exceptions.when')}{' '}
              <RuleChips
                rule={exception.when}
                catalogue={catalogue}
                faults={own.map((fault) => ({ ...fault, pointer: fault.pointer?.replace(`${at}/when`, '') }))}
                onChange={(when) => when && put(i, { ...exception, when })}
              />
            </span>
            <Select
              size="xs"
              w={170}
              aria-label={t('exceptions.kind')}
              data={kinds.map((one) => ({ value: one, label: t(`exceptions.${one}`) }))}
              value={kind}
              onChange={(next) => next && put(i, { ...rest, [next]: exception[kind] ?? 50 })}
            />
            <NumberBox
              label={t('exceptions.value')}
              value={exception[kind] ?? 0}
              min={0}
              max={100}
              width={48}
              onChange={(value) => put(i, { ...rest, [kind]: value })}
            />
            <ActionIcon size="sm" aria-label={t('exceptions.remove', { n: format.int(i + 1) })} onClick={() => put(i, null)}>
              <IconX size={14} />
            </ActionIcon>
            <div className={css.reasons}>
              <TextInput
                size="xs"
                dir="ltr"
                aria-label={t('exceptions.reason_en')}
                value={exception.reason.en}
                error={reason?.message}
                onChange={(event) => put(i, { ...exception, reason: { ...exception.reason, en: event.currentTarget.value } })}
              />
              <TextInput
                size="xs"
                dir="rtl"
                lang="fa"
                aria-label={t('exceptions.reason_fa')}
                value={exception.reason.fa}
                onChange={(event) => put(i, { ...exception, reason: { ...exception.reason, fa: event.currentTarget.value } })}
              />
            </div>
          </div>
        );
      })}
      <div>
        <Button size="compact-sm" variant="subtle" color="gray" leftSection={<IconPlus size={13} />} onClick={add}>
          {t('exceptions.add')}
        </Button>
      </div>
    </section>
  );
}
