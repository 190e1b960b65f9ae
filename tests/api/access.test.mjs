// Signing in with a second factor, what a member likes, and the stream of changes. Codes come from node's own HMAC.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import path from 'node:path';
import test from 'node:test';
import { applied, company, key, request, serve, temporary, until, vafaOk } from '../harness/vafa.mjs';

const password = 'kettle over seven rivers';

const bytesOf = (base32) => {
  const bits = [...base32].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
};
/** RFC 6238: the code of a step from now. */
const codeOf = (secret, ahead = 0) => {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const hash = crypto.createHmac('sha1', bytesOf(secret)).update(counter).digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
};
const persian = (digits) => [...digits].map((digit) => '۰۱۲۳۴۵۶۷۸۹'[digit]).join('');

const caller = (server, headers) => (method, where, body, more = {}) =>
  request({ host: '127.0.0.1', port: server.port, method, path: where }, body, { origin: server.url, ...headers, ...more });

async function member(server, name, more = {}) {
  const email = `${name}@vafa.example`;
  const made = await server.api('POST', '/api/v1/members', { name, email, role: 'csm', ...more });
  assert.equal(made.status, 201, made.text);
  const { token } = (await server.api('POST', `/api/v1/members/${email}/reset`)).json;
  assert.equal((await caller(server)('POST', '/api/v1/password', { token, password })).status, 204);
  return { id: made.json.id, email };
}

const cookieOf = (answer) => ({ cookie: answer.headers['set-cookie'][0].split(';')[0] });

async function signIn(server, { email }) {
  const answer = await caller(server)('POST', '/api/v1/session', { email, password });
  assert.equal(answer.status, 200, answer.text);
  return caller(server, cookieOf(answer));
}

async function setUp(call) {
  const begun = await call('POST', '/api/v1/me/second-factor', { password });
  assert.equal(begun.status, 201, begun.text);
  const confirmed = await call('POST', '/api/v1/me/second-factor/confirm', { code: persian(codeOf(begun.json.secret, -1)) });
  assert.equal(confirmed.status, 200, confirmed.text);
  return { ...begun.json, codes: confirmed.json.recovery_codes };
}

test('a second factor is set up with the password, confirmed with a code, asked for at sign-in, and each code counts once', async (t) => {
  const server = await serve(t, company(t, { name: 'Quillhaven' }));
  const mina = await member(server, 'mina');
  const call = await signIn(server, mina), other = await signIn(server, mina);
  assert.equal((await call('POST', '/api/v1/me/second-factor', { password: 'not this one at all' })).json.errors[0].pointer, '/password');
  const { secret, uri, codes } = await setUp(call);
  assert.match(uri, /^otpauth:\/\/totp\/Vafa%20%28Quillhaven%29:mina@vafa\.example\?secret=[A-Z2-7]{32}&issuer=/);
  assert.equal(new Set(codes).size, 10);
  for (const code of codes) assert.match(code, /^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);
  assert.equal((await other('GET', '/api/v1/me')).status, 401); // other sessions ended
  const me = (await call('GET', '/api/v1/me')).json;
  assert.deepEqual(me.second_factor, { set_up: true, required: false, must_set_up: false, codes_left: 10 });
  assert.equal(me.member.second_factor, true);
  assert.equal((await call('POST', '/api/v1/me/second-factor', { password })).json.code, 'second_factor_there');

  const open = caller(server);
  const first = async () => {
    const answer = await open('POST', '/api/v1/session', { email: mina.email, password });
    assert.equal(answer.status, 202, answer.text);
    assert.equal(answer.headers['set-cookie'], undefined);
    return answer.json.token;
  };
  let token = await first();
  const wrong = await open('POST', '/api/v1/session/code', { token, code: '123' });
  assert.equal(wrong.status, 401);
  assert.equal(wrong.json.code, 'code_wrong');
  const second = await open('POST', '/api/v1/session/code', { token, code: codeOf(secret) });
  assert.equal(second.status, 200, second.text);
  assert.equal((await caller(server, cookieOf(second))('GET', '/api/v1/me')).json.name, 'mina');
  assert.equal((await open('POST', '/api/v1/session/code', { token, code: codeOf(secret, 1) })).json.code, 'token_used');
  token = await first();
  assert.equal((await open('POST', '/api/v1/session/code', { token, code: codeOf(secret) })).json.code, 'code_wrong'); // used

  const recovered = await open('POST', '/api/v1/session/code', { token, code: codes[3].toLowerCase().replaceAll('-', ' ') });
  assert.equal(recovered.status, 200, recovered.text);
  assert.equal(recovered.json.second_factor.codes_left, 9);
  token = await first();
  assert.equal((await open('POST', '/api/v1/session/code', { token, code: codes[3] })).json.code, 'code_wrong');

  const again = caller(server, cookieOf(recovered));
  assert.equal((await again('POST', '/api/v1/me/second-factor/remove', { password, code: '000000x' })).json.errors[0].pointer, '/code');
  const fresh = await again('POST', '/api/v1/me/second-factor/codes', { password, code: codes[0] });
  assert.equal(fresh.status, 200, fresh.text);
  assert.equal((await again('POST', '/api/v1/me/second-factor/remove', { password, code: codes[1] })).json.code, 'code_wrong'); // an old one
  assert.equal((await again('POST', '/api/v1/me/second-factor/remove', { password, code: fresh.json.recovery_codes[0] })).status, 204);
  assert.equal((await open('POST', '/api/v1/session', { email: mina.email, password })).status, 200);
  const audit = (await server.api('GET', '/api/v1/audit?what=second-factor')).json.data.map(({ route, who, code }) => `${who} ${route} ${code}`);
  assert.ok(audit.includes('mina /api/v1/me/second-factor/confirm 200'));
  assert.ok(audit.includes('mina /api/v1/me/second-factor/remove 204'));
  const signs = (await server.api('GET', '/api/v1/audit?what=session/code')).json.data;
  assert.ok(signs.some(({ who, code }) => who === 'mina' && code === 200));
  assert.ok(signs.some(({ who, code }) => who === 'mina' && code === 401));
});

