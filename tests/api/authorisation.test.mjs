// Who sees what: every address that reads is asked as every kind of caller, and no answer may hold a word that only the other team's
// customer has. The words stand in every text that a customer can carry.
import assert from 'node:assert/strict';
import test from 'node:test';
import { company, request, serve, until, vafaJson } from '../harness/vafa.mjs';

const api = vafaJson('openapi');
const north = { word: 'Quorvane', owner: 'ada@vafa.example', team: 'North' };
const south = { word: 'Zelthmar', owner: 'ben@vafa.example', team: 'South' };
const password = 'kettle over seven rivers';

function caller(port, headers) {
  return (method, where, body, more = {}) => request({ host: '127.0.0.1', port, method, path: where }, body, { ...headers, ...more });
}

async function signIn(server, email) {
  const made = await server.api('POST', `/api/v1/members/${encodeURIComponent(email)}/reset`);
  const origin = { origin: server.url };
  const call = caller(server.port, origin);
  assert.equal((await call('POST', '/api/v1/password', { token: made.json.token, password })).status, 204);
  const session = await call('POST', '/api/v1/session', { email, password });
  assert.equal(session.status, 200, session.text);
  return caller(server.port, { ...origin, cookie: session.headers['set-cookie'][0].split(';')[0] });
}

async function member(server, name, more) {
  const made = await server.api('POST', '/api/v1/members', { name, email: `${name}@vafa.example`, ...more });
  assert.equal(made.status, 201, made.text);
  return { ...made.json, call: await signIn(server, made.json.email) };
}

async function apiKey(server, name, more) {
  const made = await server.api('POST', '/api/v1/keys', { name, kind: 'api', ...more });
  assert.equal(made.status, 201, made.text);
  return { ...made.json, call: caller(server.port, { authorization: `Bearer ${made.json.secret}` }) };
}

/** A customer of one team with its word in everything; returns where its rows are. */
async function customer(server, side, owner, track) {
  const word = side.word;
  const put = async (where, body) => {
    const made = await server.api('POST', where, body);
    assert.ok(made.status === 200 || made.status === 201 || made.status === 204, `${where}: ${made.text}`);
    return made.json;
  };
  const account = await put('/api/v1/accounts', { key: `${word}-key`, name: `${word} Ltd`, owner, segment: `${word} segment`, plan: `${word} plan` });
  const at = `/api/v1/accounts/${account.id}`;
  await put(`${at}/keys`, { source: 'app', key: `${word}-app` });
  const contact = await put(`${at}/contacts`, { email: `${word}@customer.example`, name: `${word} Person`, title: `${word} head` });
  await put(`${at}/tickets`, { key: `${word}-ticket`, opened_at: '2026-01-05T10:00:00Z', subject: `${word} subject` });
  await put(`${at}/invoices`, { key: `${word}-invoice`, issued_on: '2026-01-05', due_on: '2026-02-05', amount: 100, currency: 'EUR' });
  await put(`${at}/answers`, { key: `${word}-answer`, answered_at: '2026-01-05T10:00:00Z', kind: 'nps', score: 9, comment: `${word} comment` });
  await put(`${at}/activities`, { key: `${word}-activity`, happened_at: '2026-01-05T10:00:00Z', kind: 'call', summary: `${word} summary` });
  await put(`${at}/subscriptions`, { key: `${word}-term`, starts_on: '2026-01-01', plan: `${word} plan`, amount: 1200, amount_per: 'year', currency: 'EUR' });
  const context = { groupId: `${word}-app` };
  await track('group', { userId: `${word}-user`, groupId: `${word}-app`, traits: { mood: `${word} mood` } });
  await track('track', { userId: `${word}-user`, event: `${word} used`, timestamp: '2026-01-06T10:00:00Z', properties: { text: `${word} text` }, context });
  await track('track', { userId: `${word}-user`, properties: { text: `${word} refused` }, context });
  return { account, contact, at };
}

async function world(t) {
  const server = await serve(t, company(t));
  const app = await server.api('POST', '/api/v1/keys', { name: 'app', kind: 'server' });
  const call = caller(server.port, { authorization: `Basic ${Buffer.from(`${app.json.secret}:`).toString('base64')}` });
  const track = async (kind, body) => assert.equal((await call('POST', `/v1/${kind}`, body)).status, 200);
  const ada = await member(server, 'ada', { role: 'csm', scope: 'own', team: north.team });
  const ben = await member(server, 'ben', { role: 'csm', scope: 'own', team: south.team });
  const all = { server, app, ada, ben };
  all.north = await customer(server, north, ada.id, track);
  all.south = await customer(server, south, ben.id, track);
  await until('events applied', async () => {
    const events = await server.api('GET', '/api/v1/events');
    const rejected = await server.api('GET', '/api/v1/rejected');
    return events.json.data.filter((event) => event.account).length >= 2 && rejected.json.data.length >= 2;
  });
  return all;
}

