// What a person sees of satisfaction, time to value, milestones and lifetime value: over the demo company, in both languages; what the figures
// open to adds up to them; and what is asked wrongly is answered at its place. The expected values are reckoned here from the rows.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { company, temporary, vafa, vafaJson, vafaOk } from '../harness/vafa.mjs';

const UNTIL = '2026-03-01';
const at = ['--as-of', UNTIL];
const pages = (folder, words) => vafaJson(...words, folder, '--limit', '1000', ...at).data;

function demo(t, options) {
  const folder = company(t, { 'time-zone': 'Asia/Tehran', currency: 'EUR', ...options });
  vafaOk('demo', folder, '--accounts', '150', '--months', '18', '--seed', '7', '--until', UNTIL);
  return folder;
}

test('figures of the demo company open to their rows', (t) => {
  const folder = demo(t);
  const day = (date, days) => new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);

  for (const kind of ['nps', 'csat', 'ces']) {
    const figure = vafaJson('satisfaction', folder, '--kind', kind, '--periods', '3', ...at);
    const trailing = figure.data.find((row) => row.span === 'trailing');
    assert.equal(trailing.from, day(UNTIL, -90));
    const answers = vafaJson('satisfaction', 'answers', folder, '--kind', kind, '--from', trailing.from, '--to', UNTIL, '--limit', '1000', ...at).data
      .filter((answer) => answer.counts);
    assert.equal(answers.length, trailing.n, kind);
    const share = (word) => (100 * answers.filter((answer) => answer.class === word).length) / answers.length;
    assert.ok(Math.abs(trailing.value - (kind === 'nps' ? share('good') - share('bad') : share('good'))) < 1e-9, kind);
    assert.equal(new Set(answers.map((answer) => answer.account)).size, trailing.accounts);
    assert.ok(trailing.low < trailing.value && trailing.value < trailing.high);
    assert.equal(trailing.response === null, kind === 'csat', 'tickets are asked without invitations');
    for (const row of figure.data) {
      if (row.trend === 'up') assert.ok(row.change_low > 0);
      if (row.trend === 'down') assert.ok(row.change_high < 0);
      if (row.hidden) assert.ok(row.n < figure.hidden_below && row.value === null);
    }
    if (kind === 'nps') { // one answer a person
      const people = answers.map((answer) => `${answer.account} ${answer.person}`);
      assert.equal(new Set(people).size, people.length);
    }
  }

  const ttv = vafaJson('ttv', folder, '--split', 'segment', ...at);
  const [all, ...groups] = ttv.data;
  const cases = vafaJson('ttv', 'accounts', folder, '--state', 'all', '--limit', '1000', ...at).data;
  assert.equal(cases.length, all.accounts);
  assert.equal(cases.filter((one) => one.state === 'reached').length, all.reached);
  assert.equal(groups.reduce((n, row) => n + row.accounts, 0), all.accounts);
  // Kaplan–Meier by its definition.
  const survival = (until) => [...new Set(cases.filter((one) => one.state === 'reached').map((one) => one.days))].filter((days) => days <= until)
    .reduce((s, days) => s * (1 - cases.filter((one) => one.state === 'reached' && one.days === days).length / cases.filter((one) => one.days >= days).length), 1);
  assert.ok(Math.abs(all.within_30 - 100 * (1 - survival(30))) < 1e-9);
  assert.ok(survival(all.p50) <= 0.5 + 1e-9 && survival(all.p50 - 1) > 0.5 - 1e-9);
  assert.ok(all.p25 <= all.p50 && all.p50 <= all.p75);

  const progress = vafaJson('milestones', 'progress', folder, ...at).data;
  assert.equal(progress.length, 7);
  for (const row of progress) assert.equal(row.reached + row.waiting + row.late + row.missed, row.entered);
  const stuck = vafaJson('milestones', 'stuck', folder, '--limit', '1000', ...at).data;
  const late = progress.reduce((n, row) => n + row.late, 0);
  assert.ok(late > 0);
  assert.equal(stuck.reduce((n, row) => n + row.late, 0), late);
  const first = vafaJson('milestones', folder, stuck[0].account).data.filter((step) => step.milestone === stuck[0].milestone);
  assert.ok(first.some((step) => step.due_on === stuck[0].due_on && (step.reached_on ?? '9') >= UNTIL));
  const stages = vafaJson('milestones', 'stages', folder, ...at).data;
  assert.deepEqual(stages.map((row) => row.stage), ['adopting', 'onboarding', 'renewing']);
  for (const row of stages) assert.equal(row.moved_on + row.lost + row.here, row.stays);

  const lifetime = vafaJson('lifetime', folder, '--split', 'segment', ...at);
  const [whole, ...parts] = lifetime.data;
  assert.equal(parts.reduce((n, row) => n + row.customers, 0), whole.customers);
  assert.equal(parts.reduce((n, row) => n + row.lost, 0), whole.lost);
  for (const row of lifetime.data) {
    assert.equal(row.simple === null, row.simple_state === 'too_few', JSON.stringify(row));
    if (row.simple_state === 'ok') assert.ok(Math.abs(row.simple - (row.arpa * lifetime.margin) / (row.churn / 100)) < 1e-6 * row.simple);
  }
});

