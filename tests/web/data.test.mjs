// Data comes in: a file with wrong cells is checked, mended in its place, taken in and taken back; a key is made and its first event is seen;
// a call is logged on an account and undone.
import assert from 'node:assert/strict';
import { axe, browser, demoFolder, journey, person, serve, signedIn } from './web.mjs';

const digits = (language, text) => (language === 'fa' ? String(text).replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[digit]) : String(text));

journey('import: errors, repair, undo', 3, async (t, { language, theme, say }) => {
  const server = await serve(t, demoFolder(t, { language, accounts: 0 }));
  const who = await person(server, { language });
  const page = await signedIn(t, await browser(t), server, who, { theme });
  const n = (number) => digits(language, number);
  // Row 3: there is no month 13. Row 4: February has no 30th. Row 5: a letter of the owner's address is missing.
  const file = `key,name,owner,customer since\nA,Alder,${who.email},2026-02-11\nB,Birch,,2026-13-04\nC,Cedar,,2026-02-30\nD,Dogwood,dana@karvan.example,2026-01-05\n`;
  await page.goto('/data/imports');
  await page.getByText(say('imports:none'), { exact: true }).waitFor();
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('n');
  await page.getByRole('button', { name: say('imports:choose'), exact: true }).waitFor();
  await page.locator('input[type=file]').setInputFiles({ name: 'accounts.csv', mimeType: 'text/csv', buffer: Buffer.from(file) });
  await page.getByRole('button', { name: say('imports:check'), exact: true }).click();
  await page.getByText(say('imports:fine_of', { fine: n(1), rows: n(4) })).waitFor();
  assert.equal(await page.getByRole('button', { name: say('imports:take_one') }).count(), 1);
  assert.deepEqual(await axe(page), []);

  // One by one click, one by typing, one all together.
  await page.getByRole('button', { name: n('2026-04-13') }).click();
  await page.getByText(say('imports:fine_of', { fine: n(2), rows: n(4) })).waitFor();
  const cell = page.getByLabel(say('imports:cell', { column: 'owner', row: n(5) }));
  await cell.fill('nobody');
  await cell.press('Enter');
  await page.getByText('nobody', { exact: false }).first().waitFor();
  await cell.fill(who.email);
  await cell.press('Enter');
  await page.getByText(say('imports:fine_of', { fine: n(3), rows: n(4) })).waitFor();
  await page.getByRole('button', { name: n('2026-02-28') }).click();
  await page.getByText(say('imports:all_fine_other', { rows: n(4) })).waitFor();

  await page.getByRole('button', { name: say('imports:take_other', { n: n(4) }) }).click();
  await page.getByText(say('imports:took_other', { n: n(4) })).waitFor();
  const accounts = async () => (await (await page.request.get('/api/v1/accounts')).json()).data;
  assert.deepEqual((await accounts()).map((one) => [one.key, one.starts_on]).sort(), [['A', '2026-02-11'], ['B', '2026-04-13'], ['C', '2026-02-28'], ['D', '2026-01-05']]);

  // One of them is changed by hand: it stays when the import is taken back.
  const b = (await accounts()).find((one) => one.key === 'B');
  const patched = await page.request.patch(`/api/v1/accounts/${b.id}`, { data: { stage: 'adopting' }, headers: { 'if-match': '*', origin: server.url } });
  assert.equal(patched.status(), 200);
  await page.getByRole('button', { name: say('imports:undo'), exact: true }).click();
  await page.getByRole('button', { name: say('imports:undo_yes'), exact: true }).click();
  await page.getByText(say('imports:undone_other', { n: n(3) })).waitFor();
  await page.getByText(say('imports:undone_kept_one')).waitFor();
  assert.deepEqual((await accounts()).map((one) => one.key), ['B']);
  assert.deepEqual(await axe(page), []);
});

journey('key: made once, first event seen live', 0, async (t, { language, theme, say }) => {
  const server = await serve(t, demoFolder(t, { language, accounts: 0 }));
  const page = await signedIn(t, await browser(t), server, await person(server, { language }), { theme });
  const told = page.waitForResponse((response) => response.url().includes('/api/v1/stream'));
  await page.goto('/data/sources');
  await page.getByText(say('sources:none'), { exact: true }).waitFor();
  await page.keyboard.press('n');
  await page.getByLabel(say('sources:key_name')).fill('web app');
  await page.getByRole('button', { name: say('sources:make_key') }).click();
  const secret = (await page.locator('[role=dialog] code').first().textContent()).trim();
  await page.getByText(say('sources:waiting'), { exact: true }).waitFor();
  assert.deepEqual(await axe(page), []);
  const send = (body) =>
    fetch(`${server.url}/v1/track`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`${secret}:`).toString('base64')}` },
      body: JSON.stringify(body),
    });
  await told; // what comes before somebody listens is not told
  assert.equal((await send({ userId: 'u-17', event: 'report_opened', context: { groupId: 'customer-42' }, properties: { pages: 3 } })).status, 200);
  await page.getByText(say('sources:first_here')).waitFor();
  await page.getByRole('button', { name: say('sources:finished'), exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  // What cannot be taken stands in the same list, with its reason, and can be sent again.
  assert.equal((await send({ userId: 'u-17', event: '' })).status, 200);
  await page.getByRole('button', { name: say('sources:tab.live'), exact: true }).click();
  await page.getByText('report_opened', { exact: true }).waitFor();
  await page.getByRole('button', { name: say('sources:replay'), exact: true }).waitFor();
  await page.getByRole('button', { name: say('sources:properties'), exact: true }).click();
  await page.getByText('"pages": 3').waitFor();
  assert.deepEqual(await axe(page), []);
  // The secret is nowhere any more.
  await page.getByRole('button', { name: say('sources:tab.keys'), exact: true }).click();
  await page.getByRole('row', { name: 'web app' }).waitFor();
  assert.equal((await page.content()).includes(secret), false);
  await page.goto('/data/sources');
  await page.getByRole('row', { name: 'web app' }).getByText(say('sources:states.live'), { exact: true }).waitFor();
});

journey('call: logged in two clicks, seen, undone', 1, async (t, { language, theme, say }) => {
  const server = await serve(t, demoFolder(t, { language, accounts: 3, months: 3 }));
  const page = await signedIn(t, await browser(t), server, await person(server, { language }), { theme });
  const { data } = await (await page.request.get('/api/v1/accounts?limit=1')).json();
  await page.goto(`/accounts/${data[0].id}?tab=timeline`);
  await page.getByRole('list', { name: say('timeline:title') }).waitFor();
  const said = language === 'fa' ? 'دربارهٔ تمدید https://karavan.example/offer' : 'About the renewal https://karavan.example/offer <b>x</b>';
  await page.keyboard.press('l');
  await page.getByLabel(say('timeline:touch.summary')).fill(said);
  await page.getByLabel(say('timeline:touch.outcome')).fill('42');
  await page.getByRole('button', { name: say('timeline:touch.save.call') }).last().click();
  await page.getByText(say('timeline:touch.saved.call')).waitFor();
  const entry = page.getByRole('list', { name: say('timeline:title') }).getByRole('article').filter({ hasText: said.slice(0, 12) });
  await entry.waitFor();
  assert.equal(await entry.getByRole('link').getAttribute('href'), 'https://karavan.example/offer');
  assert.equal(await entry.locator('b').count(), 0); // markup stays text
  await page.getByRole('button', { name: say('undo') }).click();
  await page.getByText(said.slice(0, 12)).waitFor({ state: 'detached' });
});
