// Adoption over the demo company: sums close, features and heat map agree, people and holidays count; in both languages, and with bad input.
import assert from 'node:assert/strict';
import test from 'node:test';
import { company, vafa, vafaJson, vafaOk } from '../harness/vafa.mjs';

test('adoption of the demo company', async (t) => {
  const folder = company(t, { currency: 'EUR' });
  vafaOk('demo', folder, '--accounts', '60', '--months', '6', '--seed', '7', '--until', '2026-03-01');
  const one = (...words) => vafaJson(...words).data[0];

  await t.test('active = new + returning + resurrecting, by week and month, in both calendars', () => {
    for (const by of ['week', 'month'])
      for (const calendar of ['gregorian', 'persian']) {
        const rows = vafaJson('adoption', folder, '--by', by, '--calendar', calendar, '--from', '2025-10-01', '--to', '2026-02-28').data;
        assert.ok(rows.length >= 5, `${rows.length} rows`);
        for (const row of rows) {
          assert.equal(row.accounts_new + row.accounts_returning + row.accounts_resurrecting, row.active_accounts);
          assert.equal(row.people_new + row.people_returning + row.people_resurrecting, row.people);
        }
        // Who is active in a period comes back in the next one or falls dormant.
        for (let i = 1; i < rows.length; i++) assert.equal(rows[i].people_returning + rows[i].people_dormant, rows[i - 1].people);
      }
  });

  await t.test('a split sums to the whole, a rule leaves out', () => {
    const whole = one('adoption', folder, '--period', '2026-01');
    const parts = vafaJson('adoption', folder, '--period', '2026-01', '--split', 'plan').data;
    for (const sum of ['accounts', 'active_accounts', 'people', 'events', 'power_users', 'people_dormant']) assert.equal(parts.reduce((all, part) => all + part[sum], 0), whole[sum], sum);
    const starter = one('adoption', folder, '--period', '2026-01', '--where', 'plan = "starter"');
    assert.equal(starter.people, parts.find((part) => part.group === 'starter').people);
  });

  await t.test('features, heat map and usage tell the same events', () => {
    const usage = vafaJson('usage', folder, '--period', '2026-01');
    const features = vafaJson('adoption', 'features', folder, '--period', '2026-01').data;
    assert.equal(features.reduce((sum, row) => sum + row.events, 0), usage.events);
    const heat = vafaJson('adoption', 'heatmap', folder, '--period', '2026-01', '--limit', '500');
    heat.features.forEach((key, f) => assert.equal(heat.data.reduce((sum, row) => sum + (row.cells[f] ?? 0), 0), features.find((row) => row.feature === key).events, key));
    assert.equal(heat.data.length, usage.active_accounts);
  });

  await t.test('a feature of one plan, and one of many events', () => {
    vafaOk('features', 'add', folder, 'everything', '--title', 'Everything', '--core', '--plans', 'enterprise', '--events', 'repor*, expo*');
    const features = vafaJson('adoption', 'features', folder, '--period', '2026-01').data;
    const row = (key) => features.find((feature) => feature.feature === key);
    const enterprise = one('adoption', folder, '--period', '2026-01', '--where', 'plan = "enterprise"');
    assert.equal(row('everything').entitled, enterprise.accounts);
    assert.equal(row('everything').events, 0); // reports and export name their events in full: they keep them
    assert.equal(vafa('features', 'add', folder, 'wild', '--title', 'Wild', '--events', '*').code, 1);
  });

  await t.test('facts over contacts are those of the list of contacts', () => {
    const declare = (key, unit, measure, filter) => vafaOk('api', folder, 'POST', '/api/v1/facts', JSON.stringify({ key, of: 'account', type: 'number', unit, title: { en: key }, source: { people: { filter, measure } } }));
    declare('champions', 'people', 'count', { fact: 'champion', is: '=', value: true });
    declare('champion_share', 'share', 'share', { fact: 'champion', is: '=', value: true });
    const contacts = JSON.parse(vafaOk('api', folder, 'GET', '/api/v1/accounts/D0001/contacts?limit=500')).data;
    const champions = contacts.filter((contact) => contact.champion).length;
    const known = new Map(JSON.parse(vafaOk('api', folder, 'GET', '/api/v1/accounts/D0001/facts?keys=champions,champion_share')).data.map((fact) => [fact.fact, fact.value]));
    assert.ok(champions > 0);
    assert.equal(known.get('champions'), champions);
    assert.ok(Math.abs(known.get('champion_share') - champions / contacts.length) < 1e-12);
    const wrong = vafa('api', folder, 'POST', '/api/v1/facts', JSON.stringify({ key: 'x', of: 'account', type: 'number', unit: 'people', title: { en: 'x' }, source: { people: { filter: { fact: 'shoe', is: '=', value: 1 }, measure: 'count' } } }));
    assert.equal(wrong.code, 1);
    assert.match(wrong.err + wrong.out, /shoe/);
  });

  await t.test('a holiday is no working day', () => {
    const before = one('adoption', folder, '--period', '2026-01').working_dau_mau;
    vafaOk('holidays', 'add', folder, '2026-01-06', '--title', 'Example day');
    assert.notEqual(one('adoption', folder, '--period', '2026-01').working_dau_mau, before);
    assert.equal(vafa('holidays', 'add', folder, '2026-01-06', '--title', 'Again').code, 1);
    assert.equal(vafa('holidays', 'add', folder, '2026-01-07', '--title', 'Nowhere', '--country', 'xx').code, 1);
  });

  await t.test('both languages, and bad input answered', () => {
    assert.match(vafaOk('adoption', folder, '--period', '2026-01', '--lang', 'fa'), /گستره/);
    assert.match(vafaOk('adoption', 'licences', folder, '--as-of', '2026-03-01'), /In use/);
    assert.match(vafaOk('adoption', 'drops', folder, '--as-of', '2026-03-01', '--beyond', '1'), /Account|Nothing/);
    for (const words of [['--period', '2026-13'], ['--period', '2026-01', '--as-of', '2026-01-01'], ['--by', 'day'], ['--from', '2026-01-01'], ['--as-of', '2999-01-01'], ['--period', '2999'], ['--by', 'month', '--from', '2026-02-01', '--to', '2026-01-01'], ['--where', 'arr >'], ['--split', 'arr']]) {
      const done = vafa('adoption', folder, ...words);
      assert.equal(done.code, 1, words.join(' '));
      assert.ok(done.err.length > 10, words.join(' '));
    }
  });
});
