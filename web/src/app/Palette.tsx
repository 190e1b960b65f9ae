/** The command palette: opened by Ctrl K from everywhere; what it shows is loaded while nobody waits. */
import { Modal } from '@mantine/core';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';

const load = () => import('./Finder');
const Finder = lazy(async () => ({ default: (await load()).Finder }));

const waitingField = { all: 'unset', display: 'block', height: 56, width: '100%', paddingInline: 46 } as const;

export function Palette() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const close = () => {
    setOpen(false);
    setTyped('');
  };
  useKeys({ 'mod+KeyK': () => (open ? close() : setOpen(true)) }, true, { dialogs: true });
  useEffect(() => {
    const show = () => setOpen(true);
    const ahead = setTimeout(() => load().catch(() => undefined), 2000); // in vain? then it is asked for again when it opens
    window.addEventListener('vafa:palette', show);
    return () => {
      clearTimeout(ahead);
      window.removeEventListener('vafa:palette', show);
    };
  }, []);
  return (
    <Modal.Root opened={open} onClose={close} size={680} padding={0} yOffset="11vh" transitionProps={{ duration: 0 }}>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content radius={14} style={{ outline: 'none' }} aria-label={t('palette.title')}>
        <Modal.Body>
          {open && (
            /* Who types before the finder is here has typed into it. */
            <Suspense
              fallback={
                <input
                  ref={(field) => field?.focus()}
                  aria-label={t('palette.title')}
                  style={waitingField}
                  value={typed}
                  onChange={(event) => setTyped(event.currentTarget.value)}
                />
              }
            >
              <Finder typed={typed} onType={setTyped} onClose={close} />
            </Suspense>
          )}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
