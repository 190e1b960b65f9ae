/** What was done, with the way back for ten seconds (Z); failures stay until they are read. One at a time. */
import { IconAlertTriangle, IconCheck, IconX } from '@tabler/icons-react';
import { useEffect, useSyncExternalStore } from 'react';
import { Problem } from '@/lib/api';
import { t, useTranslation } from '@/lib/i18n';
import { useKeys } from '@/lib/keys';
import css from './Toast.module.css';

interface Message {
  text: string;
  undo?: () => unknown;
  failed?: boolean;
}
let current: Message | null = null;
const listeners = new Set<() => void>();
const show = (message: Message | null) => {
  current = message;
  for (const tell of listeners) tell();
};

/** Tells that something was done; `undo` takes it back. */
export const done = (text: string, undo?: () => unknown) => show({ text, undo });
/** Tells that something failed, in the server's words. */
export const failed = (error: unknown) =>
  show({
    text:
      error instanceof Problem
        ? error.status === 0
          ? t('error.offline')
          : [...new Set([error.detail || error.message, ...error.errors.map((fault) => fault.message)])].join(' ')
        : String(error),
    failed: true,
  });

export function Toasts() {
  const { t: say } = useTranslation();
  const message = useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => current,
  );
  const undo = () => {
    const back = message?.undo;
    show(null);
    Promise.resolve(back?.()).catch(failed);
  };
  useKeys({ KeyZ: message?.undo ? undo : undefined }, Boolean(message?.undo));
  useEffect(() => {
    if (!message || message.failed) return;
    const over = setTimeout(() => current === message && show(null), 10_000);
    return () => clearTimeout(over);
  }, [message]);
  return (
    <div className={`${css.place} no-print`} aria-live={message?.failed ? 'assertive' : 'polite'} role="status">
      {message && (
        <div className={css.toast}>
          {message.failed ? <IconAlertTriangle size={16} aria-hidden="true" /> : <IconCheck size={16} aria-hidden="true" />}
          <span>{message.text}</span>
          {message.undo && (
            <button type="button" className={css.undo} onClick={undo}>
              {say('undo')} <kbd>Z</kbd>
            </button>
          )}
          <button type="button" className={css.close} aria-label={say('close')} onClick={() => show(null)}>
            <IconX size={15} />
          </button>
        </div>
      )}
    </div>
  );
}
