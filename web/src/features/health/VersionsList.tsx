/** Every version that was in force, the newest first: by whom, when and why; each can be the start of a draft. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Loaded } from '@/components/Page';
import { ask } from '@/lib/api';
import { format } from '@/lib/format';
import { useTranslation } from '@/lib/i18n';
import type { Scorecard } from './card';
import css from './Editor.module.css';

export function VersionsList({ current, onUse }: { current: Scorecard; onUse: (version: Scorecard) => void }) {
  const { t } = useTranslation('health');
  const versions = useQuery({
    queryKey: ['scorecards', current.key, 'versions'],
    queryFn: () => ask<{ data: Scorecard[] }>('GET', `/api/v1/scorecards/${encodeURIComponent(current.key)}/versions`),
  });
  return (
    <Loaded query={versions} rows={4}>
      {({ data }) => (
        <ul className={css.versions}>
          {data.map((version) => (
            <li key={version.id}>
              <div>
                <b>{t('versions.nth', { n: format.int(version.version) })}</b>{' '}
                {version.version === current.version && <span className={css.chip}>{t('versions.live')}</span>}
                <div className="label">
                  {format.instant(version.live_from)}
                  {version.created_by !== 'vafa' && (
                    <>
                      {' · '}
                      <bdi>{version.created_by}</bdi>
                    </>
                  )}
                </div>
                <p className="quiet">
                  <bdi>{version.reason ?? t(version.created_by === 'vafa' ? 'versions.given' : 'versions.no_reason')}</bdi>
                </p>
              </div>
              {version.version !== current.version && (
                <Button variant="default" size="compact-sm" onClick={() => onUse(version)}>
                  {t('versions.use')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  );
}
