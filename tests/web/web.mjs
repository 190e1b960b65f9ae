// What tests of the web application need: the demo company served by the real binary, people who can sign in, and Debian's Chromium.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { endsWith, full, root, serve, temporary, vafaJson, vafaOk } from '../harness/vafa.mjs';

const browserPath = process.env.VAFA_CHROMIUM ?? '/usr/bin/chromium';
const built = path.join(root, 'web/dist/index.html');
/** A reason to skip, or false. */
export const webSkip = !existsSync(browserPath) ? `${browserPath} is not on this machine` : !existsSync(built) ? 'the web application is not built (tools/web build)' : false;

export const password = 'plum harbour lantern 42';

/** Milliseconds that each answer may come late, by chance: VAFA_LATE=1500 finds what a journey reads before it is there. */
const late = Number(process.env.VAFA_LATE ?? 0);

const companies = {
  en: ['--name', 'Karavan Software', '--time-zone', 'Europe/Berlin', '--calendar', 'gregorian', '--language', 'en', '--currency', 'EUR'],
  fa: ['--name', 'نرم‌افزار کاروان', '--time-zone', 'Asia/Tehran', '--calendar', 'persian', '--language', 'fa', '--currency', 'IRR'],
};

/** A folder with the demo company (or none of it with accounts 0) in the organisation's language; without `foretold` models are made only by whoever asks. */
export function demoFolder(t, { language = 'en', accounts = 60, months = 14, foretold = false } = {}) {
  const folder = path.join(temporary(t), 'data');
  vafaOk('init', folder, ...companies[language]);
  if (accounts) vafaOk('demo', folder, '--accounts', String(accounts), '--months', String(months), '--seed', '7');
  if (!foretold) vafaOk('settings', 'set', folder, 'predict.schedule_days=0');
  return folder;
}

/** A colleague with a password: { email, password }. Made through the folder, before or while it is served. */
export async function person(server, { name = 'Dana Whitlock', email = 'dana@karavan.example', role = 'admin', scope = 'all', language = 'en' } = {}) {
  vafaOk('members', 'add', server.folder, '--name', name, '--email', email, '--role', role, '--scope', scope, '--language', language);
  const link = vafaJson('members', 'reset', server.folder, email);
  const answer = await fetch(`${server.url}/api/v1/password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: link.token, password }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return { email, password };
}

/** A browser for the whole test; ends with it and before the server, so that a page that loads ahead just then has no fault. */
export async function browser(t) {
  const one = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] });
  endsWith(t, () => one.close());
  t.after(() => one.close());
  return one;
}

/** A page of somebody who is nobody yet. Faults of the page (exceptions, refused scripts) fail the test at its end. more: as Playwright's newContext. */
export async function visitor(t, one, server, { theme = 'light', width = 1440, height = 900, ...more } = {}) {
  const context = await one.newContext({ viewport: { width, height }, colorScheme: theme, baseURL: server.url, reducedMotion: 'reduce', ...more });
  context.setDefaultTimeout(60_000); // a machine may be busy: what is waited for is a state, never a time
  if (late)
    await context.route(/\/(api|assets)\//, async (route) => {
      await new Promise((done) => setTimeout(done, Math.random() ** 3 * late));
      await route.continue().catch(() => {}); // the page went on
    });
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(message.text());
  });
  t.after(() => {
    if (faults.length) throw new Error(`the page had faults:\n${faults.join('\n')}`);
  });
  return page;
}

/** A page in which the person is signed in. */
export async function signedIn(t, one, server, who, options) {
  const page = await visitor(t, one, server, options);
  const answer = await page.request.post('/api/v1/session', { data: { email: who.email, password: who.password }, headers: { origin: server.url } });
  if (!answer.ok()) throw new Error(await answer.text());
  return page;
}

/** Serious and critical findings of axe on the page as it stands. */
export async function axe(page) {
  // Evaluated, not added as a script: the page's policy takes scripts from the server alone.
  await page.evaluate(readFileSync(path.join(root, 'node_modules/axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.any.concat(node.all, node.none).map((one) => one.message).join('; ')}`).join(' | ')}`);
}

const combinations = [
  { language: 'en', theme: 'light' },
  { language: 'fa', theme: 'dark' },
  { language: 'en', theme: 'dark' },
  { language: 'fa', theme: 'light' },
];

/** The words of a page in a language, by key as the page asks for them: say('data:features.add') · say('save') (of common); {{holes}} filled from values. */
export function speech(language) {
  const catalogue = (name) => JSON.parse(readFileSync(path.join(root, `web/src/i18n/${language}/${name}.json`), 'utf8'));
  return (key, values = {}) => {
    const [name, where] = key.includes(':') ? key.split(':') : ['common', key];
    const found = where.split('.').reduce((messages, part) => messages?.[part], catalogue(name));
    if (typeof found !== 'string') throw new Error(`no words for ${key} in ${language}`);
    return found.replace(/\{\{\s*(\w+)[^}]*\}\}/g, (_, hole) => values[hole] ?? '');
  };
}

/** A journey through the application: once in ./test, in the combination whose turn it is (0–3: en light, fa dark, en dark, fa light), and in
 * all four with --full. run(t, { language, theme, say }). */
export function journey(name, turn, run) {
  for (const { language, theme } of full ? combinations : [combinations[turn % 4]])
    test(`${name} (${language}, ${theme})`, { skip: webSkip }, (t) => run(t, { language, theme, say: speech(language) }));
}

export { serve };
