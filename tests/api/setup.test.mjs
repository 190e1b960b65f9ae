// The printed link: a page of the server's own behind it, good once; after it the administrator can sign in.
import assert from 'node:assert/strict';
import test from 'node:test';
import { browse, browserSkip } from '../harness/browser.mjs';
import { company, request, serve, vafaJson } from '../harness/vafa.mjs';

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";
const admin = { organisation: 'Quillhaven', language: 'fa', time_zone: 'Asia/Tehran', calendar: 'persian', currency: 'IRR',
  name: 'Mina Rad', email: 'mina@quillhaven.example', password: 'kettle over seven rivers' };

async function served(t, options) {
  const server = await serve(t, company(t, options));
  server.call = (method, where, body, headers) => request({ host: '127.0.0.1', port: server.port, method, path: where }, body, headers);
  server.token = /\/setup#(\S+)/.exec(server.log)?.[1];
  return server;
}

test('the pages come from the server alone and hold no script or style of their own', async (t) => {
  const server = await served(t);
  for (const where of ['/setup', '/password']) {
    const page = await server.call('GET', where);
    assert.equal(page.status, 200);
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(page.headers['content-security-policy'], policy);
    assert.equal(page.headers['x-content-type-options'], 'nosniff');
    assert.doesNotMatch(page.text, /<style|\sstyle=|\son\w+=|https?:\/\//);
    for (const [, script] of page.text.matchAll(/<script([^>]*)>/g)) assert.match(script, /src="\/setup\.js"/);
    const labelled = new Set([...page.text.matchAll(/<label for="(\w+)"/g)].map((found) => found[1]));
    for (const [, id] of page.text.matchAll(/<(?:input|select)[^>]* id="(\w+)"/g)) assert.ok(labelled.has(id), id);
    for (const [, loaded] of page.text.matchAll(/(?:src|href)="(\/[^"]+\.\w+)"/g)) {
      const part = await server.call('GET', loaded);
      assert.equal(part.status, 200, loaded);
      assert.match(part.headers['content-type'], loaded.endsWith('.js') ? /^text\/javascript/ : /^text\/css/);
      assert.equal(part.headers['x-content-type-options'], 'nosniff');
      assert.doesNotMatch(part.text, /https?:\/\//);
    }
  }
});

test('every word of the pages is there in both languages', async (t) => {
  const server = await served(t);
  const script = (await server.call('GET', '/setup.js')).text;
  const words = new Map([...script.matchAll(/^ {2}(\w+): \['([^']+)',\s+'([^']+)'\],$/gm)].map((found) => [found[1], found.slice(2)]));
  const pages = await Promise.all(['/setup', '/password'].map(async (where) => (await server.call('GET', where)).text));
  for (const [, word] of pages.join('').matchAll(/data-text="(\w+)"/g)) assert.ok(words.has(word), word);
  for (const [word, [, persian]] of words) assert.match(persian, /[\u0600-\u06ff]/, word);
});

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
  for (const key of ['time_zone', 'calendar', 'language', 'currency']) assert.equal(settings[`organisation.${key}`], admin[key]);
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
  assert.equal((await server.call('GET', page)).status, 200);
  const password = 'eleven quiet lanterns';
  assert.equal((await server.call('POST', '/api/v1/password', { token, password })).status, 204);
  assert.equal((await server.call('POST', '/api/v1/password', { token, password })).json.code, 'token_used');
  assert.equal((await server.call('POST', '/api/v1/session', { email: admin.email, password })).status, 200);
});

test('in a browser: the token leaves the address, faults stand beside their fields, then one is told what is next', { skip: browserSkip }, async (t) => {
  const server = await served(t, { 'time-zone': 'UTC', language: 'fa' });
  const page = await browse(t, `${server.url}/setup#${server.token}`);
  const fill = (values) => page.run(`for (const [id, value] of Object.entries(${JSON.stringify(values)})) {
    const field = document.getElementById(id);
    field.value = value;
    field.dispatchEvent(new Event('change', { bubbles: true }));
  }`);
  const send = () => page.run(`document.querySelector('[type=submit]').click()`);
  await page.until('the form', `document.readyState === 'complete' && !document.getElementById('form').hidden`);
  assert.equal(await page.run('location.href'), `${server.url}/setup`);
  assert.deepEqual(await page.run('[document.documentElement.lang, document.documentElement.dir]'), ['fa', 'rtl']);
  assert.equal(await page.run(`document.getElementById('time_zone').value`), 'Asia/Tehran'); // the browser's, where nobody chose
  await fill({ ...admin, language: 'en', email: 'nobody', password: 'short' });
  assert.deepEqual(await page.run('[document.documentElement.lang, document.documentElement.dir]'), ['en', 'ltr']);
  await send();
  await page.until('faults', `document.querySelectorAll('.fault').length === 2`);
  for (const id of ['email', 'password']) {
    assert.ok(await page.run(`document.getElementById('${id}').closest('.field').contains(
      document.getElementById(document.getElementById('${id}').getAttribute('aria-describedby')))`), id);
  }
  assert.equal(await page.run('document.activeElement.id'), 'email');
  await fill({ language: 'fa', email: admin.email, password: admin.password });
  await send();
  await page.until('the next steps', `!document.getElementById('done').hidden`);
  assert.match(await page.run(`document.getElementById('done').innerText`), /Quillhaven[^]*vafa import accounts DATA/);
  const signedIn = await server.call('POST', '/api/v1/session', { email: admin.email, password: admin.password });
  assert.equal(signedIn.status, 200);
  await page.go(`${server.url}/setup#${server.token}`);
  await page.until('the way out', `document.getElementById('notice').innerText.includes('vafa members reset')`);
  assert.deepEqual(page.faults, []);
});

test('in a browser: a link that is not valid shows the way out', { skip: browserSkip }, async (t) => {
  const server = await served(t);
  const page = await browse(t, `${server.url}/setup#wrong`);
  await page.until('the form', `document.readyState === 'complete' && !document.getElementById('form').hidden`);
  await page.run(`for (const [id, value] of Object.entries(${JSON.stringify({ name: admin.name, email: admin.email, password: admin.password })}))
    document.getElementById(id).value = value;
    document.querySelector('[type=submit]').click()`);
  await page.until('the way out', `document.getElementById('notice').innerText.includes('vafa serve DATA')`);
  assert.equal(await page.run(`document.getElementById('form').hidden`), true);
  await page.run(`location.hash = ${JSON.stringify(server.token)}`); // the right link opened in the same tab
  await page.until('the form again', `!document.getElementById('form').hidden && !location.hash`);
});
