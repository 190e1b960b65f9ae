/** A drawer at the reading end: to look at or edit one thing without losing the list. */
import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from '@/lib/i18n';

export function SideDrawer({
  opened,
  onClose,
  title,
  children,
  size = 480,
}: {
  opened: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
  size?: number;
}) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      title={title}
      size={size}
      position="right"
      overlayProps={{ backgroundOpacity: 0.12 }}
      transitionProps={{ duration: 180, timingFunction: 'var(--v-ease)' }}
      closeButtonProps={{ 'aria-label': t('close') }}
      styles={{
        title: { fontWeight: 620, fontSize: 16 },
        header: { borderBottom: '1px solid var(--v-line)', minHeight: 54 },
        body: { paddingTop: 16 },
      }}
    >
      {children}
    </Drawer>
  );
}
