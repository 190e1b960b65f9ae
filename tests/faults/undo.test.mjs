// kill -9 in the middle of an undo: it goes on at the next start, takes back what nobody changed, and takes nothing back twice.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { applied, company, serve, temporary, until, vafaJson, vafaOk } from '../harness/vafa.mjs';

const rows = 6000;

const moving = (one) => ['waiting', 'running'].includes(one.undo);

test('kills during an undo of records: every row is taken back once', async (t) => {
  const folder = company(t);
  const file = path.join(temporary(t), 'accounts.csv');
  writeFileSync(file, `key,name\n${Array.from({ length: rows }, (_, i) => `A${i},Customer ${i}`).join('\n')}\n`);
  vafaOk('import', 'accounts', folder, file);
  const [{ id }] = vafaJson('imports', folder).data;
  let server = await serve(t, folder);
  // One of them is changed by hand: it must stay, whenever the process dies.
  const touched = (await server.api('GET', '/api/v1/accounts/A17')).json;
  assert.equal((await server.api('PATCH', `/api/v1/accounts/${touched.id}`, { stage: 'adopting' }, { 'if-match': '*' })).status, 200);
  assert.equal((await server.api('POST', `/api/v1/imports/${id}/undo`)).status, 202);
  let kills = 0;
  for (let before = 0; ; kills++) {
    const seen = await until('the undo moves', async () => {
      const one = (await server.api('GET', `/api/v1/imports/${id}`)).json;
      return !moving(one) || one.undo_done > before ? one : null;
    });
    if (!moving(seen)) break;
    before = seen.undo_done;
    await server.stop('SIGKILL');
    server = await serve(t, folder);
  }
  const after = (await server.api('GET', `/api/v1/imports/${id}`)).json;
  t.diagnostic(`FIGURE kills=${kills} rows=${rows} kept=${after.undo_kept}`);
  assert.ok(kills >= 1, 'the undo ended before it could be killed');
  assert.equal(after.undo, 'done');
  assert.equal(after.undo_total, rows);
  assert.equal(after.undo_kept, 1);
  const left = (await server.api('GET', '/api/v1/accounts?limit=500')).json.data;
  assert.deepEqual(left.map((one) => one.key), ['A17']);
  await server.stop();
  vafaOk('check', folder);
});

test('a kill during an undo of usage: the events of the import are gone, the others are not', async (t) => {
  const folder = company(t);
  const at = temporary(t);
  const line = (i) => `A${i % 50},u${i % 300},2026-01-${String(1 + (i % 28)).padStart(2, '0')}T08:${String(i % 60).padStart(2, '0')}:00Z,feature_${i % 9},${1 + (i % 3)}`;
  const write = (name, from, to) => {
    const file = path.join(at, name);
    writeFileSync(file, `account,user,time,event,count\n${Array.from({ length: to - from }, (_, i) => line(from + i)).join('\n')}\n`);
    return file;
  };
  // 60,000 rows: three frames of the journal.
  vafaOk('import', 'events', folder, write('kept.csv', 0, 500), '--source', 'kept');
  vafaOk('import', 'events', folder, write('undone.csv', 1000, 61_000), '--source', 'undone');
  const { id } = vafaJson('imports', folder).data.find((one) => one.source === 'undone');
  const sum = (from, to) => Array.from({ length: to - from }, (_, i) => 1 + ((from + i) % 3)).reduce((a, b) => a + b, 0);
  let server = await serve(t, folder);
  assert.equal((await server.api('GET', '/api/v1/usage?period=2026-01')).json.events, sum(0, 500) + sum(1000, 61_000));
  assert.equal((await server.api('POST', `/api/v1/imports/${id}/undo`)).status, 202);
  await server.stop('SIGKILL');
  server = await serve(t, folder);
  const after = await until('the undo ends', async () => {
    const one = (await server.api('GET', `/api/v1/imports/${id}`)).json;
    return moving(one) ? null : one;
  });
  assert.equal(after.undo, 'done');
  assert.equal(after.undo_kept, 0);
  await applied(server);
  assert.equal((await server.api('GET', '/api/v1/usage?period=2026-01')).json.events, sum(0, 500));
  await server.stop();
  vafaOk('check', folder);
});
