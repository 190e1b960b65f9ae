/**
 * Keyboard: letters by their physical key, so that they work on a Persian layout; never inside a field.
 * useKeys({ KeyL: () => …, 'shift+KeyZ': () => …, 'mod+KeyK': () => …, Escape: () => … })
 */
import { useEffect, useRef } from 'react';

export type KeyMap = Record<string, ((event: KeyboardEvent) => void) | undefined>;

let letters = true;
/** A person may turn single keys off (personal settings); chords and Escape stay. */
export const allowSingleKeys = (on: boolean) => {
  letters = on;
};

const inField = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
    target.closest('[role=spinbutton],[role=listbox],[role=menu]') !== null);
const inDialog = (target: EventTarget | null) => target instanceof HTMLElement && target.closest('[role=dialog]') !== null;

export function useKeys(map: KeyMap, active = true, options: { dialogs?: boolean } = {}) {
  const current = useRef(map);
  current.current = map;
  const dialogs = options.dialogs ?? false;
  useEffect(() => {
    if (!active) return;
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey) return;
      const mod = event.ctrlKey || event.metaKey;
      const name = `${mod ? 'mod+' : ''}${event.shiftKey ? 'shift+' : ''}${event.code}`;
      const act = current.current[name];
      if (!act) return;
      if (!mod && event.code !== 'Escape' && (!letters || inField(event.target))) return;
      if (!dialogs && (inDialog(event.target) || document.querySelector('[role=dialog][aria-modal=true]')) && !mod) return;
      event.preventDefault();
      act(event);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [active, dialogs]);
}
