/** The command palette: opened by Ctrl K from everywhere; what it shows is loaded while nobody waits. */
import { Modal } from '@mantine/core';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';

const load = () => import('./Finder');
const Finder = lazy(async () => ({ default: (await load()).Finder }));

export function Palette() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  useKeys({ 'mod+KeyK': () => setOpen((before) => !before) }, true, { dialogs: true });
  useEffect(() => {
    const show = () => setOpen(true);
    const ahead = setTimeout(load, 2000);
    window.addEventListener('vafa:palette', show);
    return () => {
      clearTimeout(ahead);
      window.removeEventListener('vafa:palette', show);
    };
  }, []);
  return (
    <Modal.Root
      opened={open}
      onClose={() => setOpen(false)}
      size={680}
      padding={0}
      yOffset="11vh"
      transitionProps={{ duration: 0 }}
    >
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content radius={14} style={{ outline: 'none' }} aria-label={t('palette.title')}>
        <Modal.Body>
          {open && (
            <Suspense fallback={<div style={{ height: 56 }} />}>
              <Finder onClose={() => setOpen(false)} />
            </Suspense>
          )}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
