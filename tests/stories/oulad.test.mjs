// OULAD, 21,333 enrolments of an open university, as customers: what a script of its own (tests/reference/oulad.py) counts from the files again
// is what Vafa shows, cell by cell.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { company, root, sharedData, temporary, vafa, vafaJson, vafaOk } from '../harness/vafa.mjs';

const data = sharedData('events/oulad');

test('OULAD: enrolments, submissions, withdrawals', { skip: data.skip }, async (t) => {
  const out = temporary(t);
  const done = spawnSync('python3', [path.join(root, 'tests/reference/oulad.py'), data.file, out], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  const expected = JSON.parse(readFileSync(path.join(out, 'expected.json'), 'utf8'));
  const folder = company(t, { 'time-zone': 'UTC', currency: 'EUR' });
  const bring = (kind, ...words) => JSON.parse(vafa('import', kind, folder, path.join(out, `${kind}.csv`), ...words, '--format', 'json').out); // ends with 1 where rows were refused

  await t.test('the files go in', () => {
    const accounts = bring('accounts', '--backfill');
    assert.deepEqual([accounts.created, accounts.rejected], [expected.accounts, 0]);
    const subscriptions = bring('subscriptions', '--backfill', '--errors', path.join(out, 'errors.csv'));
    assert.deepEqual([subscriptions.created, subscriptions.rejected], [expected.subscriptions, expected.refused]);
    const events = bring('events');
    assert.deepEqual([events.created, events.rejected], [expected.events, 0]);
    assert.equal(expected.withdrawn, 6_333);
  });

  await t.test('enrolments open on a day: a withdrawal ends them', () => {
    for (const [day, open] of Object.entries(expected.open)) {
      const [row] = vafaJson('adoption', folder, '--as-of', day, '--where', 'arr > 0').data;
      assert.equal(row.accounts, open, day);
    }
  });

  await t.test('weekly cohorts: every cell', () => {
    const printed = vafaOk('cohorts', folder, '--by', 'week', '--format', 'csv').replace(/^\ufeff/, '').trim().split(/\r?\n/);
    const offsets = printed[0].split(',').slice(1).map(Number);
    let cells = 0;
    let accounts = 0;
    const seen = new Set();
    for (const line of printed.slice(1)) {
      const [label, ...counts] = line.split(',');
      const monday = label.replace(/^W/, '');
      seen.add(monday);
      counts.forEach((count, i) => {
        assert.equal(Number(count), expected.cohorts[monday]?.[offsets[i]] ?? 0, `${label}, ${offsets[i]} weeks on`);
        cells++;
        if (offsets[i] === 0) accounts += Number(count);
      });
    }
    assert.deepEqual([...seen].sort(), Object.keys(expected.cohorts).sort());
    assert.equal(accounts, 16_902);
    t.diagnostic(`FIGURE OULAD: ${cells} cells of ${seen.size} weekly cohorts equal the reference`);
  });

  await t.test('activity churn, month by month', () => {
    const words = ['adoption', 'churn', folder, '--by', 'month', '--from', '2013-01-01', '--to', '2014-12-31', '--max-inactive', String(expected.max_inactive)];
    const rows = vafaJson(...words).data;
    assert.equal(rows.length, expected.churn.length);
    rows.forEach((row, i) => {
      const { from, start, retained, end } = expected.churn[i];
      assert.deepEqual([row.from, row.start, row.retained, row.end, row.churned], [from, start, retained, end, start - retained]);
      if (start) assert.ok(Math.abs(row.churn - (1 - retained / start)) < 1e-12);
      else assert.equal(row.churn, null);
    });
    // Every enrolment has one student: people churn as their enrolments do.
    assert.deepEqual(vafaJson(...words, '--unit', 'person').data.map((row) => row.retained), rows.map((row) => row.retained));
    t.diagnostic(`FIGURE OULAD: activity churn of ${rows.length} months equals the reference`);
  });
});
