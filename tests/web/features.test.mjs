// A feature of the product is added, a second one of its key is refused, it is removed and brought back.
import assert from 'node:assert/strict';
import { axe, browser, demoFolder, journey, person, serve, signedIn } from './web.mjs';

journey('features: add, refuse, remove and undo', 1, async (t, { language, theme, say }) => {
  const server = await serve(t, demoFolder(t, { language, accounts: 0 }));
  const page = await signedIn(t, await browser(t), server, await person(server, { language }), { theme });
  const name = language === 'fa' ? 'مسیرساز' : 'Route planner';
  await page.goto('/data/features');
  await page.getByText(say('data:features.none'), { exact: true }).waitFor();
  assert.equal(await page.locator('html').getAttribute('dir'), language === 'fa' ? 'rtl' : 'ltr');
  const add = async () => {
    await page.keyboard.press('n');
    await page.getByLabel(say('data:features.key'), { exact: true }).fill('route_planned');
    await page.getByLabel(say('data:features.title_en')).fill('Route planner');
    await page.getByLabel(say('data:features.title_fa')).fill('مسیرساز');
    await page.getByRole('button', { name: say('save'), exact: true }).click();
  };
  await add();
  await page.getByText(say('data:features.saved', { name })).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await add();
  await page.getByRole('dialog').getByText('route_planned').first().waitFor(); // the fault names the key
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('row', { name }).click();
  await page.getByRole('button', { name: say('data:features.remove') }).click();
  await page.getByText(say('data:features.removed', { name })).waitFor();
  await page.getByText(say('data:features.none'), { exact: true }).waitFor();
  await page.getByRole('button', { name: say('undo') }).click();
  await page.getByRole('row', { name }).waitFor();
  assert.deepEqual(await axe(page), []);
});
