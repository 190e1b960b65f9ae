// A manager sums a property of an event: declared on the command line while the server runs, back-filled over what came before, asked on a past day,
// in a rule and in a scorecard; a server that is killed in between changes nothing.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { company, request, serve, vafa, vafaJson, vafaOk } from '../harness/vafa.mjs';

const DAY = 86_400_000;
const ago = (days) => new Date(Math.floor(Date.now() / DAY) * DAY - days * DAY).toISOString().slice(0, 10);
const fact = (key, usage, unit) => ({
  key,
  of: 'account',
  type: 'number',
  unit,
  title: { en: key, fa: key },
  source: { usage },
});
const ROWS = fact('rows_30d', { event: 'report_exported', measure: 'sum', property: 'rows', window: '30d' }, 'rows');
const PRO = fact(
  'pro_views_30d',
  { event: 'plan_viewed', measure: 'events', window: '30d', where: [{ property: 'plan', is: '=', value: 'pro' }] },
  'events',
);

test('sums and filters of event properties', async (t) => {
  const folder = company(t, { 'time-zone': 'UTC', currency: 'EUR' });
  const file = (name, value) => {
    const place = path.join(folder, '..', name);
    writeFileSync(place, typeof value === 'string' ? value : JSON.stringify(value));
    return place;
  };
  // 40 days: every day acme exports as many rows as the day is past and views the plans; beta is heard of.
  const events = ['event,account_key,user_key,time,properties'];
  const put = (event, account, day, properties) =>
    events.push(`${event},${account},u-${account},${ago(day)}T08:00:00Z,"${JSON.stringify(properties).replaceAll('"', '""')}"`);
  for (let day = 40; day >= 1; day--) {
    put('report_exported', 'acme', day, { rows: day, format: day % 2 ? 'csv' : 'pdf' });
    put('plan_viewed', 'acme', day, { plan: day % 4 ? 'free' : 'pro' });
    put('plan_viewed', 'beta', day, { plan: 'free' });
  }
  put('report_exported', 'beta', 3, { rows: 'many' });
  for (const key of ['acme', 'beta']) vafaOk('api', folder, 'POST', '/api/v1/accounts', JSON.stringify({ key, name: key, starts_on: ago(100) }));
  vafaOk('import', 'events', folder, file('events.csv', events.join('\n')));

  let server = await serve(t, folder);
  vafaOk('facts', 'set', folder, file('rows.json', ROWS));
  vafaOk('facts', 'set', folder, file('pro.json', PRO));
  const read = async (account, key, query = '') => {
    const answer = await server.api('GET', `/api/v1/accounts/${account}/facts?keys=${key}${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.json.data[0];
  };
  const ready = async () => {
    for (;;) {
      const causes = [];
      for (const key of ['rows_30d', 'pro_views_30d']) causes.push((await read('acme', key)).cause?.code);
      if (!causes.includes('back_filling')) return;
    }
  };
  const figures = async () => {
    await ready();
    assert.equal((await read('acme', 'rows_30d', `&as_of=${ago(0)}`)).value, 465); // 1 + … + 30
    assert.equal((await read('acme', 'rows_30d', `&as_of=${ago(5)}`)).value, 615); // 6 + … + 35
    assert.equal((await read('acme', 'pro_views_30d', `&as_of=${ago(0)}`)).value, 7); // 4, 8, … 28
    assert.equal((await read('beta', 'pro_views_30d', `&as_of=${ago(0)}`)).value, 0);
    assert.equal((await read('beta', 'rows_30d', `&as_of=${ago(0)}`)).cause.code, 'not_numbers');
  };
  await figures();
  const properties = vafaJson('facts', 'properties', folder).data;
  assert.deepEqual(
    properties.map((row) => [row.event, row.property, row.numbers, row.texts, row.facts]),
    [
      ['report_exported', 'rows', 40, 1, ['rows_30d']],
      ['plan_viewed', 'plan', 0, 80, ['pro_views_30d']],
    ],
  );

  // Killed and started again: the same.
  await server.stop('SIGKILL');
  server = await serve(t, folder);
  await figures();

  // A live event counts; in a rule, in words; in a scorecard.
  const secret = vafaJson('keys', 'create', folder, '--name', 'app', '--kind', 'server').secret;
  const batch = [{ type: 'track', event: 'report_exported', userId: 'u', messageId: 'm1', context: { groupId: 'acme' }, properties: { rows: 1000.5 } }];
  const sent = await request({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/v1/batch' }, { writeKey: secret, batch });
  assert.equal(sent.status, 200, sent.text);
  while ((await read('acme', 'rows_30d')).value !== 465 + 1000.5); // acknowledged is applied a moment later
  await server.stop();
  assert.match(vafaOk('rule', 'explain', folder, 'rows_30d > 400'), /holds: 1 .*does not: 0 .*not known: 1/);
  assert.match(vafaOk('rule', 'explain', folder, 'rows_30d > 400', '--lang', 'fa'), /عدد نیست/);
  const card = {
    key: 'rows',
    title: { en: 'Rows', fa: 'سطرها' },
    bands: [
      { key: 'low', below: 50, title: { en: 'Low', fa: 'کم' } },
      { key: 'high', title: { en: 'High', fa: 'زیاد' } },
    ],
    minimum_coverage: 0.5,
    groups: [
      {
        key: 'all',
        title: { en: 'All', fa: 'همه' },
        weight: 1,
        measures: [{ fact: 'pro_views_30d', weight: 1, points: { linear: [[0, 0], [14, 100]] }, missing: 'reweigh' }],
      },
    ],
  };
  vafaOk('scorecards', 'set', folder, 'rows', file('card.json', card), '--place', '1');
  const health = vafaJson('health', 'explain', folder, 'acme', '--as-of', ago(0));
  assert.equal(health.score, 50); // 7 of 14

  // What is wrong is said with its place, in both languages; `did` takes no properties.
  const wrong = vafa('facts', 'set', folder, file('wrong.json', { ...PRO, key: 'wrong', source: { usage: { ...PRO.source.usage, measure: 'sum' } } }), '--lang', 'fa');
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /source\/usage\/property/);
  vafaOk('facts', 'remove', folder, 'rows_30d');
  assert.deepEqual(vafaJson('facts', 'properties', folder).data.map((row) => row.property), ['plan']);
  vafaOk('check', folder);
});
