/** Cohorts by what they pay, whether they stayed, and whether they still use the product. */
import { SegmentedControl } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { PageHead } from '@/components/Page';
import { Printed, SegmentPicker } from '@/components/SegmentPicker';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import { readOpen } from './api';
import { CohortMap, type CohortOf } from './CohortMap';
import { RetentionDrawer } from './RetentionDrawer';
import css from './RetentionPage.module.css';
import type { CohortsSearch } from './routes';

const route = getRouteApi('/shell/insight/cohorts');

export function CohortsPage() {
  const { t } = useTranslation('retention');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = (change: Partial<CohortsSearch>) =>
    navigate({ search: (old) => ({ ...old, ...change }), replace: !('open' in change) });
  const of: CohortOf = search.of ?? 'revenue';
  const by = search.by ?? 'quarter';
  const calendar = search.cal ?? format.options.calendar;
  const ledger = of === 'revenue' || of === 'customers';
  const byUnit = ledger && by === 'week' ? 'month' : by;
  return (
    <>
      <PageHead
        title={
          <>
            {t('cohorts.page')} <Printed search={search} />
          </>
        }
      >
        <SegmentedControl
          size="xs"
          aria-label={t('cohorts.by')}
          value={byUnit}
          data={(['week', 'month', 'quarter', 'year'] as const)
            .filter((unit) => unit !== 'week' || !ledger)
            .map((value) => ({ value, label: t(`cohorts.unit.${value}`) }))}
          onChange={(value) => go({ by: value === 'quarter' ? undefined : (value as CohortsSearch['by']) })}
        />
        <SegmentedControl
          size="xs"
          aria-label={t('insight:period.calendar')}
          value={calendar}
          data={(['gregorian', 'persian'] as const).map((value) => ({ value, label: t(`common:calendar.${value}`) }))}
          onChange={(value) => go({ cal: value as CohortsSearch['cal'] })}
        />
        <SegmentPicker search={search} onChange={(change) => go({ segment: change.segment })} split={false} />
      </PageHead>
      <CohortMap
        of={of}
        by={byUnit}
        calendar={calendar}
        segment={search.segment}
        amounts={search.amounts ?? false}
        rows={60}
        lead={t(`cohorts.lead.${of}`)}
        onOpen={(cohort, since) => go({ open: `cohort:${cohort}:${since}` })}
        aside={
          <span className={css.switches}>
            <SegmentedControl
              size="xs"
              aria-label={t('cohorts.of')}
              value={of}
              data={(['revenue', 'customers', 'usage', 'people'] as const).map((value) => ({
                value,
                label: t(`cohorts.kind.${value}`),
              }))}
              onChange={(value) => go({ of: value === 'revenue' ? undefined : (value as CohortsSearch['of']) })}
            />
            <SegmentedControl
              size="xs"
              aria-label={t('cohorts.as')}
              value={search.amounts ? 'amounts' : 'shares'}
              data={['shares', 'amounts'].map((value) => ({ value, label: t(`cohorts.${value}`) }))}
              onChange={(value) => go({ amounts: value === 'amounts' || undefined })}
            />
          </span>
        }
      />
      <RetentionDrawer
        asked={readOpen(search.open)}
        behind={{ period: '', calendar, mode: 'snapshot', segment: search.segment, cohorts: { of, by: byUnit } }}
        onClose={() => go({ open: undefined })}
        onOpen={(open) => go({ open })}
      />
    </>
  );
}
