// What a person waits for at 100k accounts, in Debian's Chromium, server on the same machine: from the click to rows on the screen.
//   node bench/browser.mjs [BENCH_ACCOUNTS] [ACCOUNTS]      (bench/run browser)
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const [program = 'build-bench/bench_accounts', accounts = '100000'] = process.argv.slice(2);
const server = spawn(program, ['--serve', accounts], { stdio: ['pipe', 'pipe', 'inherit'] });
const line = await new Promise((found, failed) => {
  createInterface(server.stdout).on('line', (text) => {
    console.log(text);
    if (text.startsWith('serving ')) found(text);
  });
  server.on('exit', (code) => failed(new Error(`${program} ended with ${code}`)));
});
const [, address, token] = line.split(' ');
const password = 'plum harbour lantern 42';
const browser = await chromium.launch({ executablePath: process.env.VAFA_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] });
try {
  await fetch(`${address}/api/v1/password`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token, password }) });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: address });
  const page = await context.newPage();
  const signed = await page.request.post('/api/v1/session', { data: { email: 'dana@bench.example', password }, headers: { origin: address } });
  if (!signed.ok()) throw new Error(await signed.text());
  await page.goto('/data/features');
  await page.locator('nav a[href="/accounts"]').waitFor();

  /** Does something and waits until the first row satisfies; the time is taken in the page. */
  const timed = async (what, act, name) => {
    const ms = [];
    for (let i = 0; i < 7; i++) {
      await page.evaluate(() => {
        globalThis.began = performance.now();
        globalThis.before = document.querySelector('[role=grid] [data-index="0"]')?.textContent ?? '';
      });
      await act(i);
      ms.push(
        await page.evaluate(
          () =>
            new Promise((tell) => {
              const look = () => {
                const row = document.querySelector('[role=grid] [data-index="0"]');
                if (row?.textContent && row.textContent !== globalThis.before && !document.querySelector('[data-refreshing]'))
                  requestAnimationFrame(() => tell(performance.now() - globalThis.began));
                else requestAnimationFrame(look);
              };
              look();
            }),
        ),
      );
    }
    ms.sort((a, b) => a - b);
    console.log(`${what.padEnd(44)} ${ms[3].toFixed(0).padStart(5)} ms median, ${ms[6].toFixed(0).padStart(5)} ms worst of 7${name ?? ''}`);
  };
  const click = (selector) => page.evaluate((where) => document.querySelector(where).click(), selector);
  await timed('first rows of the list, 3 s after the page before', async () => {
    await page.goto('/data/features');
    await page.locator('nav a[href="/accounts"]').waitFor();
    await page.waitForTimeout(3000); // who looks at a page before the next
    await page.evaluate(() => {
      globalThis.began = performance.now();
      globalThis.before = '';
    });
    await click('nav a[href="/accounts"]');
  });
  const heads = { name: 1, arr: 5, renewal: 6 };
  for (const [name, at] of Object.entries(heads))
    await timed(`sort by ${name}, one way and the other`, async () => {
      await page.evaluate((i) => document.querySelectorAll('[role=columnheader]')[i].querySelector('button').click(), at);
    });
} finally {
  await browser.close();
  server.removeAllListeners('exit');
  server.stdin.end();
}