test('wrong codes are few, and an administrator can take a lost factor away', async (t) => {
  const server = await serve(t, company(t));
  const omid = await member(server, 'omid');
  const { secret } = await setUp(await signIn(server, omid));
  const open = caller(server);
  const { token } = (await open('POST', '/api/v1/session', { email: omid.email, password })).json;
  for (let i = 0; i < 5; i++) assert.equal((await open('POST', '/api/v1/session/code', { token, code: '12345' })).status, 401);
  const limited = await open('POST', '/api/v1/session/code', { token, code: codeOf(secret) });
  assert.equal(limited.status, 429);
  assert.equal((await server.api('DELETE', `/api/v1/members/${omid.email}/second-factor`)).status, 204);
  const call = await signIn(server, omid);
  assert.equal((await call('GET', '/api/v1/me/second-factor')).json.set_up, false);
  assert.equal((await call('DELETE', `/api/v1/members/${omid.email}/second-factor`)).status, 403);
});

test('where everybody needs a second factor, whoever has none can do nothing but set one up', async (t) => {
  const server = await serve(t, company(t));
  const ada = await member(server, 'ada');
  const call = await signIn(server, ada);
  assert.equal((await server.api('PATCH', '/api/v1/settings', { 'login.second_factor': 'required' })).status, 200);
  assert.equal((await call('GET', '/api/v1/accounts')).json.code, 'second_factor_needed');
  assert.equal((await call('GET', '/api/v1/me')).json.second_factor.must_set_up, true);
  await setUp(call);
  assert.equal((await call('GET', '/api/v1/accounts')).status, 200);
});

test('what a member likes is kept, and followed where the server writes sentences', async (t) => {
  const server = await serve(t, company(t));
  const sara = await member(server, 'sara', { role: 'viewer' });
  const call = await signIn(server, sara);
  assert.deepEqual((await call('GET', '/api/v1/me')).json.preferences,
    { language: null, calendar: null, digits: null, theme: null, letter_keys: null, seen_at: null, last_visit: null });
  const liked = await call('PATCH', '/api/v1/me', { language: 'fa', calendar: 'persian', digits: 'latin', theme: 'dark', letter_keys: false });
  assert.equal(liked.status, 200, liked.text);
  assert.deepEqual(liked.json.preferences,
    { language: 'fa', calendar: 'persian', digits: 'latin', theme: 'dark', letter_keys: false, seen_at: null, last_visit: null });
  assert.equal(liked.json.member.language, 'fa');
  assert.match((await call('GET', '/api/v1/accounts/nothing')).json.detail, /وجود ندارد/);
  assert.equal((await call('PATCH', '/api/v1/me', { theme: 'pink' })).json.errors[0].pointer, '/theme');
  assert.equal((await call('PATCH', '/api/v1/me', { seen_at: '2026-01-01T00:00:00Z' })).status, 400);
  const cleared = await call('PATCH', '/api/v1/me', { language: null, digits: null });
  assert.deepEqual([cleared.json.preferences.language, cleared.json.preferences.digits, cleared.json.preferences.theme], [null, null, 'dark']);
  assert.match((await call('GET', '/api/v1/accounts/nothing')).json.detail, /There is no/);
  const seen = await call('POST', '/api/v1/me/seen');
  assert.equal(seen.status, 200, seen.text);
  assert.notEqual(seen.json.seen_at, null);
  assert.equal(seen.json.last_visit, null);
  assert.equal((await server.api('PATCH', '/api/v1/me', { theme: 'dark' })).json.code, 'members_only');
});

