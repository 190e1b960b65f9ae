// What tests need of a running Vafa: a folder of its own, the real binary, a server on a free loopback port.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const root = process.env.VAFA_ROOT ?? path.resolve(import.meta.dirname, '../..');
export const binary = process.env.VAFA_BIN ?? path.join(root, 'build/vafa');
export const full = Boolean(process.env.VAFA_FULL);
export const shared = process.env.VAFA_SHARED ?? path.resolve(root, '../shared');
const sharedFile = (name) => path.join(shared, 'data', name);

/** The path of a file of the shared data, or a reason to skip: `test('…', { skip: data.skip }, …)`. */
export function sharedData(name) {
  const file = sharedFile(name);
  return existsSync(file) ? { file, skip: false } : { file, skip: `${name} of the shared data is not on this machine` };
}

/** Runs a command to its end: { code, out, err }. */
export function vafa(...words) {
  const options = typeof words.at(-1) === 'object' ? words.pop() : {};
  const done = spawnSync(binary, words, { encoding: 'utf8', maxBuffer: 1 << 30, ...options });
  if (done.error) throw done.error;
  return { code: done.status ?? `signal ${done.signal}`, out: done.stdout, err: done.stderr };
}

/** As vafa(), but fails the test unless the command ends with 0; returns what it printed. */
export function vafaOk(...words) {
  const done = vafa(...words);
  if (done.code !== 0) throw new Error(`vafa ${words.join(' ')} ended with ${done.code}\n${done.out}${done.err}`);
  return done.out;
}

export const vafaJson = (...words) => JSON.parse(vafaOk(...words, '--format', 'json'));

// What runs for a test. Hooks run in the order of their making, and one that fails drops those behind it: a folder that is removed under a
// running server would leave the server behind for ever. So the folder's own hook ends the servers first.
const running = new WeakMap();
/** stop() ends something of the test, before all that was handed over earlier: a client goes before its server. */
export const endsWith = (t, stop) => running.set(t, [stop, ...(running.get(t) ?? [])]);
const stopAll = async (t) => {
  for (const stop of running.get(t) ?? []) await stop('SIGKILL');
};

/** A temporary folder that goes when the test ends, after its servers. */
export function temporary(t) {
  const folder = mkdtempSync(path.join(tmpdir(), 'vafa-'));
  t.after(async () => {
    await stopAll(t);
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });
  return folder;
}

/** A fresh company. Options are those of `vafa init`. */
export function company(t, options = {}) {
  const folder = path.join(temporary(t), 'data');
  const given = { name: 'Sample Company', 'time-zone': 'Europe/Berlin', calendar: 'gregorian', language: 'en', ...options };
  vafaOk('init', folder, ...Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]));
  return folder;
}

/** Serves a folder; resolves when it answers. Ends with the test. { through, env }: a command that starts it, its surroundings. */
export async function serve(t, folder, ...more) {
  const { through = [], env = process.env } = typeof more.at(-1) === 'object' ? more.pop() : {};
  const [command, ...words] = [...through, binary, 'serve', folder, '--listen', '127.0.0.1:0', ...more];
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const server = { child, folder, log: '', port: 0 };
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  server.stop = async (signal = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return ended;
  };
  endsWith(t, server.stop);
  t.after(() => server.stop('SIGKILL')); // for a folder that is no test's own
  await new Promise((resolve, reject) => {
    const read = (chunk) => {
      server.log += chunk;
      const at = /http:\/\/127\.0\.0\.1:(\d+)/.exec(server.log);
      if (at && !server.port) {
        server.port = Number(at[1]);
        resolve();
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    ended.then((why) => reject(new Error(`vafa serve ended with ${why}\n${server.log}`)));
  });
  server.url = `http://127.0.0.1:${server.port}`;
  // Over the folder's socket a request speaks with the rights of the folder's owner.
  server.api = (method, where, body, headers = {}) =>
    request({ socketPath: path.join(folder, 'vafa.sock'), method, path: where }, body, headers);
  return server;
}

/** One HTTP request: { status, headers, text, json }. A large body goes in parts, and no further once the answer is there: a server
 * refuses what is too large by its headers and hangs up, and whoever goes on writing loses the answer. */
export function request(target, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const sent = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const bytes = sent === undefined ? Buffer.alloc(0) : Buffer.from(sent);
    const length = sent === undefined ? {} : { 'content-type': 'application/json', 'content-length': bytes.length };
    let answered = false;
    const call = http.request({ ...target, headers: { ...length, ...headers } }, (answer) => {
      answered = true;
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        let json;
        try {
          json = JSON.parse(text);
        } catch {
          json = undefined;
        }
        resolve({ status: answer.statusCode, headers: answer.headers, text, json });
      });
    });
    call.on('error', (error) => {
      if (!answered) reject(error);
    });
    const part = 64 << 10;
    const write = (from) => {
      if (answered || call.destroyed) return;
      if (from + part >= bytes.length) call.end(bytes.subarray(from));
      else call.write(bytes.subarray(from, from + part), () => setTimeout(write, 1, from + part));
    };
    write(0);
  });
}

/** Asks until a condition holds: for what happens behind an acknowledgement. Fails after the limit. */
export async function until(what, ask, limit = 60_000) {
  const end = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${limit} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A key for the track API or the API: its secret. */
export const key = (folder, kind, name = kind) => vafaJson('keys', 'create', folder, '--name', name, '--kind', kind).secret;

/** Waits until everything acknowledged is readable. */
export const applied = (server) => until('everything applied', async () => {
  const answer = await server.api('GET', '/api/v1/ingest');
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json.backlog_bytes === 0;
});

/** Every event of a server, read page by page. */
export async function eventsOf(server) {
  const events = [];
  for (let cursor = ''; ;) {
    const answer = await server.api('GET', `/api/v1/events?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    if (answer.status !== 200) throw new Error(answer.text);
    events.push(...answer.json.data);
    if (!answer.json.has_more) return events;
    cursor = answer.json.next_cursor;
  }
}
