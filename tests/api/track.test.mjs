// The track API as its real clients use it: an unmodified @segment/analytics-node, and by hand the addresses, keys and encodings of others.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { company, key, request, root, serve, until, vafaJson } from '../harness/vafa.mjs';

const { Analytics } = createRequire(path.join(root, 'package.json'))('@segment/analytics-node');

const basic = (secret) => ({ authorization: `Basic ${Buffer.from(`${secret}:`).toString('base64')}` });

async function served(t) {
  const folder = company(t, { 'time-zone': 'UTC' });
  const server = { secret: key(folder, 'server', 'app'), web: key(folder, 'browser', 'web') };
  Object.assign(server, await serve(t, folder));
  server.post = (where, body, headers = {}) =>
    request({ host: '127.0.0.1', port: server.port, method: 'POST', path: where }, body, headers);
  server.events = async (n, query = '') =>
    until(`${n} events`, async () => {
      const answer = await server.api('GET', `/api/v1/events?limit=500${query}`);
      assert.equal(answer.status, 200, answer.text);
      return answer.json.data.length >= n && answer.json.data;
    });
  // A new key leads to its account a moment after its first event can be listed.
  server.assigned = async (n) => until(`${n} events of accounts`, async () => {
    const events = await server.events(n);
    return events.every((event) => event.account) && events;
  });
  server.rejected = async (n) =>
    until(`${n} rejected events`, async () => {
      const answer = await server.api('GET', '/api/v1/rejected');
      assert.equal(answer.status, 200, answer.text);
      return answer.json.data.length >= n && answer.json.data;
    });
  return server;
}

test('an unmodified @segment/analytics-node delivers', async (t) => {
  const server = await served(t);
  const analytics = new Analytics({ writeKey: server.secret, host: server.url, flushAt: 5 });
  const failures = [];
  analytics.on('error', (error) => failures.push(error));
  const timestamp = new Date('2026-01-05T10:00:00.123Z');
  analytics.identify({ userId: 'u1', traits: { name: 'Mina', email: 'mina@example.com' } });
  analytics.group({ userId: 'u1', groupId: 'acme', traits: { name: 'Acme', plan: 'pro' }, timestamp: new Date('2026-01-01T00:00:00Z') });
  for (let i = 0; i < 20; i++) {
    analytics.track({ userId: 'u1', event: 'Report Exported', timestamp, properties: { n: i, title: 'گزارش «۱»' }, context: { groupId: 'acme' } });
  }
  analytics.page({ userId: 'u1', name: 'Home', timestamp });
  analytics.track({ userId: 'u1', event: 'Without group', timestamp });
  await analytics.closeAndFlush();
  assert.deepEqual(failures, []);
  const events = await server.assigned(22);
  assert.equal(events.length, 22);
  assert.ok(events.every((event) => event.account === 'acme' && event.user_key === 'u1' && event.source === 'app'));
  assert.ok(events.every((event) => event.occurred === '2026-01-05T10:00:00.123Z' && !event.time_corrected));
  const exported = events.filter((event) => event.name === 'Report Exported');
  assert.deepEqual(exported.map((event) => event.properties.n).sort((a, b) => a - b), [...Array(20).keys()]);
  assert.equal(exported[0].properties.title, 'گزارش «۱»');
  assert.equal(events.find((event) => event.name === 'Page Viewed').properties.page_name, 'Home');
});

test('new people of a known account are in segments of contacts', async (t) => {
  const server = await served(t);
  const put = await server.api('PUT', '/api/v1/segments/ours', {
    holds: 'contacts', title_en: 'Ours', title_fa: 'ما', rule: { fact: 'email_domain', is: '=', value: 'new.example' },
  });
  assert.equal(put.status, 201, put.text);
  const members = async () => (await server.api('GET', '/api/v1/segments/ours')).json.members;
  const join = (userId) => [
    { type: 'identify', userId, traits: { email: `${userId}@new.example` } },
    { type: 'group', userId, groupId: 'acme' },
  ];
  assert.equal((await server.post('/v1/batch', { batch: join('first') }, basic(server.secret))).status, 200);
  await until('the first', async () => (await members()) === 1);
  // The account is known by now: nothing of it changes but its people.
  const people = Array.from({ length: 7 }, (_, i) => join(`u${i}`)).flat();
  assert.equal((await server.post('/v1/batch', { batch: people }, basic(server.secret))).status, 200);
  await until('all of them', async () => (await members()) === 8);
});

test('every address takes its call', async (t) => {
  const server = await served(t);
  const calls = { track: { event: 'x' }, identify: {}, group: { groupId: 'g' }, page: {}, screen: {}, alias: { previousId: 'old' } };
  const short = { track: 't', identify: 'i', group: 'g', page: 'p', screen: 's', alias: 'a' };
  for (const [call, more] of Object.entries(calls)) {
    for (const where of [`/v1/${call}`, `/v1/${short[call]}`, `/api/s/${call}`, `/v1/${call}/`]) {
      const answer = await server.post(where, { userId: 'u', messageId: where, ...more }, basic(server.secret));
      assert.equal(answer.status, 200, `${where}: ${answer.text}`);
      assert.deepEqual(answer.json, { success: true });
    }
  }
  for (const where of ['/v1/batch', '/v1/b', '/batch', '/batch/', '/v1/batch/']) {
    const body = { writeKey: server.secret, batch: [{ type: 'track', event: 'in a batch', userId: 'u', messageId: where }] };
    assert.equal((await server.post(where, body)).status, 200, where);
  }
  // track, page and screen at four addresses each, and one event in each of the five batches
  assert.equal((await server.events(17)).length, 17);
  assert.equal((await server.api('GET', '/api/v1/rejected')).json.data.length, 0);
});

