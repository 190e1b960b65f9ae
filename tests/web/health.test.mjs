// A scorecard is edited and tested as one drags, published with a reason; a segment is built with its preview. Both journeys by the keyboard.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../harness/vafa.mjs';
import { axe, browser, demoFolder, person, serve, signedIn, webSkip } from './web.mjs';

test('a scorecard: weight by key, edge by key, sum said and spread, published with a reason', { skip: webSkip }, async (t) => {
  const server = await serve(t, demoFolder(t, { accounts: 40 }));
  const page = await signedIn(t, await browser(t), server, await person(server));
  await page.goto('/health/scorecards');
  await page.getByRole('row', { name: /Complete/ }).click();
  await page.getByText('v1 live').first().waitFor();

  // Seats in use weigh 45 × 30 % = 13.5 of 100; Shift and an arrow are five more.
  const weight = page.getByRole('slider', { name: 'Weight of Seats in use, 28 days' });
  assert.equal(await weight.getAttribute('aria-valuenow'), '13.5');
  await weight.focus();
  const asked = page.waitForRequest((request) => request.url().includes('/what-if') && request.postDataJSON().card.groups[0].weight === 50);
  await page.keyboard.press('Shift+ArrowRight');
  await asked;
  assert.equal(await weight.getAttribute('aria-valuenow'), '18.5');
  await page.getByText('The weights add up to 105, 5 over 100.').waitFor();
  await page.getByRole('button', { name: 'Spread the rest' }).click();
  await page.getByText('The weights add up to 100.').waitFor();
  assert.equal(await weight.getAttribute('aria-valuenow'), '18.5');

  // The first edge of its bands, drawn over the accounts, moves by keys.
  await page.getByRole('region', { name: 'Groups and measures' }).getByRole('button', { name: 'Seats in use, 28 days', exact: true }).click();
  const edge = page.getByRole('slider', { name: 'Edge 1 of Seats in use, 28 days' });
  await edge.waitFor();
  const before = Number(await edge.getAttribute('aria-valuenow'));
  await edge.focus();
  await page.keyboard.press('ArrowRight');
  await until('the edge moved', async () => Number(await edge.getAttribute('aria-valuenow')) > before);
  await page.getByText(/accounts? change/).first().waitFor();
  assert.deepEqual(await axe(page), []);

  // The draft is this browser's until it is published.
  await page.reload();
  await page.getByText('v2 draft').waitFor();
  await page.getByRole('button', { name: 'Publish v2' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Seats in use, 28 days: weight 13.5% becomes 18.5%').waitFor();
  await dialog.getByRole('button', { name: 'Publish v2' }).click();
  await dialog.getByText('Say why in a few words.').waitFor();
  await dialog.getByLabel('Why').fill('Seats tell leavers apart');
  await dialog.getByRole('button', { name: 'Publish v2' }).click();
  await page.getByText('Version 2 is live.').waitFor();
  await page.getByRole('button', { name: 'Versions' }).click();
  await page.getByRole('dialog').getByText('Seats tell leavers apart').waitFor();
  const { data } = await (await page.request.get('/api/v1/scorecards/complete/versions')).json();
  assert.deepEqual(
    data.map(({ version, reason }) => [version, reason]),
    [
      [2, 'Seats tell leavers apart'],
      [1, null],
    ],
  );
  const weights = data[0].card.groups.map((group) => group.weight);
  assert.ok(Math.abs(weights.reduce((sum, one) => sum + one, 0) - 100) < 0.01, String(weights));
});

test('a segment: made, its rule built with count and names before it is saved, then its members', { skip: webSkip }, async (t) => {
  const server = await serve(t, demoFolder(t, { language: 'fa', accounts: 40 }));
  const who = await person(server, { language: 'fa', name: 'مینا راد' });
  const page = await signedIn(t, await browser(t), server, who, { theme: 'dark' });
  await page.goto('/health/segments');
  await page.getByRole('grid').waitFor();
  await page.keyboard.press('n');
  const form = page.getByRole('dialog');
  await form.getByLabel('نام انگلیسی').fill('Urgent');
  await form.getByLabel('نام فارسی').fill('فوری‌ها');
  await form.getByRole('button', { name: 'ساختن بخش' }).click();
  await page.getByText('فوری‌ها ساخته شد.').waitFor();
  await page.waitForURL(/\/health\/segments\/urgent/);

  // The first condition (revenue known) holds for all; the second keeps those with an open urgent ticket.
  const preview = page.getByRole('complementary', { name: 'اگر ذخیره کنید' });
  await preview.getByText('کسی نمی‌آید و نمی‌رود.').waitFor();
  await page.getByRole('button', { name: 'افزودن شرط' }).first().click();
  await page.getByRole('combobox', { name: 'چه چیزی' }).fill('تیکت‌های فوری');
  await page.getByRole('option', { name: /^تیکت‌های فوری/ }).first().click();
  const value = page.getByLabel('مقدار', { exact: true });
  await value.fill('1');
  await value.press('Enter');
  await preview.getByText(/خارج می‌شوند/).waitFor();
  const shown = await (
    await page.request.post('/api/v1/rules/evaluate', {
      headers: { origin: server.url },
      data: { text: 'arr is known and open_urgent_tickets >= 1' },
    })
  ).json();
  const digits = (n) => String(n).replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[digit]);
  await preview.getByText(digits(shown.true), { exact: true }).waitFor();
  await page.getByRole('button', { name: 'ذخیرهٔ بخش' }).click();
  await page.getByText('فوری‌ها ذخیره شد.').waitFor();
  assert.deepEqual(await axe(page), []);
  const { members } = await (await page.request.get('/api/v1/segments/urgent')).json();
  assert.equal(members, shown.true);
});
