// A sync that fails once: the senders of that group get 503 and nothing of it is kept; sent again under the same message ids, every
// event is stored once. The fault is put between the program and the system by strace, in every thread at its nth fdatasync: the
// journal's commits and the record store's.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { applied, company, eventsOf, key, request, root, serve, temporary, vafaJson } from '../harness/vafa.mjs';

const clients = 8;
const bodies = 40; // by each client, one after the other: at least so many groups
const events = 20; // in each body

const through = (trace, when) => ['strace', '-D', '-f', '-qq', '-o', trace, '-e', 'trace=fdatasync', '-e', `inject=fdatasync:error=EIO:when=${when}`];

/** Why faults cannot be injected here, or false. */
function cannotInject() {
  const done = spawnSync('strace', [...through('/dev/null', 1).slice(2), 'sync', '-d', path.join(root, 'LICENSE')], { encoding: 'utf8' });
  if (done.error) return 'strace is not installed';
  return done.stderr.includes('Input/output error') ? false : `strace cannot trace here: ${done.stderr.trim()}`;
}

for (const when of [4, 9, 25]) { // opening the folder takes fewer than four
  test(`fdatasync ${when} of every thread fails: 503, and sent again nothing is lost or doubled`, { skip: cannotInject() }, async (t) => {
    const folder = company(t);
    const secret = key(folder, 'server');
    const trace = path.join(temporary(t), 'trace');
    // The sanitizers' leak check cannot run while another program traces.
    const env = { ...process.env, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:detect_leaks=0` };
    const server = await serve(t, folder, { through: through(trace, when), env });
    const sent = [];
    let refused = 0;

    const send = async (client) => {
      for (let body = 0; body < bodies; body++) {
        const batch = Array.from({ length: events }, (_, i) => ({
          type: 'track', event: `Feature ${i % 7}`, userId: `u${client}-${i}`, messageId: `${client}-${body}-${i}`,
          timestamp: new Date(Date.UTC(2026, 0, 1 + body)).toISOString(), context: { groupId: `k${client}` }, properties: { body },
        }));
        sent.push(...batch.map((event) => event.messageId));
        for (;;) {
          const answer = await request(
            { host: '127.0.0.1', port: server.port, method: 'POST', path: '/v1/batch' }, { writeKey: secret, batch });
          if (answer.status === 200) break;
          assert.equal(answer.status, 503, answer.text);
          assert.equal(answer.json.code, 'write_failed');
          refused++;
        }
      }
    };
    await Promise.all(Array.from({ length: clients }, (_, client) => send(client)));
    assert.match(readFileSync(trace, 'latin1'), /EIO.*INJECTED/);
    assert.ok(refused >= 1 && refused <= clients, `${refused} requests were answered with 503`);

    await applied(server);
    const check = async (from) => {
      const stored = (await eventsOf(from)).map((event) => event.message_id);
      assert.deepEqual(stored.sort(), [...sent].sort());
      assert.equal((await from.api('GET', '/api/v1/usage?period=2026')).json.events, sent.length);
    };
    await check(server);
    t.diagnostic(`FIGURE sync=${when} acked=${sent.length} refused=${refused * events} lost=0 doubled=0`);

    // What the disk may hold of the group that failed does not come back.
    await server.stop('SIGKILL');
    const again = await serve(t, folder);
    await applied(again);
    await check(again);
    await again.stop();
    assert.equal(vafaJson('usage', folder, '--period', '2026').events, sent.length);
  });
}

test('a journal that cannot be read for a while: the applier tries again, nothing is lost or doubled', { skip: cannotInject() }, async (t) => {
  const folder = company(t);
  const secret = key(folder, 'server');
  const send = async (server, name) => {
    const batch = Array.from({ length: events }, (_, i) => ({
      type: 'track', event: 'Export', userId: `u${i}`, messageId: `${name}-${i}`, timestamp: '2026-01-05T10:00:00Z', context: { groupId: 'k' },
    }));
    const answer = await request({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/v1/batch' }, { writeKey: secret, batch });
    assert.equal(answer.status, 200, answer.text);
  };
  const before = await serve(t, folder);
  await send(before, 'a');
  await applied(before);
  await before.stop();

  const trace = path.join(temporary(t), 'trace');
  const files = readdirSync(path.join(folder, 'journal')).flatMap((name) => ['-P', path.join(folder, 'journal', name)]);
  const command = ['strace', '-D', '-f', '-qq', '-o', trace, ...files, '-e', 'trace=pread64', '-e', 'inject=pread64:error=EIO:when=20..21'];
  const env = { ...process.env, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:detect_leaks=0` };
  // Counted in each thread: opening the folder reads the journal too, but fewer times; the applier reads for each body.
  const server = await serve(t, folder, { through: command, env });
  const names = Array.from({ length: 24 }, (_, i) => `b${i}`);
  for (const name of names) {
    await send(server, name);
    await applied(server);
  }
  assert.match(readFileSync(trace, 'latin1'), /EIO.*INJECTED/);
  const stored = (await eventsOf(server)).map((event) => event.message_id);
  assert.deepEqual(stored.sort(), ['a', ...names].flatMap((name) => Array.from({ length: events }, (_, i) => `${name}-${i}`)).sort());
  await server.stop();
});
