// From what contracts are worth to who stays: the tabs of lifetime value, and survival with its groups and effects.
import assert from 'node:assert/strict';
import { axe, browser, demoFolder, journey, person, serve, signedIn } from './web.mjs';

journey('worth: renewals, accounts, purchases, survival', 3, async (t, { language, theme, say }) => {
  const server = await serve(t, demoFolder(t, { language, accounts: 200, months: 36 }));
  const page = await signedIn(t, await browser(t), server, await person(server, { language }), { theme });
  await page.goto('/insight/lifetime-value');
  await page.getByRole('button', { name: say('worth:tab.renewals'), exact: true }).click();
  await page.locator('svg[role=img]').waitFor();
  await page.waitForURL(/tab=renewals/);
  const rows = page.getByRole('table').last().locator('tbody tr');
  assert.ok((await rows.count()) >= 3);
  await rows.last().click();
  assert.deepEqual(await axe(page), []);

  await page.getByRole('button', { name: say('worth:tab.accounts'), exact: true }).click();
  await page.getByRole('columnheader', { name: say('worth:ahead.year') }).waitFor();
  assert.match(await page.locator('tbody tr').first().getByRole('link').getAttribute('href'), /^\/accounts\//);
  await page.getByRole('button', { name: say('worth:tab.purchases'), exact: true }).click();
  await page.getByRole('heading', { name: say('worth:purchases.none') }).waitFor();

  await page.goto('/insight/survival?split=plan');
  await page.getByText(say('worth:survival.compare')).first().waitFor();
  await page.getByRole('img', { name: say('worth:survival.curve') }).waitFor();
  await page.getByText(say('worth:effects.title')).first().waitFor();
  await page.getByText(say('worth:survival.now'), { exact: true }).click();
  await page.waitForURL(/groups=now/);
  assert.deepEqual(await axe(page), []);
});