test('keys: where clients put them, and unknown ones', async (t) => {
  const server = await served(t);
  const event = (id) => ({ type: 'track', event: 'x', userId: 'u', messageId: id });
  const bare = Buffer.from(server.secret).toString('base64');
  const good = [
    [{ batch: [event('1')] }, basic(server.secret)],
    [{ batch: [event('2')] }, { authorization: `Basic ${bare}` }],
    [{ batch: [event('3')] }, { 'x-write-key': server.secret }],
    [{ batch: [event('4')], writeKey: 'masked***' }, { 'x-write-key': server.secret }],
    [{ batch: [event('5')], writeKey: server.secret }, {}],
    [{ batch: [event('6')], writeKey: server.secret }, { authorization: 'Bearer token-of-somebody' }],
    [{ api_key: server.secret, batch: [{ event: 'x', distinct_id: 'u', uuid: '7' }] }, {}],
  ];
  for (const [body, headers] of good) {
    const answer = await server.post('/v1/batch', body, headers);
    assert.equal(answer.status, 200, JSON.stringify(headers) + answer.text);
  }
  for (const [body, headers] of [
    [{ batch: [event('8')] }, {}],
    [{ batch: [event('8')] }, basic('vafa_unknown')],
    [{ batch: [event('8')], writeKey: server.secret }, basic('vafa_unknown')],
    [{ batch: [event('8')], writeKey: 7 }, {}],
  ]) {
    const answer = await server.post('/v1/batch', body, headers);
    assert.equal(answer.status, 401, answer.text);
    assert.equal(answer.json.code, 'write_key_unknown');
  }
  assert.equal((await server.events(7)).length, 7);
});

test('gzip, under any content type; damaged and too large bodies', async (t) => {
  const server = await served(t);
  const body = JSON.stringify({ batch: [{ type: 'track', event: 'x', userId: 'u', messageId: 'z', originalTimestamp: '2026-01-01T00:00:00Z' }] });
  const headers = { ...basic(server.secret), 'content-encoding': 'gzip', 'content-type': 'application/x-www-form-urlencoded' };
  assert.equal((await server.post('/v1/batch', gzipSync(body), headers)).status, 200);
  assert.equal((await server.post('/v1/batch', body, { ...basic(server.secret), 'content-type': 'text/plain' })).status, 200);
  assert.equal((await server.events(1)).length, 1);
  assert.equal((await server.post('/v1/batch', gzipSync(body).subarray(0, 40), headers)).status, 400);
  const bomb = gzipSync(Buffer.alloc(64 << 20, 32));
  assert.equal((await server.post('/v1/batch', bomb, headers)).status, 413);
  for (const [text, code] of [
    ['{"batch":[', 'invalid_json_at'], ['', 'invalid_json'], ['{"batch":"x', 'invalid_json'], ['[]', 'invalid_json_at'], ['{"batch":{}}', 'batch_missing'], ['{}', 'batch_missing'],
  ]) {
    const answer = await server.post('/v1/batch', text, basic(server.secret));
    assert.equal(answer.status, 400, text);
    assert.equal(answer.json.code, code, text);
  }
  const huge = { batch: [{ type: 'track', event: 'x', userId: 'u', properties: { text: 'x'.repeat(33 << 10) } }] };
  const many = { batch: Array.from({ length: 1001 }, () => ({ type: 'track', event: 'x', userId: 'u' })) };
  for (const [large, code] of [[huge, 'body_event_too_large'], [many, 'too_many_events']]) {
    for (const [where, status] of [['/v1/batch', 400], ['/batch/', 413]]) {
      const answer = await server.post(where, large, basic(server.secret));
      assert.deepEqual([answer.status, answer.json.code], [status, code]);
    }
  }
  assert.equal((await server.post('/v1/track', { event: 'x', userId: 'u', properties: { text: 'x'.repeat(33 << 10) } }, basic(server.secret))).status, 400);
});