/** Every address that reads, with the ids of this world in it. */
function addresses(world) {
  return Object.entries(api.paths).filter(([where, item]) => item.get && where !== '/api/v1/stream') // has no end: access.test.mjs
    .flatMap(([where]) => {
    if (where.includes('/accounts/{id}')) return [world.north, world.south].map((side) => where.replace('{id}', side.account.id));
    if (where.includes('/contacts/{id}')) return [world.north, world.south].map((side) => where.replace('{id}', side.contact.id));
    return [where.replace('{member}', 'ada').replace('{key}', 'standard').replace('{id}', world.north.account.id)];
  });
}

test('no address shows a customer to whom it is not', async (t) => {
  const w = await world(t);
  const { server } = w;
  const callers = [
    ['csm of the north', w.ada.call, south.word],
    ['csm of the south', w.ben.call, north.word],
    ['viewer of the team', (await member(server, 'vida', { role: 'viewer', scope: 'team', team: north.team })).call, south.word],
    ['manager of the team', (await member(server, 'mona', { role: 'manager', scope: 'team', team: south.team })).call, north.word],
    ['viewer with nothing of their own', (await member(server, 'vera', { role: 'viewer', scope: 'own' })).call, new RegExp(`${north.word}|${south.word}`, 'i')],
  ];
  for (const role of ['viewer', 'csm', 'manager', 'admin'])
    callers.push([`key, ${role} of the team`, (await apiKey(server, role, { role, scope: 'team', team: north.team })).call, south.word]);
  for (const [who, call, hidden] of callers) {
    for (const where of addresses(w)) {
      const answer = await call('GET', where);
      assert.ok(answer.status < 500, `${where} as ${who}: ${answer.text}`);
      assert.doesNotMatch(answer.text, new RegExp(hidden, 'i'), `${where} as ${who}`);
    }
  }
  // The scan means something: whoever sees all finds both words, at each of these.
  const boss = (await member(server, 'nora', { role: 'manager' })).call;
  for (const where of ['accounts', 'events', 'health', 'rejected', 'accounts/at-risk']) {
    const { text } = await boss('GET', `/api/v1/${where}`);
    for (const word of [north.word, south.word]) assert.match(text, new RegExp(word), where);
  }
  for (const what of ['', '/contacts', '/tickets', '/answers', '/activities', '/subscriptions', '/invoices', '/keys', '/traits', '/history', '/facts', '/health'])
    assert.match((await boss('GET', `${w.south.at}${what}`)).text, new RegExp(south.word), what);
  for (const word of [north.word, south.word]) {
    assert.equal((await w.ada.call('GET', `/api/v1/accounts/${word}-key`)).status, word === north.word ? 200 : 404);
    assert.equal((await w.ada.call('GET', `/api/v1/events?account=${word}-key`)).status, word === north.word ? 200 : 404);
  }
  // Figures over the accounts, and the answers behind them: one's own only.
  const answers = '/api/v1/satisfaction/answers?from=2026-01-01&to=2026-02-01';
  const heard = async (call) => (await call('GET', answers)).json.data.map((one) => one.comment).sort();
  assert.deepEqual(await heard(boss), [`${north.word} comment`, `${south.word} comment`].sort());
  assert.deepEqual(await heard(w.ada.call), [`${north.word} comment`]);
  assert.equal((await boss('GET', '/api/v1/usage?period=2026-01')).json.events, 2);
  assert.equal((await w.ada.call('GET', '/api/v1/usage?period=2026-01')).json.events, 1);
});

