// Explain a drop: from Home to the account, its waterfall, and the rows behind the largest effect. And a customer changes hands, and back.
import assert from 'node:assert/strict';
import { until } from '../harness/vafa.mjs';
import { axe, browser, demoFolder, journey, person, serve, signedIn } from './web.mjs';

const json = async (page, at) => {
  const answer = await page.request.get(at);
  assert.ok(answer.ok(), `${at}: ${answer.status()}`);
  return answer.json();
};

journey('explain a drop: from Home to the rows behind it', 0, async (t, { language, theme, say }) => {
  const server = await serve(t, demoFolder(t, { language }));
  const page = await signedIn(t, await browser(t), server, await person(server, { language }), { theme });
  const headers = { 'accept-language': language };
  const home = await (await page.request.get('/api/v1/home', { headers })).json();
  // The first who fell, and whose fall has evidence in the card.
  const call = home.calls.data.find((one) => one.change_28d < -1 && one.reasons.some((reason) => reason.difference < -1 && reason.key !== 'champion_left'));
  assert.ok(call, 'the demo company has nobody who fell');
  await page.goto('/');
  await page.locator('#call-first').getByText(call.name).waitFor();
  await page.getByText(call.reasons.find((reason) => reason.difference < -1).text).first().waitFor();
  assert.deepEqual(await axe(page), []);
  for (let i = 0; i < home.calls.data.indexOf(call); i++) await page.keyboard.press('j');
  await page.locator('#call-first [data-active]').filter({ hasText: call.name }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`/accounts/${call.id}`));
  const health = await json(page, `/api/v1/accounts/${call.id}/health?against=${dayBefore(home.today, 28)}`);
  const { score_before, parts } = health.waterfall;
  const rounded = (score) => (language === 'fa' ? digits(Math.round(score)) : String(Math.round(score)));
  await page.locator('#why h2').getByText(rounded(score_before)).waitFor();
  // The rows stand in the order of their effect, and the page's sum is the server's.
  const byKey = new Map();
  for (const part of parts) if (part.title) byKey.set(part.title, (byKey.get(part.title) ?? 0) + part.difference);
  const [largest] = [...byKey].sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const rows = page.locator('#why tbody tr');
  assert.ok((await rows.nth(1).innerText()).includes(largest[0]), `the first row is ${await rows.nth(1).innerText()}, not ${largest[0]}`);
  assert.ok((await rows.last().innerText()).includes(rounded(health.score)));
  // Behind the largest effect of a measure: its value, its definition and its rows.
  const [name] = [...byKey]
    .filter(([one]) => health.measures.some((measure) => measure.title === one && measure.text !== null))
    .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]))[0];
  const measure = health.measures.find((one) => one.title === name);
  await page.locator('#why').getByRole('button', { name, exact: true }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByText(measure.text).first().waitFor();
  const [, key, version] = /^(.*) v(\d+)$/.exec(health.card);
  const { title } = (await json(page, '/api/v1/scorecards')).data.find((one) => one.key === key).card;
  await drawer.getByText(say('card_version', { title: title[language], version: rounded(Number(version)) })).waitFor();
  await drawer.getByRole('region', { name: say('account:measure.rows') }).waitFor();
  await page.waitForURL(new RegExp(`open=${measure.key}`));
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'hidden' });
  // The same, on a day of the past: the page says so, and leads back.
  await page.goto(`/accounts/${call.id}?as_of=${dayBefore(home.today, 28)}`);
  await page.getByRole('button', { name: say('account:back_to_today') }).click();
  await page.waitForURL((url) => !url.searchParams.has('as_of'));
  await page.keyboard.press('h');
  await page.waitForURL(/tab=health/);
  await page.locator('#measures table').first().waitFor();
  assert.deepEqual(await axe(page), []);
});

journey('an account changes hands, and back', 2, async (t, { language, theme, say }) => {
  const server = await serve(t, demoFolder(t, { language, accounts: 20 }));
  const page = await signedIn(t, await browser(t), server, await person(server, { language }), { theme });
  const { data } = await json(page, '/api/v1/accounts?limit=50');
  const account = data.find((one) => one.owner);
  const { owner, owner_name } = await json(page, `/api/v1/accounts/${account.id}/overview`);
  const { data: members } = await json(page, '/api/v1/members');
  const other = members.find((member) => member.id !== owner && member.role === 'csm');
  const hands = (name) => `${name} ${say('account:edit.change')}`;
  const held = async () => (await json(page, `/api/v1/accounts/${account.id}/overview`)).owner;
  await page.goto(`/accounts/${account.id}`);
  await page.getByRole('button', { name: hands(owner_name) }).click();
  await page.getByRole('menuitem', { name: other.name }).click();
  await page.getByRole('button', { name: hands(other.name) }).waitFor(); // at once
  await page.getByText(say('account:changed', { field: say('account:edit.owner'), name: account.name })).waitFor();
  assert.equal(await held(), other.id);
  await page.keyboard.press('z');
  await page.getByRole('button', { name: hands(owner_name) }).waitFor();
  await until('the owner back', async () => (await held()) === owner);
  // The tabs by their numbers.
  await page.keyboard.press('4');
  await page.waitForURL(/tab=people/);
  await page.locator('#people table').waitFor();
  await page.keyboard.press('6');
  await page.waitForURL(/tab=subscriptions/);
  await page.locator('#subscriptions table').waitFor();
  assert.deepEqual(await axe(page), []);
});

journey('an account of which nothing is known: its health is unknown, nowhere a zero', 1, async (t, { language, theme, say }) => {
  const server = await serve(t, demoFolder(t, { language, accounts: 0 }));
  const page = await signedIn(t, await browser(t), server, await person(server, { language }), { theme });
  const made = await server.api('POST', '/api/v1/accounts', { key: 'dun-118', name: 'Dunmore Textiles' });
  assert.equal(made.status, 201, made.text);
  await page.goto('/?book=all');
  await page.getByText(say('home:lead.no_health_one')).waitFor();
  await page.getByText(say('home:call.no_health')).waitFor();
  await page.getByText(say('home:renewals.no')).waitFor();
  const zero = language === 'fa' ? '۰ تومان' : '€0';
  const risk = page.locator('#risk table');
  await risk.getByText(say('home:leaders.no_health')).waitFor();
  await page.waitForLoadState('networkidle');
  assert.ok(!(await page.locator('main').innerText()).includes(zero));
  assert.deepEqual(await axe(page), []);
  // The table: who is at risk is not counted as nobody.
  await page.goto('/accounts?view=at_risk');
  await page.getByRole('heading', { name: say('accounts:no_health') }).waitFor();
  assert.deepEqual(await axe(page), []);
});

const dayBefore = (day, days) => new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
const digits = (number) => String(number).replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[digit]);