test('sessions tell their device, and which of them asks', async (t) => {
  const server = await serve(t, company(t));
  const mina = await member(server, 'mina');
  const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const answer = await caller(server)('POST', '/api/v1/session', { email: mina.email, password }, { 'user-agent': agent });
  await signIn(server, mina);
  const list = (await caller(server, cookieOf(answer))('GET', '/api/v1/sessions')).json.data;
  assert.deepEqual(list.map(({ device, current }) => [device, current]), [['Firefox, Linux', true], ['Unknown device', false]]);
});

/** Listens: events in the order heard; resolves once the server said hello. */
function listen(t, server, headers, topics = '') {
  return new Promise((resolve, reject) => {
    const heard = { events: [], ended: false, status: 0 };
    const call = http.get({ host: '127.0.0.1', port: server.port, path: `/api/v1/stream${topics && `?topics=${topics}`}`, headers }, (answer) => {
      heard.status = answer.statusCode;
      heard.type = answer.headers['content-type'];
      heard.close = () => call.destroy();
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part) => {
        text += part;
        for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
          const fields = Object.fromEntries(text.slice(0, end).split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
          heard.id = fields.id ?? heard.id;
          if (!fields.data) continue;
          heard.events.push({ name: fields.event, data: JSON.parse(fields.data) });
          if (fields.event === 'hello') resolve(heard);
        }
      });
      answer.on('end', () => {
        heard.ended = true;
        heard.text = text;
        resolve(heard);
      });
      answer.on('error', () => { heard.ended = true; });
      t.after(() => call.destroy());
    });
    call.on('error', (error) => (heard.status ? null : reject(error)));
  });
}
const named = (heard, name) => heard.events.filter((event) => event.name === name);

