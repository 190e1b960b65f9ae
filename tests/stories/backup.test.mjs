// A backup while events arrive, restored elsewhere: everything acknowledged before it began is there, once, and the check passes.
import assert from 'node:assert/strict';
import { closeSync, existsSync, fstatSync, openSync, readSync, readdirSync, writeSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { company, key, request, serve, temporary, until, vafa, vafaJson, vafaOk } from '../harness/vafa.mjs';

const batchSize = 100;

async function storedIds(server) {
  await until('everything applied', async () => (await server.api('GET', '/api/v1/ingest')).json.backlog_bytes === 0);
  const ids = [];
  for (let cursor = ''; ;) {
    const answer = await server.api('GET', `/api/v1/events?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    assert.equal(answer.status, 200, answer.text);
    ids.push(...answer.json.data.map((event) => event.message_id));
    if (!answer.json.has_more) return ids;
    cursor = answer.json.next_cursor;
  }
}

function flip(file) {
  const handle = openSync(file, 'r+');
  const place = Math.floor(fstatSync(handle).size / 2);
  const byte = Buffer.alloc(1);
  readSync(handle, byte, 0, 1, place);
  byte[0] ^= 1;
  writeSync(handle, byte, 0, 1, place);
  closeSync(handle);
}

test('a backup of a company at work', async (t) => {
  const folder = company(t);
  const secret = key(folder, 'server');
  const place = temporary(t);
  const out = path.join(place, 'backup');
  const copy = path.join(place, 'copy');
  const server = await serve(t, folder);
  const acked = new Set();
  const sent = new Set();
  let working = true;
  const send = async () => {
    while (working) {
      const batch = Array.from({ length: batchSize }, () => {
        const id = `m-${sent.size}`;
        sent.add(id);
        return { type: 'track', event: `Feature ${sent.size % 5}`, userId: `u${sent.size % 50}`, messageId: id, context: { groupId: `k${sent.size % 9}` } };
      });
      const answer = await request(
        { host: '127.0.0.1', port: server.port, method: 'POST', path: '/v1/batch' },
        { writeKey: secret, batch },
      );
      assert.equal(answer.status, 200, answer.text);
      for (const event of batch) acked.add(event.messageId);
    }
  };
  const work = Promise.all([send(), send()]);
  await until('some events', () => acked.size >= 3000);
  const before = new Set(acked);
  const made = await server.api('POST', '/api/v1/backup', { to: out });
  assert.equal(made.status, 200, made.text);
  const during = new Set(sent);
  working = false;
  await work;
  assert.ok(acked.size > before.size, 'events went on arriving');

  // Served or not, in use or not empty: refused without a change.
  const inUse = vafa('restore', out, folder, '--replace');
  assert.equal(inUse.code, 3, inUse.err);
  assert.match(inUse.err, /in use by process \d+/);
  assert.equal(vafa('backup', folder, out).code, 1, 'it is there already');

  vafaOk('restore', out, copy);
  vafaOk('check', copy);
  const restored = await serve(t, copy);
  const ids = await storedIds(restored);
  const there = new Set(ids);
  assert.equal(there.size, ids.length, 'an event is there twice');
  assert.deepEqual([...before].filter((id) => !there.has(id)), []);
  assert.deepEqual(ids.filter((id) => !during.has(id)), [], 'an event of after the backup');
  t.diagnostic(`FIGURE acked_before=${before.size} restored=${ids.length} acked_in_the_end=${acked.size}`);
  // Keys and rights came along: the clients may go on here, and what they send again counts once.
  const again = await request(
    { host: '127.0.0.1', port: restored.port, method: 'POST', path: '/v1/batch' },
    { writeKey: secret, batch: [{ type: 'track', event: 'Feature 1', userId: 'u1', messageId: ids[0], context: { groupId: 'k1' } }] },
  );
  assert.equal(again.status, 200, again.text);
  assert.equal((await storedIds(restored)).length, ids.length);
  await restored.stop();

  // The original is as it was.
  assert.equal((await storedIds(server)).length, acked.size);
  await server.stop();
  assert.equal(vafaJson('check', folder).events, acked.size);

  const refused = vafa('restore', out, copy);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /--replace/);
  flip(path.join(out, readdirSync(out).find((name) => name.startsWith('events.'))));
  const damaged = vafa('restore', out, copy, '--replace', '--lang', 'fa');
  assert.equal(damaged.code, 1);
  assert.match(damaged.err, /events\./);
  assert.match(damaged.err, /آسیب/);
  assert.equal(vafaJson('check', copy).events, ids.length);
  assert.ok(!existsSync(path.join(place, 'copy.before-restore')));
});

test('only the machine itself makes backups', async (t) => {
  const folder = company(t);
  const secret = vafaJson('keys', 'create', folder, '--name', 'admin', '--kind', 'api', '--role', 'admin', '--scope', 'all').secret;
  const server = await serve(t, folder);
  const answer = await request(
    { host: '127.0.0.1', port: server.port, method: 'POST', path: '/api/v1/backup' },
    { to: path.join(temporary(t), 'out') },
    { authorization: `Bearer ${secret}` },
  );
  assert.equal(answer.status, 403, answer.text);
});
