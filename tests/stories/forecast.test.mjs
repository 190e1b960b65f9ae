// A small company forecasts its renewals from the command line and over HTTP: the same figures, calls in versions, what needs somebody,
// both languages, and wrong input answered at its place. The day is today's; dates are laid around it, figures are reckoned here.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { company, serve, vafa, vafaJson, vafaOk } from '../harness/vafa.mjs';

const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const near = (a, b) => assert.ok(Math.abs(a - b) <= 1, `${a} is not ${b}`);

/** A: 1,000 due in 60 days; B: 500 in 150; C renewed 300 days ago, and is due again a year after that; D was lost 300 days ago. */
function small(t) {
  const folder = company(t, { currency: 'EUR', 'time-zone': 'UTC' });
  const files = {
    accounts: 'key,name\nA,Alborz\nB,Baran\nC,Chakavak\nD,Damavand\n',
    subscriptions: `key,account,product,starts_on,ends_on,amount,amount_per,currency,auto_renew
a,A,atlas,${day(60 - 365)},${day(59)},1000.00,year,EUR,no
b,B,atlas,${day(150 - 365)},${day(149)},500.00,year,EUR,no
c,C,atlas,${day(-665)},${day(-301)},700.00,year,EUR,yes
d,D,atlas,${day(-665)},${day(-301)},900.00,year,EUR,no
`,
  };
  for (const [kind, text] of Object.entries(files)) {
    const file = path.join(path.dirname(folder), `${kind}.csv`);
    writeFileSync(file, text);
    vafaOk('import', kind, folder, file, '--backfill');
  }
  return folder;
}
const range = ['--from', day(0), '--to', day(200)];

test('a forecast from the command line and over HTTP', async (t) => {
  const folder = small(t);
  const before = vafaJson('forecast', folder, ...range);
  const all = before.data[0];
  assert.deepEqual(before.base_rate, { due: 2, renewed: 1, rate: 0.5, kept: 1 });
  assert.equal(all.period, null);
  assert.equal(all.due, 220_000);
  near(all.likely, 110_000); // (1 + 1) ÷ (2 + 2) of it
  assert.equal(all.commit, 0);
  assert.equal(all.best_case, 220_000);
  near(all.expected.mean, 110_000);
  assert.ok(all.expected.low <= 50_000 && all.expected.high >= 170_000);
  assert.equal(before.data.slice(1).reduce((sum, row) => sum + row.due, 0), all.due);

  vafaOk('forecast', 'call', folder, 'A', day(60), '--call', 'renew', '--chance', '90', '--comment', 'signed off');
  vafaOk('forecast', 'call', folder, 'B', day(150), '--call', 'at_risk');
  vafaOk('forecast', 'call', folder, 'B', day(150), '--call', 'contraction', '--amount', '40000', '--chance', '50');
  const after = vafaJson('forecast', folder, ...range).data[0];
  assert.equal(after.commit, 100_000);
  assert.equal(after.best_case, 100_000 + 40_000 + 70_000);
  near(after.likely, 90_000 + 20_000 + 35_000);
  const b = vafaJson('forecast', 'account', folder, 'B').data.find((line) => line.due_on === day(150));
  assert.deepEqual(b.calls.map((one) => one.call), ['contraction', 'at_risk']);

  // A: 90 against 50 asks for a decision; C has no call; B says what the model says.
  const needs = () => Object.fromEntries(vafaJson('forecast', 'needs', folder, ...range).data.map((line) => [line.account, line.needs.map((one) => one.need)]));
  assert.deepEqual(needs(), { A: ['decision'], C: ['call'] });
  vafaOk('forecast', 'note', folder, 'A', day(60), '--kind', 'decision', '--body', 'The contract lies with legal');
  assert.deepEqual(needs(), { C: ['call'] });
  assert.match(vafaOk('forecast', 'needs', folder, ...range, '--lang', 'fa'), /هنوز نظری برای آن ثبت نشده است/);
  for (const lang of ['en', 'fa']) {
    const table = vafaOk('forecast', folder, ...range, '--lang', lang);
    assert.match(table, lang === 'fa' ? /قطعی/ : /Commit/);
    assert.match(vafaOk('forecast', 'lines', folder, ...range, '--lang', lang), lang === 'fa' ? /نرخ پایه/ : /base rate/);
  }
  assert.equal(vafaJson('forecast', 'record', folder).recorded, 3);
  assert.equal(vafaJson('forecast', 'record', folder).recorded, 0);
  assert.ok(vafaJson('forecast', 'accuracy', folder).data.every((row) => row.lines === 0 && row.bias === null));

  for (const [words, pattern] of [
    [['call', folder, 'A', day(61), '--call', 'renew'], /due_on/],
    [['call', folder, 'A', day(60), '--call', 'expansion', '--amount', '-5'], /amount/],
    [['call', folder, 'A', day(60), '--call', 'contraction', '--amount', '5', '--currency', 'USD'], /EUR/],
    [['note', folder, 'A', day(60), '--kind', 'plan', '--body', 'x'], /until/],
  ]) {
    const answer = vafa('forecast', ...words);
    assert.notEqual(answer.code, 0);
    assert.match(answer.err, pattern);
  }
  assert.match(vafa('forecast', folder, '--from', day(100), '--to', day(-300)).err, /ends before it begins/);

  // The same over HTTP, and by the command line of a folder that is served.
  const server = await serve(t, folder);
  const answer = await server.api('GET', `/api/v1/forecast?from=${day(0)}&to=${day(200)}`);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.data[0], { ...after, needs: 1 });
  assert.deepEqual(vafaJson('forecast', folder, ...range).data, answer.json.data);
  const due = vafaJson('forecast', 'account', folder, 'C').data.find((line) => line.stage === 'open').due_on;
  const call = await server.api('POST', '/api/v1/accounts/C/renewals/calls', { due_on: due, call: 'churn' });
  assert.equal(call.status, 201, call.text);
  assert.deepEqual(needs(), { C: ['decision'] });
  assert.equal((await server.api('POST', '/api/v1/accounts/C/renewals/calls', { due_on: day(99), call: 'churn' })).status, 400);
});
