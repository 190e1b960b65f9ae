// From what customers could have to the peers behind a number, to one account and to the model that says how likely it is; and the company with nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { until, vafaJson } from '../harness/vafa.mjs';
import { axe, browser, demoFolder, journey, person, serve, signedIn } from './web.mjs';

const local = (language, n) => (language === 'fa' ? String(n).replace(/[0-9]/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[digit]) : String(n));

journey('growth: by product, the peers behind a number, one account, and its model', 1, async (t, { language, theme, say }) => {
  const folder = demoFolder(t, { language, accounts: 200, months: 24 });
  const made = vafaJson('model', 'train', folder, 'cross_sell:analytics');
  assert.equal(made.state, 'live', made.text);
  const server = await serve(t, folder);
  const page = await signedIn(t, await browser(t), server, await person(server, { language }), { theme });

  await page.goto('/insight/growth');
  const rows = page.locator('#rooms tbody tr');
  await rows.first().waitFor();
  assert.deepEqual(await axe(page), []);
  await page.getByLabel(say('growth:product'), { exact: true }).first().click();
  await page.getByRole('option', { name: 'analytics' }).click();
  await page.waitForURL((url) => url.searchParams.get('product') === 'analytics');
  const { data, rows: all } = (await server.api('GET', '/api/v1/growth/whitespace?product=analytics&kind=product&limit=50')).json;
  await until('this product alone', async () => {
    const shown = await rows.allInnerTexts();
    return shown.length === data.length && shown.every((text) => text.includes('analytics'));
  });
  const top = rows.filter({ hasText: data[0].name }).first();
  const peers = local(language, data[0].peers);
  assert.ok((await top.innerText()).includes(peers));

  // The number opens to its rows.
  await top.getByRole('button').click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('tbody tr').first().waitFor();
  assert.equal(await dialog.locator('tbody tr').count(), data[0].peers);
  assert.equal(await dialog.locator('tbody tr').filter({ hasText: say('growth:yes') }).count(), data[0].peers_have);
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });

  // All of them as CSV.
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
  assert.equal(readFileSync(await file.path(), 'utf8').trim().split('\r\n').length, 1 + all);

  // The account says the same; its chance leads to the model, which leads back.
  await page.goto(`/accounts/${data[0].id}?tab=subscriptions`);
  const own = page.locator('#growth tbody tr').filter({ hasText: 'analytics' });
  await own.waitFor();
  assert.ok((await own.innerText()).includes(peers));
  await page.goto('/insight/growth?product=analytics&kind=product&sort=chance');
  await rows.first().getByRole('link').nth(1).click();
  await page.waitForURL(/insight.models.cross_sell/);
  await page.locator('#definitions').waitFor();
  assert.deepEqual(await axe(page), []);
  await page.getByRole('link', { name: say('models:room') }).click();
  await rows.first().waitFor();
});

journey('growth: nothing to grow into yet', 0, async (t, { language, theme, say }) => {
  const server = await serve(t, demoFolder(t, { language, accounts: 0 }));
  const page = await signedIn(t, await browser(t), server, await person(server, { language }), { theme });
  await page.goto('/insight/growth');
  await page.getByRole('heading', { name: say('growth:empty.title') }).waitFor();
  assert.deepEqual(await axe(page), []);
});
