// From net retention down to the rows: the company of tests/stories/retention.test.mjs, whose year 2025 is reckoned there by hand.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporary, vafaOk } from '../harness/vafa.mjs';
import { axe, browser, journey, person, serve, signedIn } from './web.mjs';

const files = {
  accounts: 'key,name\nA,Alborz\nB,Baran\nC,Chakavak\nD,Damavand\nE,Elvand\n',
  subscriptions: `key,account,starts_on,ends_on,effective_from,seats,amount,amount_per,currency,auto_renew
a,A,2024-02-01,2025-01-31,2024-02-01,10,1000.00,year,EUR,yes
a,A,2024-02-01,2025-01-31,2025-06-01,10,1200.00,year,EUR,yes
b,B,2024-02-01,2025-01-31,2024-02-01,10,1000.00,year,EUR,yes
b,B,2024-02-01,2025-01-31,2025-08-15,7,700.00,year,EUR,yes
c,C,2024-04-11,2025-04-10,2024-04-11,,500.00,year,EUR,no
d,D,2024-12-20,,2024-12-20,,600.00,year,USD,no
e,E,2025-07-01,,2025-07-01,,800.00,year,EUR,no
`,
  rates: 'currency,day,rate\nUSD,2024-12-01,0.95\nUSD,2025-12-15,0.85\n',
};

journey('retention: read net retention down to the rows, then close a month', 2, async (t, { language, theme, say }) => {
  const folder = path.join(temporary(t), 'data');
  vafaOk('init', folder, '--name', 'Karavan', '--time-zone', 'UTC', '--calendar', 'gregorian', '--language', language, '--currency', 'EUR');
  for (const [kind, text] of Object.entries(files)) {
    const file = path.join(path.dirname(folder), `${kind}.csv`);
    writeFileSync(file, text);
    vafaOk('import', kind, folder, file, '--backfill');
  }
  const server = await serve(t, folder);
  const page = await signedIn(t, await browser(t), server, await person(server, { language }), { theme });
  const digits = (text) => (language === 'fa' ? text.replace(/[0-9]/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[digit]).replace('.', '٫') : text);
  const dialog = page.getByRole('dialog');
  const closeDrawer = async () => {
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  };

  await page.goto('/insight/retention?from=2025-01-01&to=2025-12-31');
  for (const figure of ['80.5', '73.9', '75', '1.3']) // net 2,470 ÷ 3,070, gross 2,270 ÷ 3,070, 3 of 4, 1,000 ÷ 800
    await page.getByRole('button', { name: new RegExp(`^[\\u061c٪]*${digits(figure)}[%٪]?$`) }).waitFor();
  await page.getByText(say('insight:few_of', { n: digits('4') })).first().waitFor();

  // The figure opens its accounts, and each account what changed.
  await page.getByRole('button', { name: new RegExp(digits('80.5')) }).click();
  const row = dialog.getByRole('row', { name: /Baran/ });
  await row.waitFor();
  const said = await row.innerText();
  assert.ok(said.includes(say('retention:move.contraction')) && said.includes(say('retention:part.seats')), said);
  assert.match(said.replace(/[۰-۹]/g, (digit) => String('۰۱۲۳۴۵۶۷۸۹'.indexOf(digit))), /300/);
  assert.equal(await dialog.locator('tbody tr').count(), 4);
  assert.match(await row.getByRole('link').getAttribute('href'), /^\/accounts\/[0-9a-f-]{36}$/);
  await page.waitForURL(/open=/); // what is open stands in the address
  await closeDrawer();

  // A bar by keyboard: who was lost.
  await page.getByRole('button', { name: new RegExp(`^${say('retention:bar.churn')}`) }).press('Enter');
  await dialog.getByRole('row', { name: /Chakavak/ }).waitFor();
  assert.equal(await dialog.locator('tbody tr').count(), 1);
  await closeDrawer();

  // The switch to renewals rewrites the figures: A and B of three terms were renewed, 2,000 of 2,500.
  await page.locator('main').getByText(say('retention:mode.renewals'), { exact: true }).click();
  await page.getByText(say('retention:lead.renewals_then', { done: digits('2'), due: digits('3') })).waitFor();
  await page.getByRole('button', { name: new RegExp(`^[\\u061c٪]*${digits('80')}[%٪]?$`) }).waitFor();
  assert.deepEqual(await axe(page), []);

  // A manager closes the last month that can be closed.
  await page.getByRole('button', { name: say('retention:closed.open_books') }).click();
  const verb = say('retention:closed.close', { period: '' }).trim();
  await dialog.getByRole('button').filter({ hasText: verb }).first().click();
  const sure = page.getByRole('dialog', { name: /[?؟]$/ });
  await sure.getByText(say('retention:closed.warning')).waitFor();
  await sure.getByRole('button').filter({ hasText: verb }).click();
  await dialog.locator('tbody tr').filter({ hasText: 'Dana Whitlock' }).waitFor();
});
