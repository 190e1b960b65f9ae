// kill -9 during ingest: what was acknowledged is there once, what was never sent is not. The client keeps sending what was
// not acknowledged, under the same message ids, as real clients do.
import assert from 'node:assert/strict';
import test from 'node:test';
import { applied, company, eventsOf, full, key, request, serve, until, vafaJson, vafaOk } from '../harness/vafa.mjs';

const kills = full ? 200 : 20;
const batchSize = 50;
const clients = 4;

test(`${kills} kills during ingest: 0 lost, 0 doubled`, async (t) => {
  const folder = company(t);
  const secret = key(folder, 'server');
  const sent = new Set();
  const acked = new Set();
  let batches = 0;
  let random = 12345;
  const next = () => (random = (random * 1103515245 + 12345) % 2147483648) / 2147483648;

  const makeBatch = () =>
    Array.from({ length: batchSize }, () => {
      const id = `m-${sent.size}`;
      sent.add(id);
      return {
        type: 'track', event: `Feature ${sent.size % 7}`, userId: `u${sent.size % 100}`, messageId: id,
        timestamp: new Date(Date.UTC(2026, 0, 1) + sent.size * 1000).toISOString(),
        context: { groupId: `k${sent.size % 40}` }, properties: { n: sent.size },
      };
    });
  const waiting = Array.from({ length: clients }, makeBatch);

  for (let round = 0; round < kills; round++) {
    const server = await serve(t, folder);
    let alive = true;
    const send = async (client) => {
      while (alive) {
        try {
          const answer = await request(
            { host: '127.0.0.1', port: server.port, method: 'POST', path: '/v1/batch' },
            { writeKey: secret, batch: waiting[client] },
          );
          assert.equal(answer.status, 200, answer.text);
          for (const event of waiting[client]) acked.add(event.messageId);
          batches++;
          // Now and then a client sends again what was acknowledged: a lost reply.
          if (next() > 0.1) waiting[client] = makeBatch();
        } catch (error) {
          if (error.code === 'ERR_ASSERTION') throw error;
          return; // the server is gone; the batch goes to the next one
        }
      }
    };
    const work = Promise.all(waiting.map((_, client) => send(client)));
    const target = batches + 1 + Math.floor(next() * 12);
    await until('batches acknowledged', () => batches >= target);
    await server.stop('SIGKILL');
    alive = false;
    await work;
  }

  const server = await serve(t, folder);
  await applied(server);
  const stored = (await eventsOf(server)).map((event) => event.message_id);
  const distinct = new Set(stored);
  const lost = [...acked].filter((id) => !distinct.has(id));
  const invented = stored.filter((id) => !sent.has(id));
  t.diagnostic(`FIGURE kills=${kills} acked=${acked.size} lost=${lost.length} doubled=${stored.length - distinct.size}`);
  assert.deepEqual(lost, []);
  assert.equal(stored.length, distinct.size, 'an event is stored twice');
  assert.deepEqual(invented, []);
  // The other read paths agree: the rollups count each event once.
  assert.equal((await server.api('GET', '/api/v1/usage?period=2026')).json.events, stored.length);
  await server.stop();
  assert.equal(vafaJson('usage', folder, '--period', '2026').events, stored.length);
  vafaOk('check', folder);
});
