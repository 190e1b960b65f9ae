// The printed link is good once; after it the administrator can sign in. Its page is tested with the web application.
import assert from 'node:assert/strict';
import test from 'node:test';
import { company, request, serve, vafaJson } from '../harness/vafa.mjs';

const admin = { organisation: 'Quillhaven', language: 'fa', time_zone: 'Asia/Tehran', calendar: 'persian', currency: 'IRR',
  week_start: 'saturday', weekend: 'thursday,friday',
  name: 'Mina Rad', email: 'mina@quillhaven.example', password: 'kettle over seven rivers' };

async function served(t, options) {
  const server = await serve(t, company(t, options));
  server.call = (method, where, body, headers) => request({ host: '127.0.0.1', port: server.port, method, path: where }, body, headers);
  server.token = /\/setup#(\S+)/.exec(server.log)?.[1];
  return server;
}

test('the link is good once, and then one signs in', async (t) => {
  const server = await served(t, { name: 'Before', 'time-zone': 'Europe/Berlin', currency: 'EUR' });
  assert.deepEqual((await server.call('GET', '/api/v1/setup')).json, { needed: true, organisation: 'Before', time_zone: 'Europe/Berlin',
    calendar: 'gregorian', language: 'en', currency: 'EUR', week_start: 'monday', weekend: 'saturday,sunday' });
  const made = await server.call('POST', '/api/v1/setup?lang=fa', { token: server.token, ...admin });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.json.role, 'admin');
  const again = await server.call('POST', '/api/v1/setup', { token: server.token, ...admin, email: 'other@quillhaven.example' });
  assert.equal(again.status, 403);
  assert.equal(again.json.code, 'token_used');
  assert.deepEqual((await server.call('GET', '/api/v1/setup')).json, { needed: false });
  const settings = Object.fromEntries((await server.api('GET', '/api/v1/settings')).json.data.map(({ key, value }) => [key, value]));
  for (const key of ['time_zone', 'calendar', 'language', 'currency', 'week_start', 'weekend']) assert.equal(settings[`organisation.${key}`], admin[key]);
  assert.equal(settings['organisation.name'], admin.organisation);
  const signedIn = await server.call('POST', '/api/v1/session', { email: admin.email, password: admin.password });
  assert.equal(signedIn.status, 200, signedIn.text);
  const cookie = signedIn.headers['set-cookie'][0].split(';')[0];
  assert.equal((await server.call('GET', '/api/v1/me', undefined, { cookie })).json.role, 'admin');
});

test('faults stand at the fields that were sent, in the language asked for, and leave the link good', async (t) => {
  const server = await served(t);
  const send = (change, lang = 'en') => server.call('POST', `/api/v1/setup?lang=${lang}`, { token: server.token, ...admin, ...change });
  const refused = await send({ organisation: ' ', email: 'nobody', password: 'short' });
  assert.equal(refused.status, 400);
  assert.deepEqual(refused.json.errors.map(({ pointer }) => pointer).sort(), ['/email', '/organisation', '/password']);
  const zone = await send({ time_zone: 'Mars/Olympus', currency: 'eur' }, 'fa');
  assert.equal(zone.status, 400);
  assert.deepEqual(zone.json.errors.map(({ pointer }) => pointer).sort(), ['/currency', '/time_zone']);
  for (const { message } of zone.json.errors) assert.match(message, /[\u0600-\u06ff]/);
  const settings = await server.api('GET', '/api/v1/settings');
  assert.equal(settings.json.data.find(({ key }) => key === 'organisation.name').value, 'Sample Company');
  assert.equal((await send({})).status, 201);
});

test('a link for a new password is good once and leads to its page', async (t) => {
  const server = await served(t);
  await server.call('POST', '/api/v1/setup', { token: server.token, ...admin });
  const { path: link } = vafaJson('members', 'reset', server.folder, admin.email);
  const [page, token] = link.split('#');
  assert.equal(page, '/password');
  const password = 'eleven quiet lanterns';
  assert.equal((await server.call('POST', '/api/v1/password', { token, password })).status, 204);
  assert.equal((await server.call('POST', '/api/v1/password', { token, password })).json.code, 'token_used');
  assert.equal((await server.call('POST', '/api/v1/session', { email: admin.email, password })).status, 200);
});

