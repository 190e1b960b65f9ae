// A feature of the product is added, removed and brought back; faults stand at their fields. Persian, dark.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axe, browser, demoFolder, person, serve, signedIn, webSkip } from './web.mjs';

test('features: add, refuse a second one of the key, remove and undo', { skip: webSkip }, async (t) => {
  const server = await serve(t, demoFolder(t, { language: 'fa', accounts: 0 }));
  const who = await person(server, { language: 'fa', name: 'مینا راد' });
  const page = await signedIn(t, await browser(t), server, who, { theme: 'dark' });
  await page.goto('/data/features');
  assert.equal(await page.locator('html').getAttribute('dir'), 'rtl');
  await page.getByText('هنوز قابلیتی نیست').waitFor();
  const add = async () => {
    await page.keyboard.press('n');
    await page.getByLabel('نام رویداد').fill('route_planned');
    await page.getByLabel('نام انگلیسی').fill('Route planner');
    await page.getByLabel('نام فارسی').fill('مسیرساز');
    await page.getByRole('button', { name: 'ذخیره' }).click();
  };
  await add();
  await page.getByText('مسیرساز ذخیره شد.').waitFor();
  await add();
  await page.getByRole('dialog').getByText('route_planned', { exact: false }).first().waitFor(); // the fault names the key
  await page.keyboard.press('Escape');
  await page.getByRole('row', { name: /مسیرساز/ }).click();
  await page.getByRole('button', { name: 'حذف قابلیت' }).click();
  await page.getByText('مسیرساز حذف شد.').waitFor();
  await page.getByText('هنوز قابلیتی نیست').waitFor();
  await page.getByRole('button', { name: /برگشت/ }).click();
  await page.getByRole('row', { name: /مسیرساز/ }).waitFor();
  assert.deepEqual(await axe(page), []);
});
