// Set-up by the printed link to the first event seen live; sign-in with a second factor, by code and by recovery code.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import { request, temporary, until, vafaOk } from '../harness/vafa.mjs';
import { axe, browser, demoFolder, journey, password, person, serve, signedIn, visitor } from './web.mjs';

const bytesOf = (base32) => {
  const bits = [...base32].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
};
/** RFC 6238: the code of a step from now. */
const codeOf = (secret, ahead = 0) => {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const hash = crypto.createHmac('sha1', bytesOf(secret)).update(counter).digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
};
const persian = (digits) => [...digits].map((digit) => '۰۱۲۳۴۵۶۷۸۹'[digit]).join('');

/** Somebody in Tehran, of whom nothing is known but the browser. */
const stranger = (t, one, server, { language, theme }) =>
  visitor(t, one, server, { theme, width: 1200, locale: language === 'fa' ? 'fa-IR' : 'en-GB', timezoneId: 'Asia/Tehran' });

journey('set-up: the printed link, the organisation, the first event seen live', 1, async (t, { language, theme, say }) => {
  const folder = path.join(temporary(t), 'data');
  vafaOk('init', folder, '--name', 'Before', '--time-zone', 'UTC', '--language', 'en');
  const server = await serve(t, folder);
  const [, token] = /\/setup#(\S+)/.exec(server.log);
  const page = await stranger(t, await browser(t), server, { language, theme });
  await page.goto('/sign-in', { waitUntil: 'commit' });
  await page.waitForURL('**/setup'); // nobody can sign in yet
  await page.getByText(say('setup:link_title')).waitFor(); // and without the token of the link nobody sets up
  const name = page.getByLabel(say('setup:organisation'));
  await page.goto(`/setup#${token}`); // in the same tab
  await name.waitFor();
  await page.waitForURL((url) => url.hash === ''); // it stays in no history
  const zone = page.getByRole('combobox', { name: say('setup:time_zone') });
  await until("the browser's zone, where nobody chose", async () => (await zone.inputValue()) === 'Asia/Tehran');
  await name.fill(language === 'fa' ? 'پخش سپیدرود' : 'Quillhaven');
  await page.getByLabel(say('setup:name'), { exact: true }).fill('Mina Rad');
  await page.getByLabel(say('session:email')).fill('nobody');
  await page.getByLabel(say('session:password'), { exact: true }).fill('short');
  await page.getByRole('button', { name: say('setup:do') }).click();
  await page.locator('.mantine-InputWrapper-error').nth(1).waitFor();
  assert.equal(await page.locator('.mantine-InputWrapper-error').count(), 2);
  assert.deepEqual(await axe(page), []);
  await page.getByLabel(say('session:email')).fill('mina@quillhaven.example');
  await page.getByLabel(say('session:password'), { exact: true }).fill(password);
  const told = page.waitForResponse((response) => response.url().includes('/api/v1/stream'));
  await page.getByRole('button', { name: say('setup:do') }).click();
  await page.waitForURL('**/start');
  await page.getByRole('heading', { name: say('setup:usage.title') }).waitFor();
  assert.deepEqual(await axe(page), []);
  await page.getByRole('button', { name: say('setup:usage.make') }).click();
  const line = await page.locator('pre').innerText();
  await page.getByText(say('setup:usage.waiting')).waitFor();
  const [, key] = /X-Write-Key: (\S+)'/.exec(line);
  const [, body] = /-d '(.*)'/.exec(line);
  const send = (event) =>
    request({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/v1/track' }, event, { 'x-write-key': key });
  await told; // what comes before somebody listens is not told
  await send('{"userId":"user-1"}'); // without a name: refused, and said so at once
  await page.getByText(say('setup:usage.refused')).waitFor();
  await send(body); // the line as shown
  await page.getByText(say('setup:usage.waiting')).waitFor({ state: 'detached' });
  const settings = Object.fromEntries((await server.api('GET', '/api/v1/settings')).json.data.map((one) => [one.key, one.value]));
  assert.equal(settings['organisation.language'], language);
  assert.equal(settings['organisation.week_start'], language === 'fa' ? 'saturday' : 'monday');
  assert.equal(settings['organisation.weekend'], language === 'fa' ? 'thursday,friday' : 'saturday,sunday');
});

journey('an invitation by link, and the password behind it', 2, async (t, { language, theme, say }) => {
  const server = await serve(t, demoFolder(t, { language, accounts: 0 }));
  const one = await browser(t);
  const page = await signedIn(t, one, server, await person(server, { language }), { theme });
  await page.goto('/admin/people');
  await page.getByRole('row', { name: 'dana@karavan.example' }).waitFor();
  await page.keyboard.press('n');
  const form = page.getByRole('dialog');
  await form.getByLabel(say('admin:people.name'), { exact: true }).fill('Sam Okoro');
  await form.getByLabel(say('admin:people.email')).fill('dana@karavan.example');
  await form.getByRole('button', { name: say('admin:people.invite') }).click();
  await form.locator('[aria-invalid=true]').waitFor(); // the address is taken
  await form.getByLabel(say('admin:people.email')).fill('sam@karavan.example');
  await form.getByRole('button', { name: say('admin:people.invite') }).click();
  const link = await form.locator('[data-copy-text]').innerText();
  const guest = await stranger(t, one, server, { language, theme });
  await guest.goto(link);
  await guest.getByLabel(say('session:password_new'), { exact: true }).fill('eleven quiet lanterns');
  await guest.getByRole('button', { name: say('session:password_save') }).click();
  await guest.getByText(say('session:password_done'), { exact: true }).waitFor();
  await guest.reload();
  await guest.goto(link);
  await guest.getByLabel(say('session:password_new'), { exact: true }).fill('eleven quiet lanterns');
  await guest.getByRole('button', { name: say('session:password_save') }).click();
  await guest.getByText(say('session:link_over'), { exact: true }).waitFor(); // once
  // The audit says in words what was done, and through what.
  await page.goto('/admin/audit');
  const resets = page.getByRole('row').filter({ hasText: say('audit:POST /members/{member}/reset') });
  await resets.filter({ hasText: say('by.cli') }).first().waitFor();
  await page.getByText(say('audit:POST /password')).first().waitFor();
});

journey('sign-in with a second factor, and with a recovery code', 3, async (t, { language, theme, say }) => {
  const server = await serve(t, demoFolder(t, { language, accounts: 0 }));
  const one = await browser(t);
  const who = await person(server, { language });
  const page = await signedIn(t, one, server, who, { theme });
  await server.api('PATCH', '/api/v1/settings', { 'login.second_factor': 'required' });
  await page.goto('/admin/people');
  await page.waitForURL('**/me'); // nothing else is open
  await page.getByRole('button', { name: say('personal:factor_begin') }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel(say('personal:password_current'), { exact: true }).fill(who.password);
  await form.getByRole('button', { name: say('personal:go_on') }).click();
  await form.getByRole('img', { name: say('personal:qr') }).waitFor();
  await form.getByText(say('personal:no_scan')).click();
  const secret = (await form.locator('[data-copy-text]').innerText()).replaceAll(' ', '');
  await form.getByLabel(say('personal:code'), { exact: true }).fill('000');
  await form.getByRole('button', { name: say('personal:confirm'), exact: true }).click();
  await form.locator('[aria-invalid=true]').waitFor();
  const typed = codeOf(secret); // of this step: good in the next one too
  await form.getByLabel(say('personal:code'), { exact: true }).fill(language === 'fa' ? persian(typed) : typed);
  await form.getByRole('button', { name: say('personal:confirm'), exact: true }).click();
  const codes = (await form.locator('pre').innerText()).split('\n');
  assert.equal(codes.length, 10);
  assert.deepEqual(await axe(page), []);
  await form.getByRole('button', { name: say('personal:codes_kept') }).click();
  await page.getByRole('button', { name: say('personal:codes_new') }).waitFor();
  await page.goto('/admin/people'); // and now it is
  await page.getByRole('grid').waitFor();

  const again = await stranger(t, one, server, { language, theme });
  const first = async () => {
    await again.goto('/sign-in');
    await again.getByLabel(say('session:email')).fill(who.email);
    await again.getByLabel(say('session:password'), { exact: true }).fill(who.password);
    await again.getByRole('button', { name: say('session:do'), exact: true }).click();
    await again.getByText(say('session:code_title')).waitFor();
  };
  await first();
  assert.deepEqual(await axe(again), []);
  await again.getByLabel(say('session:code')).fill('12345');
  await again.getByRole('button', { name: say('session:do'), exact: true }).click();
  await again.locator('[aria-invalid=true]').waitFor();
  const code = codeOf(secret, 1); // later than the one before, and good in two steps
  await again.getByLabel(say('session:code')).fill(language === 'fa' ? persian(code) : code);
  await again.getByRole('button', { name: say('session:do'), exact: true }).click();
  await again.waitForURL((url) => url.pathname !== '/sign-in');
  await again.context().clearCookies();
  await first();
  await again.getByRole('button', { name: say('session:use_recovery') }).click();
  await again.getByLabel(say('session:recovery'), { exact: true }).fill(codes[0].toLowerCase());
  await again.getByRole('button', { name: say('session:do'), exact: true }).click();
  await again.waitForURL((url) => url.pathname !== '/sign-in');
});