test('browsers: settings, preflight, text/plain, origins, and what a browser key may not do', async (t) => {
  const server = await served(t);
  const settings = await request({ host: '127.0.0.1', port: server.port, method: 'GET', path: `/v1/projects/${server.web}/settings` });
  assert.equal(settings.status, 200);
  assert.equal(settings.json.integrations['Segment.io'].apiKey, server.web);
  assert.equal(settings.json.integrations['Segment.io'].apiHost, `127.0.0.1:${server.port}/v1`);
  assert.equal(settings.json.integrations['Segment.io'].protocol, 'http');
  const preflight = await request({ host: '127.0.0.1', port: server.port, method: 'OPTIONS', path: '/v1/t' }, undefined, {
    origin: 'https://app.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization',
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], '*');
  assert.match(preflight.headers['access-control-allow-headers'], /authorization, content-type.*x-write-key/);
  const web = { ...basic(server.web), 'content-type': 'text/plain', origin: 'https://app.example' };
  const send = (where, body) => server.post(where, { writeKey: server.web, ...body }, web);
  assert.equal((await send('/v1/t', { event: 'x', anonymousId: 'a1', messageId: '1', context: { groupId: 'acme' } })).status, 200);
  const answer = await send('/v1/g', { groupId: 'acme', userId: 'u1', traits: { plan: 'enterprise', name: 'Not the name' } });
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assert.equal((await server.events(1))[0].browser, true);
  await until('the traits', async () => (await server.api('GET', '/api/v1/accounts/acme/traits')).text.includes('web.plan'));
  const account = (await server.api('GET', '/api/v1/accounts/acme')).json;
  assert.equal(account.name, 'acme');
  assert.equal(account.plan, null);
  await send('/v1/i', { userId: 'u2' });
  await send('/v1/a', { previousId: 'u1', userId: 'u2' });
  assert.equal((await server.rejected(1))[0].code, 'event_browser_alias');
});

test('a key with origins serves their pages alone', async (t) => {
  const folder = company(t);
  const secret = vafaJson('keys', 'create', folder, '--name', 'site', '--kind', 'browser', '--origins', 'https://app.example').secret;
  const server = await serve(t, folder);
  const post = (origin) =>
    request({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/v1/t' }, { event: 'x', userId: 'u' }, { ...basic(secret), origin });
  assert.equal((await post('https://app.example')).status, 200);
  const refused = await post('https://elsewhere.example');
  assert.equal(refused.status, 403);
  assert.equal(refused.json.code, 'origin_not_allowed');
});

test('rejected events: answered with 200, kept with their reason, replayed once they can be taken', async (t) => {
  const server = await served(t);
  const batch = [
    { type: 'track', event: 'good', userId: 'u', messageId: '1' },
    { type: 'track', event: 'nobody', messageId: '2' },
    { type: 'nod', userId: 'u', messageId: '3' },
    { type: 'track', event: 'when?', userId: 'u', messageId: '4', timestamp: '1404-12-30' },
  ];
  assert.equal((await server.post('/v1/batch', { batch }, basic(server.secret))).status, 200);
  const rows = await server.rejected(3);
  assert.deepEqual(rows.map((row) => row.code).sort(), ['event_nobody', 'event_time_too_old', 'event_type_unknown']);
  assert.deepEqual(JSON.parse(rows.find((row) => row.code === 'event_nobody').raw), batch[1]);
  const persian = await server.api('GET', '/api/v1/rejected?lang=fa');
  assert.ok(persian.json.data.every((row) => /[\u0600-\u06ff]/.test(row.message)));
  const again = await server.api('POST', '/api/v1/rejected/replay', { all: true });
  assert.deepEqual([again.status, again.json.replayed], [200, 3]);
  assert.ok((await server.rejected(3)).every((row) => row.times === 2 && row.replayed_at === null)); // still wrong: they stay
  assert.equal((await server.api('POST', '/api/v1/rejected/replay', { id: '00000000-0000-7000-8000-000000000000' })).status, 404);
  assert.equal((await server.events(1)).length, 1);
});

test('events: by account, user, day and page by page', async (t) => {
  const server = await served(t);
  const batch = Array.from({ length: 60 }, (_, i) => ({
    type: 'track', event: 'e', userId: `u${i % 3}`, messageId: `m${i}`, timestamp: new Date(Date.UTC(2026, 0, 1 + (i % 10), 12)).toISOString(),
    context: { groupId: `k${i % 2}` },
  }));
  await server.post('/v1/batch', { batch }, basic(server.secret));
  await server.assigned(60);
  const seen = new Set();
  let cursor = '';
  let last = '9';
  for (let pages = 0; pages < 9; pages++) {
    const page = (await server.api('GET', `/api/v1/events?limit=7&account=k1${cursor}`)).json;
    for (const row of page.data) {
      assert.equal(row.account, 'k1');
      assert.ok(row.occurred <= last);
      last = row.occurred;
      seen.add(row.message_id);
    }
    if (!page.has_more) break;
    cursor = `&cursor=${page.next_cursor}`;
  }
  assert.equal(seen.size, 30);
  const count = async (query) => (await server.api('GET', `/api/v1/events?limit=500&${query}`)).json.data.length;
  assert.equal(await count('user=u1'), 20);
  assert.equal(await count('user=nobody'), 0);
  assert.equal(await count('since=2026-01-09'), 12);
  assert.equal(await count('until=2026-01-02'), 6);
  assert.equal(await count('unassigned=1'), 0);
  for (const wrong of ['account=unknown', 'since=2026-02-30', 'limit=0', 'cursor=x']) {
    assert.ok((await server.api('GET', `/api/v1/events?${wrong}`)).status >= 400, wrong);
  }
});
