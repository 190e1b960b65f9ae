/** What happened: everything, by day, with notes and calls logged in place. */
import { Button } from '@mantine/core';
import { IconNote } from '@tabler/icons-react';
import { useState } from 'react';
import { Kbd, Section } from '@/components/Page';
import { LogTouch, Timeline } from '@/features/timeline';
import { useTranslation } from '@/lib/i18n';
import css from './Account.module.css';
import type { TabProps } from './AccountPage';

export function TimelineTab({ id, overview, look, mayWrite }: TabProps) {
  const { t } = useTranslation('timeline');
  const [editing, setEditing] = useState<string>();
  return (
    <Section
      flush
      title={t('title')}
      aside={
        mayWrite && (
          <span className={css.logging}>
            <Button
              variant="default"
              leftSection={<IconNote size={15} />}
              rightSection={<Kbd>N</Kbd>}
              onClick={() => look({ log: 'note' })}
            >
              {t('touch.kinds.note')}
            </Button>
          </span>
        )
      }
    >
      <Timeline account={id} onEdit={mayWrite ? setEditing : undefined} />
      <LogTouch account={id} name={overview.name} activity={editing} onClose={() => setEditing(undefined)} />
    </Section>
  );
}

export function TimelineSide({ id, look }: TabProps) {
  const { t } = useTranslation('account');
  return (
    <Section
      title={t('timeline.title')}
      aside={
        <button type="button" className={css.link} onClick={() => look({ tab: 'timeline' })}>
          {t('timeline.all')}
        </button>
      }
    >
      <Timeline account={id} compact />
    </Section>
  );
}
