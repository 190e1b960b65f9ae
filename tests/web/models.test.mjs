// From a model to the reasons of one account: made before it is served, read on its page, then made anew and rolled back.
import assert from 'node:assert/strict';
import { until, vafaJson } from '../harness/vafa.mjs';
import { axe, browser, demoFolder, journey, person, serve, signedIn } from './web.mjs';

journey('models: read how one was tested, go to an account and its reasons, make anew and roll back', 3, async (t, { language, theme, say }) => {
  const folder = demoFolder(t, { language, accounts: 300, months: 30 });
  const made = vafaJson('model', 'train', folder, 'churn');
  assert.equal(made.state, 'live', made.text);
  const server = await serve(t, folder);
  const page = await signedIn(t, await browser(t), server, await person(server, { language }), { theme });
  const local = (text) => (language === 'fa' ? String(text).replace(/[0-9]/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[digit]).replace('.', '٫') : String(text));
  const latin = (text) => text.replace(/[۰-۹]/g, (digit) => String('۰۱۲۳۴۵۶۷۸۹'.indexOf(digit))).replaceAll('٫', '.').replace(/[٪%\u061c]/g, '');

  // The list says which outcome is foretold, and by keyboard leads on.
  await page.goto('/insight/models');
  const list = page.locator('#models tbody tr');
  await list.first().waitFor();
  const { data: outcomes } = (await server.api('GET', '/api/v1/models')).json;
  assert.ok(outcomes.some(({ product }) => product === 'analytics'));
  assert.equal(await list.count(), outcomes.length);
  const churn = list.first();
  assert.ok((await churn.innerText()).includes(say('models:state.live')));
  assert.deepEqual(await axe(page), []);
  await churn.press('Enter');

  // Its page: every learner that was tried, with the figures of the server, and what was left out.
  const learners = page.locator('#learners tbody tr');
  await learners.first().waitFor();
  const { tests } = made;
  assert.equal(await learners.count(), tests.learners.length);
  const chosen = tests.learners.find(({ learner }) => learner === tests.chosen);
  const used = learners.filter({ hasText: say('models:tag.used') });
  const auc = Number(latin((await used.locator('td').nth(1).locator('.num').innerText()).trim()));
  assert.ok(Math.abs(auc - chosen.auc) < 0.0006, `${auc} ${chosen.auc}`);
  await page.getByText(say('models:associated')).waitFor();
  await page.locator('#left-out summary').first().click();
  assert.ok((await page.locator('#left-out li').count()) >= 3);
  assert.equal(await page.locator('#definitions dt').count(), 10);
  assert.deepEqual(await axe(page), []);

  // The accounts by their chance, the highest first, in percent; the first one's reasons lead to its rows.
  await page.getByRole('link', { name: say('models:accounts') }).click();
  const { data } = (await server.api('GET', '/api/v1/accounts/table?sort=-churn_probability&columns=churn_probability&limit=1')).json;
  const percent = String(Number((100 * data[0].facts.churn_probability).toFixed(1)));
  const top = page.locator('[role=row][data-index="0"]');
  const chance = top.getByRole('gridcell').nth(3); // after the box, the name and the health
  const said = async () => latin(await chance.innerText()).trim();
  await until('the chance in the first row', async () => (await said()) === percent);
  // While it is not known yet what a fact is, its column has its place.
  let release;
  const held = new Promise((done) => (release = done));
  await page.route('**/api/v1/facts', async (route) => {
    await held;
    await route.continue().catch(() => {}); // the page went on
  });
  await page.reload();
  await top.waitFor();
  assert.equal(await page.locator('[role=columnheader]').count(), 7); // the box, the name and the five of the address
  assert.equal(await said(), '');
  release();
  await until('the chance after a while', async () => (await said()) === percent);
  await page.goto(`/accounts/${data[0].id}`);
  const block = page.locator('#predictions article').first();
  await block.waitFor();
  const foretold = (await server.api('GET', `/api/v1/accounts/${data[0].id}/predictions`)).json.data[0];
  const shown = foretold.reasons.slice(0, 3);
  assert.equal(await block.locator('li').count(), shown.length);
  assert.equal(await block.locator('li [role=img]', { hasText: '↑' }).count(), shown.filter(({ direction }) => direction === 'raises').length);
  const tabs = { usage: 'usage', tickets: 'tickets', answers: 'answers', subscriptions: 'subscriptions', invoices: 'invoices', contacts: 'people', activities: 'timeline', milestones: 'milestones' };
  const at = shown.findIndex(({ evidence }) => tabs[evidence]);
  assert.ok(at >= 0, JSON.stringify(shown));
  await block.locator('li').nth(at).getByRole('button').click();
  await page.waitForURL((url) => url.searchParams.get('tab') === tabs[shown[at].evidence]);
  await page.goto(`/accounts/${data[0].id}?tab=health`);
  await page.getByRole('heading', { name: say('account:predictions.history_of', { title: '' }).trim() }).first().waitFor();

  // Made anew by its key it goes live, which is said; rolled back, the one before is live again.
  await page.goto('/insight/models/churn');
  const versions = page.locator('#versions tbody tr');
  await versions.first().waitFor();
  const before = await versions.count();
  const told = page.getByText(say('models:made_now.live', { n: local(made.version + 1) })).waitFor({ timeout: 120_000 }); // gone again after a while
  await page.keyboard.press('m');
  await page.waitForFunction((n) => document.querySelectorAll('#versions tbody tr').length > n, before, { timeout: 120_000 });
  const [newest] = (await server.api('GET', '/api/v1/models/churn')).json.versions;
  assert.equal(newest.state, 'live', newest.text);
  await told;
  const back = say('models:versions.back', { n: local(made.version) });
  await page.getByRole('button', { name: back }).click();
  const sure = page.getByRole('dialog', { name: say('models:versions.sure', { n: local(made.version) }) });
  await sure.getByRole('button', { name: back }).click();
  await page.getByText(say('models:versions.done', { n: local(made.version) })).waitFor();
  await versions.filter({ hasText: say('models:state.rolled_back') }).waitFor();
});
