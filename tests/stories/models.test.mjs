// Models over the demo company: made, kept by version, foretold as facts that rules use; a planted leak is found; bad input is told.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { company, vafa, vafaJson, vafaOk } from '../harness/vafa.mjs';

const UNTIL = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const near = (a, b, within = 1e-6) => assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

test('models of the demo company', async (t) => {
  const folder = company(t, { 'time-zone': 'Asia/Tehran', currency: 'EUR' });
  vafaOk('demo', folder, '--accounts', '300', '--months', '30', '--seed', '11', '--until', UNTIL);

  const made = vafaJson('model', 'train', folder, 'churn');
  await t.test('a version goes live, with its tests on later time', () => {
    assert.deepEqual([made.version, made.state, made.verdict], [1, 'live', 'ok']);
    const { learners, chosen } = made.tests;
    const used = learners.find((one) => one.learner === chosen);
    assert.ok(used.auc > learners.find((one) => one.learner === 'recency').auc);
    assert.equal(used.bins.reduce((n, bin) => n + bin.cases, 0), made.tests.test_cases);
    assert.equal(used.bins.reduce((n, bin) => n + bin.lost, 0), made.tests.test_lost);
    assert.ok(made.tests.test_from > made.first_day);
    const barred = new Set(made.tests.left_out.map((one) => one.fact));
    for (const fact of ['status', 'stage', 'owner', 'health', 'churn_probability']) assert.ok(barred.has(fact), fact);
  });

  await t.test('chances are facts, and their reasons add up', () => {
    const rows = vafaJson('segment', 'preview', folder, 'likely', 'churn_probability >= 0 and churn_probability <= 1');
    assert.ok(rows.members > 150 && rows.members + rows.unknown === 300, JSON.stringify(rows).slice(0, 300));
    const key = vafaJson('accounts', 'list', folder, '--limit', '1').data[0].account ?? 'D0001';
    const { data } = vafaJson('api', folder, 'GET', `/api/v1/accounts/${key}/predictions`);
    assert.deepEqual(data.map((one) => one.outcome), ['churn', 'no_renewal', 'contraction', 'silence', 'expansion']);
    for (const one of data.filter((each) => each.chance !== null)) {
      const sum = one.bias + one.others_add + one.reasons.reduce((s, reason) => s + reason.adds, 0);
      near(sum, one.margin, 1e-4);
      assert.ok(one.reasons.every((reason) => /^associated with/.test(reason.text)));
    }
  });

  await t.test('versions: made anew, and rolled back', () => {
    assert.match(vafa('model', 'roll-back', folder, 'churn').err, /no earlier version/);
    const again = vafaJson('model', 'train', folder, 'churn');
    assert.equal(again.version, 2);
    const back = vafaJson('model', 'roll-back', folder, 'churn');
    assert.deepEqual([back.version, back.state], [1, 'live']);
    const shown = vafaJson('model', 'show', folder, 'churn');
    assert.deepEqual(shown.versions.map((one) => [one.version, one.state]), [[2, 'rolled_back'], [1, 'live']]);
    assert.ok(shown.now.foretold > 150 && shown.now.facts.length > 3);
    assert.match(vafaOk('model', 'list', folder), /live/);
    assert.match(vafaOk('model', 'list', folder, '--lang', 'fa'), /فعال/);
  });

  await t.test('a planted leak is found and left out', () => {
    const panel = vafaOk('model', 'panel', folder, 'churn').trim().split('\r\n').slice(1).map((line) => line.split(','));
    const seen = new Set();
    const lines = ['key,account,issued_on,due_on,amount,currency'];
    for (const [account, snapshot, lost] of panel)
      if (lost === '1' && !seen.has(account)) {
        seen.add(account);
        const before = new Date(Date.parse(snapshot) - 86_400_000).toISOString().slice(0, 10);
        lines.push(`leak-${account},${account},${before},${before},1,CHF`);
      }
    const file = path.join(folder, 'leak.csv');
    writeFileSync(file, lines.join('\n'));
    const done = JSON.parse(vafaOk('import', 'invoices', folder, file, '--backfill', '--format', 'json'));
    assert.equal(done.rejected, 0);
    vafaOk('api', folder, 'POST', '/api/v1/facts', JSON.stringify({
      key: 'closing_fees', of: 'account', type: 'number', unit: 'invoices', title: { en: 'Closing fees', fa: 'هزینهٔ پایان' },
      source: { record: { of: 'invoices', measure: 'count', filter: [{ field: 'currency', is: '=', value: 'CHF' }] } } }));
    const { trial } = vafaJson('model', 'trial', folder, 'churn');
    const leak = trial.left_out.find((one) => one.fact === 'closing_fees');
    assert.equal(leak?.reason, 'leak', JSON.stringify(leak));
    assert.ok(leak.auc >= 0.95);
    assert.match(vafaOk('model', 'trial', folder, 'churn'), /closing_fees.*suspected leak/);
  });

  await t.test('bad input says what is wrong', () => {
    assert.match(vafa('model', 'show', folder, 'weather').err, /weather/);
    assert.match(vafa('model', 'trial', folder, 'churn', '--from', '2026-01-01', '--to', '2025-01-01').err, /first day of snapshots/);
    assert.match(vafa('model', 'trial', folder, 'churn', '--gap', '9999').err, /gap/);
  });
});

test('three accounts are not enough history, in both languages', (t) => {
  const folder = company(t, { 'time-zone': 'UTC', currency: 'EUR' });
  vafaOk('demo', folder, '--accounts', '3', '--months', '12', '--until', UNTIL);
  const made = vafaJson('model', 'train', folder, 'churn');
  assert.deepEqual([made.state, made.verdict], ['refused', 'too_few']);
  assert.match(made.text, /Not enough history/);
  assert.match(vafaOk('model', 'show', folder, 'churn', '--lang', 'fa'), /تاریخچهٔ کافی نیست/);
  const { data } = vafaJson('api', folder, 'GET', '/api/v1/accounts/D0001/predictions');
  assert.ok(data.every((one) => one.chance === null && one.text));
  // Instead: the customers of its plan and age, drawn towards all; the table holds every month once.
  assert.match(data[0].cohort.text, /lost in \d+ months of customers/);
  assert.ok(data[0].cohort.low < data[0].cohort.chance && data[0].cohort.chance < data[0].cohort.high);
  assert.equal(data.find((one) => one.outcome === 'expansion').cohort, undefined);
  const table = vafaJson('model', 'show', folder, 'churn').versions[0].life_table;
  const months = (rows) => rows.reduce((n, row) => n + row.months, 0);
  const ofAll = table.filter((row) => row.plan === null);
  assert.equal(ofAll.length, 3);
  assert.equal(months(ofAll), months(table) / 2);
  assert.ok(months(ofAll) > 10);
});
