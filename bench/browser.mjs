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

  /** From the click on what `selector` finds to the frame in which the first row is another one; all in the page, without the way to it. */
  const timed = async (what, selector, prepare = async () => {}) => {
    const ms = [];
    for (let i = 0; i < 7; i++) {
      await prepare(i);
      ms.push(
        await page.evaluate(
          (selector) =>
            new Promise((tell) => {
              const row = () => document.querySelector('[role=grid] [data-index="0"]')?.textContent ?? '';
              const before = row();
              const began = performance.now();
              document.querySelector(selector).click();
              const look = () => {
                if (row() && row() !== before && !document.querySelector('[data-refreshing]')) requestAnimationFrame(() => tell(performance.now() - began));
                else requestAnimationFrame(look);
              };
              look();
            }),
          selector,
        ),
      );
    }
    ms.sort((a, b) => a - b);
    console.log(`${what.padEnd(52)} ${ms[3].toFixed(0).padStart(5)} ms median, ${ms[6].toFixed(0).padStart(5)} ms worst of 7`);
  };
  const accounts = 'nav a[href="/accounts"]';
  await timed('first rows, 3 s after the application was loaded', accounts, async () => {
    await page.goto('/data/features');
    await page.locator(accounts).waitFor();
    await page.waitForTimeout(3000); // who looks at a page before the next
  });
  await timed('first rows, from page to page', accounts, async (i) => {
    await page.locator(`nav a[href="${i % 2 ? '/insight' : '/data'}"]`).click();
    await page.waitForURL((url) => url.pathname !== '/accounts');
    await page.waitForTimeout(1500);
  });
  for (const [name, at] of Object.entries({ name: 2, arr: 6, renewal: 7 }))
    await timed(`sort by ${name}, one way and the other`, `[role=columnheader]:nth-child(${at}) button`);
} finally {
  await browser.close();
  server.removeAllListeners('exit');
  server.stdin.end();
}
