// From click to content: the page of an account opened from Home in a browser, at 100,000 accounts on this machine.
// node bench/account_page.mjs [accounts] [opened]
// Content: the head, and the table of why health changed with its rows. The company comes in by import: accounts, contracts, tickets, contacts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vafaOk } from '../tests/harness/vafa.mjs';
import { browser, person, serve, signedIn } from '../tests/web/web.mjs';

const accounts = Number(process.argv[2] ?? 100_000);
const opened = Number(process.argv[3] ?? 30);
const endings = [];
const t = { after: (end) => endings.push(end) };
const root = mkdtempSync(path.join(tmpdir(), 'vafa-bench-'));
const folder = path.join(root, 'data');
const csv = (name, head, row) => {
  const lines = [head];
  for (let i = 0; i < accounts; i++) lines.push(row(i, `A${String(i).padStart(6, '0')}`));
  const file = path.join(root, `${name}.csv`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
};
const day = (back) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
const bring = (kind, file, ...more) => {
  const begun = performance.now();
  vafaOk('import', kind, folder, file, ...more, { timeout: 3_600_000 });
  console.log(`${kind}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
};

try {
  vafaOk('init', folder, '--name', 'Bench', '--time-zone', 'Europe/Berlin', '--calendar', 'gregorian', '--language', 'en', '--currency', 'EUR');
  bring('accounts', csv('accounts', 'account,name,starts_on,stage,segment', (i, key) => `${key},Company ${i},${day(400)},adopting,${i % 3 ? 'small' : 'large'}`));
  bring('subscriptions', csv('subscriptions', 'key,account,starts_on,ends_on,seats,amount (EUR),amount_per', (i, key) => `S${i},${key},${day(400)},${day(-(i % 365))},20,${1000 + (i % 1000) * 10},year`), '--backfill');
  bring('tickets', csv('tickets', 'key,account,opened_at,closed_at,urgency', (i, key) => `T${i},${key},${day(40 - (i % 38))},${i % 2 ? day(1) : ''},${i % 7 ? 'normal' : 'urgent'}`), '--backfill');
  bring('contacts', csv('contacts', 'account,user,name,role', (i, key) => `${key},u${i},Person ${i},${i % 3 ? 'user' : 'champion'}`));
  const begun = performance.now();
  const server = await serve(t, folder);
  console.log(`served after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  const who = await person(server);
  const page = await signedIn(t, await browser(t), server, who);
  const { data } = await (await page.request.get('/api/v1/accounts?limit=200')).json();
  const took = { cold: [], warm: [] };
  await page.goto('/data/features'); // the shell stands, the page of an account was never loaded
  for (let i = 0; i < opened; i++) {
    const { id } = data[Math.floor((i / opened) * data.length)];
    // A click on a link of the application itself, timed in the page: from the click to the frame in which the content stands.
    const ms = await page.evaluate(
      (to) =>
        new Promise((resolve) => {
          const start = performance.now();
          const seen = () => {
            if (document.querySelector('#why table tbody tr') && location.pathname.endsWith(to)) requestAnimationFrame(() => resolve(performance.now() - start));
            else requestAnimationFrame(seen);
          };
          globalThis.history.pushState({}, '', `/accounts/${to}`);
          globalThis.dispatchEvent(new PopStateEvent('popstate'));
          seen();
        }),
      id,
    );
    (i ? took.warm : took.cold).push(ms);
    await page.evaluate(() => {
      globalThis.history.pushState({}, '', '/data/features');
      globalThis.dispatchEvent(new PopStateEvent('popstate'));
    });
    await page.locator('#why').waitFor({ state: 'detached' });
  }
  const at = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];
  console.log(`${accounts} accounts: first opening ${took.cold[0].toFixed(0)} ms; then median ${at(took.warm, 0.5).toFixed(0)} ms, p95 ${at(took.warm, 0.95).toFixed(0)} ms of ${took.warm.length} (mark: 250 ms)`);
} finally {
  for (const end of endings.reverse()) await Promise.resolve(end()).catch((error) => console.log(String(error)));
  rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}