test('two listeners hear what each may: own accounts, not those of others', async (t) => {
  const server = await serve(t, company(t));
  const ada = await member(server, 'ada', { scope: 'own' }), boss = await member(server, 'boss', { role: 'manager', scope: 'all' });
  const sessions = {};
  for (const who of [ada, boss]) sessions[who.email] = cookieOf(await caller(server)('POST', '/api/v1/session', { email: who.email, password }));
  const hers = await listen(t, server, sessions[ada.email], 'accounts'), all = await listen(t, server, sessions[boss.email]);
  assert.equal(hers.status, 200);
  assert.equal(hers.type, 'text/event-stream; charset=utf-8');
  const mine = (await server.api('POST', '/api/v1/accounts', { key: 'north', name: 'North Mills', owner: ada.id })).json;
  const theirs = (await server.api('POST', '/api/v1/accounts', { key: 'south', name: 'South Mills' })).json;
  const touched = (heard) => new Set(named(heard, 'accounts').flatMap(({ data }) => data.data.map(({ account }) => account)));
  await until('both accounts are heard of', () => touched(all).has(mine.id) && touched(all).has(theirs.id));
  await until('her own account is heard of', () => touched(hers).has(mine.id));
  assert.deepEqual([...touched(hers)], [mine.id]);

  const secret = key(server.folder, 'server', 'app');
  const send = (body) => request({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/v1/track' }, body, { 'x-write-key': secret });
  await send({ userId: 'u1', event: 'report.opened', context: { groupId: 'new-mill' }, properties: { pages: 3 } });
  await send({ userId: 'u1', properties: {} }); // no name
  await applied(server);
  await until('the event', () => named(all, 'events').some(({ data }) => data.name === 'report.opened' && data.source === 'app' && data.properties.pages === 3));
  await until('the refusal', () => named(all, 'rejected').some(({ data }) => data.source === 'app' && /[\u0600-\u06ff]/.test(data.message.fa)));
  await until('the counts', () => named(all, 'ingest').some(({ data }) => data.events === 1 && data.rejected === 1));
  await server.api('PATCH', '/api/v1/settings', { 'adoption.power_days': 9 });
  await until('the setting', () => named(all, 'settings').some(({ data }) => data.keys[0] === 'adoption.power_days'));
  assert.deepEqual(new Set(hers.events.map(({ name }) => name)), new Set(['hello', 'accounts']));

  const refused = await caller(server, sessions[ada.email])('GET', '/api/v1/stream?topics=rejected');
  assert.equal(refused.status, 403);
  assert.equal(refused.json.code, 'topic_refused');
  assert.equal((await caller(server, sessions[boss.email])('GET', '/api/v1/stream?topics=weather')).json.code, 'topic_unknown');
  assert.equal((await caller(server)('GET', '/api/v1/stream')).status, 401);
  assert.equal((await server.stop()), 0); // listeners do not keep it
  await until('both ended', () => hers.ended && all.ended);
});

test('who comes back having missed something is told to read anew; a session that ends ends its stream', async (t) => {
  const server = await serve(t, company(t));
  const boss = await member(server, 'boss', { role: 'manager', scope: 'all' });
  const session = cookieOf(await caller(server)('POST', '/api/v1/session', { email: boss.email, password }));
  const first = await listen(t, server, session, 'accounts');
  await server.api('POST', '/api/v1/accounts', { key: 'a', name: 'A' });
  await until('the account', () => named(first, 'accounts').length > 0);
  const missed = await listen(t, server, { ...session, 'last-event-id': 'another-1' }, 'accounts');
  await until('reload', () => named(missed, 'reload').length === 1);
  await caller(server, session)('DELETE', '/api/v1/session');
  await until('both ended', () => first.ended && missed.ended);
  assert.equal((await server.api('GET', '/api/v1/stream?topics=weather')).status, 400);
});

test('listeners are limited, each member and all of them', async (t) => {
  const server = await serve(t, company(t));
  await server.api('PATCH', '/api/v1/settings', { 'http.listeners_per_member': 2 });
  await server.stop();
  const again = await serve(t, server.folder);
  const boss = await member(again, 'boss', { role: 'manager', scope: 'all' });
  const session = cookieOf(await caller(again)('POST', '/api/v1/session', { email: boss.email, password }));
  const two = [await listen(t, again, session), await listen(t, again, session)];
  const third = await caller(again, session)('GET', '/api/v1/stream');
  assert.equal(third.status, 429);
  assert.equal(third.json.code, 'listeners_full');
  two[0].close();
  await until('a place', async () => (await listen(t, again, session)).status === 200);
});

test('limits and their use, what runs here, settings by group', async (t) => {
  const server = await serve(t, company(t));
  const limits = Object.fromEntries((await server.api('GET', '/api/v1/limits')).json.data.map((limit) => [limit.key, limit]));
  assert.deepEqual(limits['ingest.rejected_keep'], { key: 'ingest.rejected_keep', title: limits['ingest.rejected_keep'].title, limit: 100000,
    unit: 'events', of: 'now', use: 0, share: 0 });
  assert.equal(limits['ingest.max_events'].use, null);
  const secret = key(server.folder, 'server', 'app');
  await request({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/v1/track' }, { userId: 'u1' }, { 'x-write-key': secret });
  await applied(server);
  const after = (await server.api('GET', '/api/v1/limits?lang=fa')).json.data.find((limit) => limit.key === 'ingest.rejected_keep');
  assert.deepEqual([after.use, after.share], [1, 0.00001]);
  assert.match(after.title, /[\u0600-\u06ff]/);
  const about = (await server.api('GET', '/api/v1/about')).json;
  assert.match(about.version, /^\d+\.\d+/);
  assert.ok(about.parts.every(({ name, licence }) => name && licence));
  assert.equal(about.rows.find(({ part }) => part === 'rejected').rows, 1);
  assert.ok(about.folder.find(({ part }) => part === 'journal').bytes > 0);
  const viewer = await signIn(server, await member(server, 'vera', { role: 'viewer' }));
  const seen = (await viewer('GET', '/api/v1/about')).json;
  assert.deepEqual([seen.version, seen.folder, seen.rows], [about.version, undefined, undefined]);
  const { data, groups } = (await server.api('GET', '/api/v1/settings')).json;
  const named = new Set(groups.map((group) => group.key));
  for (const setting of data) assert.ok(named.has(setting.group), setting.key);
  assert.deepEqual(data.find((setting) => setting.key === 'organisation.calendar').options, ['gregorian', 'persian']);
});

test('a backup from the web goes to the folder that the operator set, and to no other', async (t) => {
  const server = await serve(t, company(t));
  const boss = await signIn(server, await member(server, 'boss', { role: 'admin' }));
  assert.equal((await boss('POST', '/api/v1/backups')).json.code, 'backup_folder_unset');
  assert.equal((await boss('PATCH', '/api/v1/settings', { 'backup.folder': '/tmp' })).json.code, 'setting_local');
  const folder = temporary(t);
  assert.equal((await server.api('PATCH', '/api/v1/settings', { 'backup.folder': folder })).status, 200);
  const begun = await boss('POST', '/api/v1/backups');
  assert.equal(begun.status, 202, begun.text);
  assert.match(begun.json.name, /^vafa-\d{8}-\d{6}$/);
  const made = await until('the backup', async () =>
    (await boss('GET', '/api/v1/backups')).json.data.find(({ name, state }) => name === begun.json.name && state === 'done'));
  assert.ok(made.bytes > 0 && made.files > 3);
  await server.stop();
  vafaOk('restore', path.join(folder, made.name), path.join(folder, 'restored'));
  const csm = await serve(t, server.folder);
  assert.equal((await (await signIn(csm, await member(csm, 'omid')))('GET', '/api/v1/backups')).status, 403);
  await csm.api('PATCH', '/api/v1/settings', { 'backup.folder': path.join(folder, 'nowhere') });
  assert.equal((await csm.api('POST', '/api/v1/backups')).status, 202);
  const failed = await until('the failure', async () => (await csm.api('GET', '/api/v1/backups')).json.data.find(({ state }) => state === 'failed'));
  assert.match(failed.problem, /There is no folder/);
});

test('the checklist follows the data', async (t) => {
  const server = await serve(t, company(t));
  const steps = async () => Object.fromEntries((await server.api('GET', '/api/v1/setup/checklist')).json.data.map((step) => [step.key, step]));
  const done = async () => Object.values(await steps()).map((step) => step.done);
  assert.deepEqual(await done(), [false, false, false, false]);
  await server.api('POST', '/api/v1/accounts', { key: 'north', name: 'North Mills' });
  const secret = key(server.folder, 'server', 'app');
  assert.deepEqual((await steps()).usage, { key: 'usage', done: false, keys: 1, first_event_at: null, source: '' });
  await request({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/v1/track' },
    { userId: 'u1', event: 'opened', context: { groupId: 'north' } }, { 'x-write-key': secret });
  await applied(server);
  const { usage } = await steps();
  assert.deepEqual([usage.done, usage.source], [true, 'app']);
  assert.ok(Math.abs(Date.now() - Date.parse(usage.first_event_at)) < 600_000);
  const { key: name } = (await server.api('GET', '/api/v1/scorecards')).json.data[0];
  const { json: card, headers } = await server.api('GET', `/api/v1/scorecards/${name}`);
  const saved = await server.api('PUT', `/api/v1/scorecards/${name}`, { place: card.place, card: card.card }, { 'if-match': headers.etag });
  assert.ok(saved.status < 300, saved.text);
  await member(server, 'ada');
  await member(server, 'ben');
  assert.deepEqual(await done(), [true, true, true, true]);
  assert.deepEqual([(await steps()).customers.accounts, (await steps()).team.members], [1, 2]);
  assert.equal((await (await signIn(server, await member(server, 'vera', { role: 'viewer' })))('GET', '/api/v1/setup/checklist')).status, 403);
});

test('the audit is asked by who, what, when and outcome', async (t) => {
  const server = await serve(t, company(t));
  const boss = await signIn(server, await member(server, 'Bahar', { role: 'admin' }));
  await boss('POST', '/api/v1/accounts', { name: 'One' });
  await boss('POST', '/api/v1/accounts', {});
  const asked = async (query) => (await server.api('GET', `/api/v1/audit?${query}`)).json.data.map(({ method, route, code }) => `${method} ${route} ${code}`);
  assert.deepEqual(await asked('who=bahar&what=accounts'), ['POST /api/v1/accounts 400', 'POST /api/v1/accounts 201']);
  assert.deepEqual(await asked('who=bahar&what=accounts&failed=1'), ['POST /api/v1/accounts 400']);
  assert.deepEqual(await asked('who=bahar&method=DELETE'), []);
  assert.deepEqual(await asked('who=%25&what=accounts'), []); // a sign of the search, taken literally
  assert.deepEqual(await asked('until=2020-01-01'), []);
  const id = (await boss('GET', '/api/v1/me')).json.member.id;
  assert.equal((await asked(`member=${id}&what=accounts`)).length, 2);
  assert.equal((await server.api('GET', '/api/v1/audit?member=nobody')).json.errors[0].pointer, 'member');
  assert.equal((await server.api('GET', '/api/v1/audit?since=2020-13-01')).status, 400);
});
