// A customer is found as people type them, the list is narrowed by a rule made of words, several are assigned at once and taken back.
import assert from 'node:assert/strict';
import { axe, browser, demoFolder, journey, person, serve, signedIn } from './web.mjs';

journey('find an account, filter by a rule, assign many, undo', 1, async (t, { language, theme, say }) => {
  const server = await serve(t, demoFolder(t, { language }));
  const who = await person(server, { language, name: language === 'fa' ? 'مینا راد' : 'Dana Whitlock' });
  const page = await signedIn(t, await browser(t), server, who, { theme });
  const ask = async (path) => (await page.request.get(path)).json();
  const rows = () => page.locator('[role=grid] [role=row][data-index]');
  const total = async () => Number(await page.locator('[role=grid]').getAttribute('aria-rowcount')) - 1;

  await page.goto('/accounts');
  await rows().first().waitFor();
  const all = await ask('/api/v1/accounts/table?limit=500');
  assert.equal(await total(), all.total);

  // The palette: Arabic yeh for the Persian one, and a letter of another word left out.
  const wanted = all.data.find(({ name }) => /ی/.test(name) && name.length > 8);
  const typed = wanted.name.replaceAll('ی', 'ي').replace(/(..)$/, (end) => end[1]);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: say('palette.title') }).fill(typed);
  const option = page.getByRole('option').filter({ hasText: wanted.name }).first();
  await option.waitFor();
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Escape');

  // Find in the view finds the same one.
  await page.keyboard.press('/');
  await page.keyboard.type(typed);
  await page.waitForFunction(() => document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') === '2');
  await page.getByRole('row', { name: new RegExp(wanted.name) }).waitFor();
  await page.waitForURL(/q=/);
  await page.keyboard.press('Escape');
  await page.waitForFunction((n) => document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') === String(n + 1), all.total);

  // A rule in words: what, how, which value.
  await page.keyboard.press('f');
  const editor = page.getByRole('dialog').filter({ has: page.getByRole('combobox', { name: say('rule:subject') }) });
  await editor.getByRole('combobox', { name: say('rule:subject') }).fill(language === 'fa' ? 'سلامت (' : 'Health (');
  await page.getByRole('option', { name: language === 'fa' ? /^سلامت \(/ : /^Health \(/ }).first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await editor.getByRole('combobox', { name: say('rule:relation') }).click();
  await page.getByRole('option', { name: say('rule:op.<='), exact: true }).click();
  const value = editor.getByRole('textbox', { name: say('rule:value') });
  await value.fill('75');
  await value.press('Enter');
  const below = await ask(`/api/v1/accounts/table?limit=500&where=${encodeURIComponent('health <= 75')}`);
  assert.ok(below.total > 2 && below.total < all.total, `${below.total} of ${all.total}`);
  await page.waitForFunction((n) => document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') === String(n + 1), below.total);
  await page.waitForURL((url) => url.searchParams.get('where')?.includes('health <= 75'));

  // The state is in the address.
  await page.reload();
  await page.waitForFunction((n) => document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') === String(n + 1), below.total);

  // Three rows by keys, assigned at once.
  const three = below.data.slice(0, 3);
  await rows().first().focus();
  for (const step of ['x', 'j', 'x', 'j', 'x']) await page.keyboard.press(step);
  const bar = page.getByRole('toolbar');
  await bar.waitFor();
  assert.deepEqual(await axe(page), []);
  await page.route('**/api/v1/members?*', async (route) => {
    await new Promise((late) => setTimeout(late, 800));
    await route.continue().catch(() => {}); // the page went on
  });
  await page.keyboard.press('a');
  await page.getByLabel(say('accounts:bulk.find_member')).fill(who.email.startsWith('dana') && language === 'en' ? 'Dana' : 'مينا');
  await page.keyboard.press('Enter'); // before the names are here: it is not lost
  await page.getByRole('button', { name: new RegExp(say('undo')) }).waitFor();
  const owners = async () => {
    const { data } = await ask(`/api/v1/accounts/table?limit=500&where=${encodeURIComponent('health <= 75')}`);
    return three.map(({ id }) => data.find((row) => row.id === id)?.owner?.name ?? null);
  };
  const me = language === 'fa' ? 'مینا راد' : 'Dana Whitlock';
  assert.deepEqual(await owners(), [me, me, me]);

  // Z takes it back.
  await page.keyboard.press('z');
  await assert.doesNotReject(
    page.waitForFunction(
      async (names) => {
        const answer = await fetch('/api/v1/accounts/table?limit=500');
        const { data } = await answer.json();
        return names.every(([id, owner]) => (data.find((row) => row.id === id)?.owner?.name ?? null) === owner);
      },
      three.map(({ id, owner }) => [id, owner?.name ?? null]),
    ),
  );

  // Space looks without leaving; Escape comes back to the list.
  await rows().first().focus();
  await page.keyboard.press('Space');
  await page.getByRole('dialog').getByText(three[0].name).first().waitFor();
  await page.waitForURL(/peek=/);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});