test('in Persian, by Persian months', (t) => {
  const folder = demo(t, { calendar: 'persian', language: 'fa', currency: 'IRR' });
  const figure = vafaJson('satisfaction', folder, '--periods', '2', ...at);
  assert.deepEqual(figure.data.map((row) => row.span), ['1404-11', '1404-12', 'trailing']);
  assert.equal(figure.data[0].from, '2026-01-21'); // 1 Bahman 1404
  for (const [words, say] of [
    [['satisfaction', folder, '--kind', 'csat'], /CSAT = سهم پاسخ‌های ۸ تا ۱۰ در مقیاس ۱ تا ۱۰/],
    [['ttv', folder], /ورود به سامانه ارزش نیست/],
    [['milestones', 'progress', folder], /نخستین استفاده/],
    [['milestones', 'stages', folder], /کاپلان–مایر/],
    [['milestones', 'stuck', folder], /نقطهٔ عطف/],
    [['lifetime', folder], /تومان|ریال/],
  ]) {
    const printed = vafaOk(...words, ...at);
    assert.match(printed, say);
    assert.doesNotMatch(printed, /\bundefined\b|NaN|(?<![\w-])nan(?!\w)/);
  }
  const csv = vafaOk('satisfaction', folder, '--periods', '2', ...at, '--format', 'csv');
  assert.match(csv, /^span,from,to,open,group,n,accounts,hidden,value,/);
});

test('invitations are imported, and what is wrong is named', (t) => {
  const folder = company(t, { 'time-zone': 'UTC' });
  const files = temporary(t);
  const put = (name, text) => {
    const file = path.join(files, name);
    writeFileSync(file, text);
    return file;
  };
  vafaOk('import', 'accounts', folder, put('accounts.csv', 'key,name\nA,Alder Works\n'));
  const invitations = put('invitations.csv', 'id,account,user,sent,type\nV1,A,u1,2026-02-01,nps\nV2,A,u2,2026-02-01,nps\nV3,A,u3,2026-02-01,joy\n');
  const { code: refused, out } = vafa('import', 'invitations', folder, invitations, '--format', 'json');
  const report = JSON.parse(out);
  assert.equal(refused, 1);
  assert.deepEqual([report.created, report.rejected], [2, 1]);
  vafaOk('import', 'answers', folder, put('answers.csv', 'id,account,user,date,survey,score\nA1,A,u1,2026-02-02,nps,9\n'), '--backfill');
  const row = vafaJson('satisfaction', folder, '--periods', '1', '--as-of', '2026-03-01', '--where', 'tenure_days is unknown').data[0];
  assert.deepEqual([row.n, row.invited, row.replied, row.response], [1, 2, 1, 50]);
  assert.equal(row.hidden, true);

  for (const [words, say] of [
    [['satisfaction', folder, '--kind', 'joy'], /joy/],
    [['satisfaction', folder, '--kind', 'csat', '--scale', 'five'], /five.*no scale/],
    [['satisfaction', folder, '--by', 'fortnight'], /fortnight/],
    [['ttv', folder, '--where', 'nonsense > 3'], /nonsense/],
    [['value-events', 'set', folder, 'x', '--event', 'nonsense'], /No event “nonsense” was ever seen/],
    [['milestones', 'set', folder, 'x', '--stage', 's', '--title-en', 'X', '--due-days', '3', '--rule', 'arr > 1 and nonsense > 1'], /rule\/all\/1\/fact/],
    [['milestones', 'set', folder, 'x', '--stage', 's', '--title-en', 'X', '--due-days', '3', '--rule', 'arr >'], /./],
    [['milestones', 'remove', folder, 'x'], /x/],
    [['lifetime', folder, '--window', '0'], /window/],
    [['settings', 'set', folder, 'satisfaction.csat_from=9'], /satisfaction\.csat_from/],
  ]) {
    const { code, err } = vafa(...words);
    assert.equal(code, 1, `${words.join(' ')}: ${code} ${err}`);
    assert.match(err, say);
  }
});
