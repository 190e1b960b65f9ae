/** Where an import stands: upload, columns, check, import. */
import { IconCheck } from '@tabler/icons-react';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import css from './Import.module.css';

export function Steps({ at, onStep }: { at: number; onStep?: (step: number) => void }) {
  const { t } = useTranslation('imports');
  return (
    <ol className={css.steps} aria-label={t('steps.label')}>
      {(['upload', 'columns', 'check', 'import'] as const).map((step, i) => {
        const inside = (
          <>
            <span className={css.step} data-state={i < at ? 'done' : i === at ? 'now' : undefined}>
              {i < at ? <IconCheck size={12} aria-hidden="true" /> : format.int(i + 1)}
            </span>
            {t(`steps.${step}`)}
          </>
        );
        return (
          <li key={step} aria-current={i === at ? 'step' : undefined}>
            {onStep && i < at && i > 0 ? (
              <button type="button" onClick={() => onStep(i)}>
                {inside}
              </button>
            ) : (
              <span className={css.stepText}>{inside}</span>
            )}
          </li>
        );
      })}
    </ol>
  );
}
