// What customers are worth, over the demo company: figures add up to their rows, curves are reckoned here anew, and both languages say why.
import assert from 'node:assert/strict';
import test from 'node:test';
import { company, vafa, vafaJson, vafaOk } from '../harness/vafa.mjs';

const UNTIL = '2026-03-01';
const at = ['--as-of', UNTIL];
const near = (a, b, within = 1e-6) => assert.ok(Math.abs(a - b) <= within * (1 + Math.abs(b)), `${a} is not ${b}`);

test('worth and survival of the demo company', (t) => {
  const folder = company(t, { 'time-zone': 'Asia/Tehran', currency: 'EUR' });
  vafaOk('demo', folder, '--accounts', '300', '--months', '36', '--seed', '7', '--until', UNTIL);

  // Survival: Kaplan–Meier and Nelson–Aalen by their definitions, expected losses of the groups add up to those that came.
  const survival = vafaJson('survival', folder, '--split', 'plan', ...at);
  const [all, ...groups] = survival.data;
  for (const row of survival.data) {
    let share = 1;
    let hazard = 0;
    for (const step of row.curve) {
      share *= 1 - step.ended / step.at_risk;
      hazard += step.ended / step.at_risk;
      near(step.share, share);
      near(step.hazard, hazard);
    }
  }
  assert.equal(survival.in_small_groups, 0);
  assert.equal(groups.reduce((n, row) => n + row.ended, 0), all.ended);
  near(groups.reduce((n, row) => n + row.expected, 0), all.ended);
  assert.ok(survival.logrank.p < 0.05);
  assert.match(survival.verdict.fa, /نمی‌مانند/);
  // A curve of tenures is what the contractual value is made of.
  assert.equal(vafaJson('lifetime', folder, ...at).data[0].watched, all.lives);

  // Effects: interval around the ratio; what leaves out says why.
  const effects = vafaJson('survival', 'effects', folder, ...at);
  assert.ok(effects.data.length > 2 && effects.ended >= 20);
  for (const row of effects.data) assert.ok(row.low < row.ratio && row.ratio < row.high);
  assert.ok(['yes', 'no'].includes(effects.proportional) && effects.verdict.en && effects.verdict.fa);
  const barred = vafa('survival', 'effects', folder, '--facts', 'owner', ...at);
  assert.notEqual(barred.code, 0);
  assert.match(barred.err, /owner/);

  // Renewals: cohorts of a term add up to it, and the observed share is the product of those kept.
  const renewals = vafaJson('lifetime', 'renewals', folder, ...at);
  for (const row of renewals.data.filter((one) => one.group === null)) {
    const cohorts = renewals.data.filter((one) => one.group !== null && one.term_months === row.term_months);
    for (const key of ['contracts', 'due', 'lost', 'active', 'undecided']) assert.equal(cohorts.reduce((n, one) => n + one[key], 0), row[key], key);
  }
  for (const row of renewals.data) {
    assert.equal(row.curve.reduce((n, one) => n + one.lost, 0), row.lost);
    let share = 1;
    for (const one of row.curve.filter((step) => step.due > 0)) near(one.observed, (share *= 1 - one.lost / one.due));
    assert.equal(row.state === 'ok', row.value !== null);
    if (row.value !== null) assert.ok(row.value_low < row.value && row.value < row.value_high && row.total_low < row.total);
  }
  assert.ok(renewals.data.some((row) => row.state === 'ok' && row.tested));

  // Accounts: rows add up to the total; each is worth its own chances.
  const ahead = vafaJson('lifetime', 'accounts', folder, '--limit', '1000', ...at);
  assert.equal(ahead.data.length, ahead.customers);
  near(ahead.data.reduce((sum, row) => sum + row.value, 0), ahead.total);
  for (const row of ahead.data) {
    near(row.survival.reduce((sum, share, k) => sum + (share * row.arr * 0.8) / 12 / 1.01 ** (k + 1), 0), row.value);
    assert.ok(row.value_low <= row.value && row.value <= row.value_high && row.stays_12 >= row.stays_36);
  }
  assert.ok(ahead.tested && ahead.log_loss_by_facts < ahead.log_loss_by_age, 'the demo company leaves signs before it leaves');
  assert.equal(ahead.model, 'facts');

  // Nobody buys without a contract here, and it is said, in both languages.
  assert.equal(vafaJson('lifetime', 'purchases', folder, ...at).state, 'nobody');
  assert.match(vafaOk('lifetime', 'purchases', folder, '--lang', 'fa', ...at), /بدون قرارداد خرید نمی‌کند/);
  assert.match(vafaOk('lifetime', 'renewals', folder, '--lang', 'fa', ...at), /۹۵٪/);
});