test('what belongs to the other cannot be written, not even by its key or address', async (t) => {
  const w = await world(t);
  const ada = w.ada.call;
  const writes = [
    ['PATCH', w.south.at, { name: 'Mine' }], ['POST', `${w.south.at}/keys`, { source: 'app', key: 'k' }],
    ['DELETE', `${w.south.at}/keys?source=app&key=${south.word}-app`], ['POST', `${w.south.at}/merge`, { into: w.north.account.id }],
    ['POST', `${w.north.at}/merge`, { into: w.south.account.id }], ['POST', `${w.south.at}/unmerge`],
    ['POST', `${w.south.at}/contacts`, { email: 'x@customer.example' }], ['PATCH', `/api/v1/contacts/${w.south.contact.id}`, { name: 'Mine' }],
    ['POST', `${w.south.at}/tickets`, { opened_at: '2026-01-05T10:00:00Z' }],
    ['POST', `${w.south.at}/invoices`, { issued_on: '2026-01-05', due_on: '2026-02-05', amount: 1, currency: 'EUR' }],
    ['POST', `${w.south.at}/answers`, { answered_at: '2026-01-05T10:00:00Z', kind: 'nps', score: 1 }],
    ['POST', `${w.south.at}/activities`, { happened_at: '2026-01-05T10:00:00Z', kind: 'call' }],
    ['POST', `${w.south.at}/subscriptions`, { starts_on: '2026-01-01' }],
    ['PUT', `${w.south.at}/facts/sentiment`, { number: 1 }], ['PUT', `${w.south.at}/health/override`, { score: 1, reason: 'Mine' }],
    ['DELETE', `${w.south.at}/health/override`],
  ];
  for (const [method, where, body] of writes) {
    const answer = await ada(method, where, body, { 'if-match': '"1"' });
    assert.equal(answer.status, 404, `${method} ${where}: ${answer.text}`);
  }
  // A row of the other, named by its key at one's own account, stays where it is and is not shown.
  const keyed = {
    tickets: { key: `${south.word}-ticket`, opened_at: '2026-01-06T10:00:00Z' },
    invoices: { key: `${south.word}-invoice`, issued_on: '2026-01-05', due_on: '2026-02-05', amount: 1, currency: 'EUR' },
    answers: { key: `${south.word}-answer`, answered_at: '2026-01-05T10:00:00Z', kind: 'nps', score: 1 },
    activities: { key: `${south.word}-activity`, happened_at: '2026-01-05T10:00:00Z', kind: 'call' },
    subscriptions: { key: `${south.word}-term`, starts_on: '2026-02-01' },
  };
  for (const [what, row] of Object.entries(keyed)) {
    const before = (await w.ben.call('GET', `${w.south.at}/${what}`)).text;
    const answer = await ada('POST', `${w.north.at}/${what}`, row);
    assert.equal(answer.status, 409, `${what}: ${answer.text}`);
    assert.equal(answer.json.code, 'key_elsewhere');
    assert.equal((await w.ben.call('GET', `${w.south.at}/${what}`)).text, before, what);
    assert.equal((await w.ben.call('POST', `${w.south.at}/${what}`, row)).status, 200, `${what}: its own team may`);
  }
  const guessed = await ada('POST', `${w.north.at}/contacts`, { email: `${south.word}@customer.example`, title: 'Mine' });
  assert.equal(guessed.status, 409, guessed.text);
  assert.doesNotMatch(guessed.text, new RegExp(south.word));
  assert.equal((await w.ben.call('GET', `/api/v1/contacts/${w.south.contact.id}`)).json.title, `${south.word} head`);
  // What is ours to set is not the caller's.
  const made = await ada('POST', '/api/v1/accounts', { name: 'New', demo: true, version: 9 });
  assert.ok(made.status === 400 || (made.json.demo === false && made.json.version === 1), made.text);
  const self = await ada('PATCH', '/api/v1/members/ada', { role: 'admin' }, { 'if-match': '"1"' });
  assert.equal(self.status, 403);
});

test('rows of no one account need the scope all; a team key sees what it makes', async (t) => {
  const w = await world(t);
  const manager = (await member(w.server, 'mona', { role: 'manager', scope: 'team', team: south.team })).call;
  for (const [method, where, body] of [['GET', '/api/v1/rejected'], ['POST', '/api/v1/rejected/replay', { all: true }], ['GET', '/api/v1/imports'],
    ['POST', '/api/v1/imports/accounts', 'key,name\nk,n\n']]) {
    const answer = await manager(method, where, body);
    assert.equal(answer.status, 403, `${method} ${where}: ${answer.text}`);
    assert.equal(answer.json.code, 'scope_missing');
  }
  const key = await apiKey(w.server, 'sync', { role: 'csm', scope: 'team', team: north.team });
  const made = await key.call('POST', '/api/v1/accounts', { name: 'Made by a key' });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.json.team, north.team);
  assert.equal(made.json.owner, null);
  assert.equal((await key.call('GET', `/api/v1/accounts/${made.json.id}`)).status, 200);
});

test('access ends at once: key revoked, role changed, member disabled, signed out', async (t) => {
  const { server, app, ada, ben } = await world(t);
  const key = await apiKey(server, 'reader', { role: 'admin' });
  assert.equal((await key.call('GET', '/api/v1/accounts')).status, 200);
  assert.equal((await server.api('DELETE', '/api/v1/keys/reader')).status, 200);
  assert.equal((await key.call('GET', '/api/v1/accounts')).status, 401);
  const sender = caller(server.port, { authorization: `Bearer ${app.json.secret}` });
  assert.equal((await sender('GET', '/api/v1/accounts')).status, 403);
  const change = async (who, patch) => {
    const now = await server.api('GET', `/api/v1/members/${who}`);
    const done = await server.api('PATCH', `/api/v1/members/${who}`, patch, { 'if-match': now.headers.etag });
    assert.equal(done.status, 200, done.text);
  };
  await change('ada', { role: 'viewer' });
  assert.equal((await ada.call('GET', '/api/v1/me')).status, 401);
  const again = await signIn(server, 'ada@vafa.example');
  assert.equal((await again('POST', '/api/v1/accounts', { name: 'No' })).status, 403);
  assert.equal((await again('DELETE', '/api/v1/session')).status, 204);
  assert.equal((await again('GET', '/api/v1/me')).status, 401);
  assert.equal((await ben.call('POST', '/api/v1/accounts', { name: 'No' }, { origin: 'http://elsewhere.example' })).status, 403);
  assert.equal((await ben.call('POST', '/api/v1/accounts', 'name=No', { 'content-type': 'text/plain' })).status, 403);
  await change('ben', { disabled: true });
  assert.equal((await ben.call('GET', '/api/v1/me')).status, 401);
  const call = caller(server.port, { origin: server.url });
  assert.equal((await call('POST', '/api/v1/session', { email: 'ben@vafa.example', password })).status, 401);
});
