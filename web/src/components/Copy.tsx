/** A text to take along: shown whole, copied with one press. */
import { Button } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/lib/i18n';
import css from './Copy.module.css';

export function Copy({ text, label, block = false }: { text: string; label: string; block?: boolean }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    // Without https browsers give no clipboard: then the text is selected, ready for the keys.
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      const shown = document.querySelector('[data-copy-text]');
      if (shown) getSelection()?.selectAllChildren(shown);
    }
  };
  return (
    <div className={`${css.copy} ${block ? css.block : ''}`} role="group" aria-label={label}>
      {block ? (
        <pre className={css.text} data-copy-text tabIndex={0}>
          {text}
        </pre>
      ) : (
        <code className={css.text} data-copy-text>
          {text}
        </code>
      )}
      <Button variant="default" size="xs" leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />} onClick={copy}>
        {t(copied ? 'copied' : 'copy')}
      </Button>
    </div>
  );
}
