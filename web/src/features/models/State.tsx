/** In which state a model or a version of it is: a glyph, a word; colour last. */
import { Loader } from '@mantine/core';
import { type Band, Glyph } from '@/components/Health';
import { useTranslation } from '@/lib/i18n';
import type { Version } from './api';
import css from './Models.module.css';

const looks: Record<Version['state'], { band: Band; tone: string }> = {
  live: { band: 'healthy', tone: css.live! },
  replaced: { band: 'unknown', tone: css.quiet! },
  rolled_back: { band: 'unknown', tone: css.quiet! },
  tried: { band: 'watch', tone: css.watch! },
  refused: { band: 'unknown', tone: css.quiet! },
};

export function State({ state }: { state: Version['state'] }) {
  const { t } = useTranslation('models');
  const { band, tone } = looks[state];
  return (
    <span className={`${css.state} ${tone}`}>
      <Glyph band={band} /> {t(`state.${state}`)}
    </span>
  );
}

export function BeingMade({ children }: { children: string }) {
  return (
    <span className={css.state} role="status">
      <Loader size={13} aria-hidden="true" /> {children}
    </span>
  );
}
