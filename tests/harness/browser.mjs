// A page in a real browser (Debian's chromium), led through its debugging pipe; tests without one say so and are skipped.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { temporary, until } from './vafa.mjs';

const chromium = process.env.VAFA_CHROMIUM ?? '/usr/bin/chromium';
export const browserSkip = existsSync(chromium) ? false : `${chromium} is not on this machine: pages are not tested in a browser`;

/** Opens an address. page.run(expression) gives its value, page.until(what, expression) waits until it is true. Ends with the test. */
export async function browse(t, address) {
  let child, ended;
  t.after(async () => { // before its folder goes
    if (child?.exitCode === null) process.kill(-child.pid, 'SIGKILL'); // with its helpers, which write on otherwise
    await ended;
  });
  const profile = temporary(t);
  child = spawn(chromium, ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--lang=en', `--user-data-dir=${path.join(profile, 'browser')}`, '--remote-debugging-pipe', 'about:blank'],
  { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true, env: { ...process.env, TZ: 'Asia/Tehran', LANGUAGE: 'en' } });
  ended = new Promise((resolve) => child.once('exit', resolve));
  const [, , , input, output] = child.stdio;
  const waiting = new Map();
  const page = { faults: [] };
  let text = '';
  let last = 0;
  let session;
  output.setEncoding('utf8').on('data', (part) => {
    const messages = (text + part).split('\0');
    text = messages.pop();
    for (const message of messages.map((one) => JSON.parse(one))) {
      if (message.method === 'Runtime.exceptionThrown') page.faults.push(message.params.exceptionDetails.text);
      if (message.method === 'Log.entryAdded' && message.params.entry.source === 'security') page.faults.push(message.params.entry.text);
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    }
  });
  const call = async (method, params = {}) => {
    const id = ++last;
    const answer = new Promise((resolve) => waiting.set(id, resolve));
    input.write(`${JSON.stringify({ id, method, params, sessionId: session })}\0`);
    const { result, error } = await Promise.race([answer, ended.then(() => ({ error: { message: 'the browser ended' } }))]);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  session = (await call('Target.attachToTarget', { targetId, flatten: true })).sessionId;
  await call('Runtime.enable');
  await call('Log.enable');
  await call('Page.enable');
  page.run = async (expression) => {
    const { result, exceptionDetails } = await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  };
  page.until = (what, expression) => until(what, () => page.run(expression), 30_000);
  page.go = (where) => call('Page.navigate', { url: where });
  await page.go(address);
  return page;
}
