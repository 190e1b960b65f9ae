import './app/layers.css';
import '@mantine/core/styles.layer.css';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/vazirmatn/wght.css';
import './app/tokens.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { startMessages } from './lib/i18n';
import { applySurroundings, loadMe } from './lib/me';

/** Words do not jump when their letters come: the first page waits for them, but not long. */
const letters = async (language: string) => {
  const [family, sample] = language === 'fa' ? ['Vazirmatn Variable', 'وفا Vafa'] : ['Inter Variable', 'Vafa'];
  await Promise.race([document.fonts.load(`1em "${family}"`, sample), new Promise((late) => setTimeout(late, 500))]);
};

/** Who is it, in which language; then the words; then the pages. */
async function start() {
  const me = await loadMe().catch(() => null);
  const { language, theme } = applySurroundings(me);
  const lettered = letters(language).catch(() => undefined); // without them there still are words
  if (language === 'fa') (await import('./lib/aria-persian')).speakPersian();
  await startMessages(language);
  await lettered;
  localStorage.setItem('mantine-color-scheme-value', theme === 'system' ? 'auto' : theme); // the person's, not this browser's
  createRoot(document.getElementById('root')!).render(<App theme={theme} />);
}

start();
