// A member of the demo company names the customers that matter, sees who would come and go before saving, and who is in since; in both languages.
import assert from 'node:assert/strict';
import test from 'node:test';
import { company, vafa, vafaJson, vafaOk } from '../harness/vafa.mjs';

const RULE = 'arr >= 1000000 and at least 1 contact (last_seen_days < 14)';

test('segments of the demo company', (t) => {
  const folder = company(t, { 'time-zone': 'Asia/Tehran', currency: 'EUR' });
  vafaOk('demo', folder, '--accounts', '60', '--months', '6', '--seed', '7', '--until', new Date().toISOString().slice(0, 10));

  // The preview counts by account what the facts of each account say.
  const preview = vafaJson('segment', 'preview', folder, 'large', RULE);
  const facts = vafaJson('rule', 'explain', folder, 'arr >= 1000000');
  assert.equal(facts.true + facts.false + facts.unknown, 60);
  assert.ok(preview.members > 0 && preview.members <= facts.true);
  assert.equal(preview.added.count, preview.members);
  assert.equal(preview.sizes.length, 13);

  const saved = vafaJson('segment', 'set', folder, 'large', '--rule', RULE, '--title', 'Large', '--title-fa', 'بزرگ');
  assert.equal(saved.members, preview.members);
  const members = vafaJson('segment', 'members', folder, 'large', '--limit', '1000');
  assert.equal(members.data.length, saved.members);
  assert.equal(members.data.reduce((sum, row) => sum + row.arr, 0), saved.arr);
  assert.ok(members.data.every((row) => row.arr >= 1_000_000));

  // The touch models share all accounts out: none is in two.
  const models = vafaJson('segment', 'list', folder).data.filter((row) => row.touch_place);
  assert.deepEqual(models.map((row) => row.key), ['high_touch', 'low_touch', 'tech_touch']);
  const known = vafaJson('rule', 'explain', folder, 'touch_model is known');
  assert.equal(models.reduce((sum, row) => sum + row.members, 0), known.true);

  // Figures take it, and so does another rule; what it is named by cannot be taken away.
  vafaOk('cohorts', folder, '--by', 'year', '--segment', 'large');
  vafaOk('segment', 'set', folder, 'rest', '--rule', 'not in segment large');
  const removed = vafa('segment', 'remove', folder, 'large', '--lang', 'fa');
  assert.equal(removed.code, 1);
  assert.match(removed.err, /«.?rest.?»/);

  // In Persian: the sentence and the explanation of one account.
  const first = members.data[0].account;
  const explained = vafaOk('rule', 'explain', folder, RULE, '--account', first, '--lang', 'fa');
  assert.match(explained, /برای دست‌کم ۱ مخاطب/);
  assert.match(explained, /آری: همهٔ/);
  const wrong = vafa('segment', 'set', folder, 'bad', '--rule', 'arr > 5 and stage > 5');
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /text\/all\/1\/is/);
});
