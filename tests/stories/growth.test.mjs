// Growth of the demo company: a model for each product that may speak, labels as the contracts have them, what peers own with the rows behind
// each number, and thin history said in words.
import assert from 'node:assert/strict';
import test from 'node:test';
import { company, serve, vafa, vafaJson, vafaOk } from '../harness/vafa.mjs';

const UNTIL = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const DAY = 86_400_000;
const near = (a, b, within = 1e-9) => assert.ok(Math.abs(a - b) <= within * (1 + Math.abs(b)), `${a} is not ${b}`);
const median = (list) => {
  const sorted = list.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
};
/** Wilson's score interval, 95 %. */
const wilson = (k, n, z = 1.959963984540054) => {
  const p = k / n;
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [p + (z * z) / (2 * n) - half, p + (z * z) / (2 * n) + half].map((one) => one / (1 + (z * z) / n));
};

test('growth of the demo company', async (t) => {
  const folder = company(t, { 'time-zone': 'UTC', currency: 'EUR' });
  vafaOk('demo', folder, '--accounts', '300', '--months', '30', '--seed', '11', '--until', UNTIL);
  vafaOk('settings', 'set', folder, 'predict.schedule_days=0');

  const made = vafaJson('model', 'train', folder, 'cross_sell:analytics');
  await t.test('a product with history gets a model, one without is refused in words', () => {
    assert.deepEqual([made.state, made.verdict], ['live', 'ok'], made.text);
    assert.equal(made.definition.product, 'analytics');
    const refused = vafaJson('model', 'train', folder, 'cross_sell:security');
    assert.deepEqual([refused.state, refused.verdict], ['refused', 'too_few']);
    assert.match(refused.text, /Not enough history: it was bought \d+ times .* 20 are needed.*peers/);
    assert.match(vafaOk('model', 'list', folder), /Buying analytics.*live[^]*Buying security.*refused/);
    assert.match(vafaOk('model', 'list', folder, '--lang', 'fa'), /خرید analytics/);
    // Everybody who ever bought has had the main product: nobody could buy it anew.
    assert.ok(!vafaJson('model', 'list', folder).data.some(({ outcome }) => outcome === 'cross_sell:main'));
  });

  await t.test('wrong outcomes are told', () => {
    assert.match(vafa('model', 'train', folder, 'cross_sell').err, /cross_sell:PRODUCT/);
    assert.match(vafa('model', 'train', folder, 'cross_sell:nothing').err, /nothing/);
    assert.match(vafa('model', 'show', folder, 'silence:analytics').err, /whole account/);
    assert.match(vafa('growth', folder, '--product', 'nothing').err, /nothing/);
    assert.match(vafa('growth', folder, '--account', 'nobody').err, /nobody/);
  });

  await t.test('paying more for one product alone is an outcome too', () => {
    const panel = vafaOk('model', 'panel', folder, 'expansion:analytics').trim().split('\r\n');
    assert.match(panel[0], /expansion:analytics/);
    assert.ok(panel.length > 100);
  });

  await t.test('the chance of a product can be a fact of one’s own', () => {
    vafaOk('api', folder, 'POST', '/api/v1/facts', JSON.stringify({
      key: 'analytics_chance', of: 'account', type: 'number', unit: 'share', title: { en: 'Chance to buy Analytics', fa: 'احتمال خرید تحلیل' },
      source: { record: { of: 'predictions', measure: 'last', field: 'chance', filter: [{ field: 'outcome', is: '=', value: 'cross_sell:analytics' }] } } }));
    const likely = vafaJson('growth', folder, '--product', 'analytics', '--where', 'analytics_chance > 15%', '--limit', '500');
    assert.ok(likely.data.length > 0 && likely.data.every(({ chance }) => chance > 0.15));
  });

  await t.test('what is bought already is neither foretold nor listed', () => {
    const rooms = (id) => vafaJson('growth', folder, '--product', 'analytics', '--account', id).data;
    const { id } = vafaJson('growth', folder, '--product', 'analytics', '--sort', 'chance', '--limit', '1').data[0];
    assert.ok(rooms(id)[0].chance > 0);
    const foretold = () => JSON.parse(vafaOk('api', folder, 'GET', `/api/v1/accounts/${id}/predictions`)).history
      .filter(({ outcome }) => outcome === 'cross_sell:analytics').toSorted((a, b) => a.given_at.localeCompare(b.given_at)).at(-1).chance;
    assert.ok(foretold() > 0);
    const day = (from) => new Date(Date.now() + from * DAY).toISOString().slice(0, 10);
    const begins = made.definition.gap_days + 10; // inside the days of the outcome, known today
    vafaOk('api', folder, 'POST', `/api/v1/accounts/${id}/subscriptions`, JSON.stringify({ key: 'soon', product: 'analytics', amount: 100000,
      amount_per: 'year', currency: 'EUR', starts_on: day(begins), ends_on: day(begins + 365), effective_from: day(begins) }));
    assert.deepEqual(rooms(id), []);
    vafaJson('model', 'train', folder, 'cross_sell:analytics');
    assert.equal(foretold(), null);
  });

  const server = await serve(t, folder);
  const get = async (path) => {
    const { status, json, text } = await server.api('GET', path);
    assert.equal(status, 200, text);
    return json;
  };
  const accounts = (await get('/api/v1/accounts/table?limit=500&columns=arr')).data;
  const first = new Map(); // the day from which each has the product
  for (const { id, key } of accounts) {
    const { data } = await get(`/api/v1/accounts/${id}/subscriptions?limit=200`);
    const starts = data.filter(({ product }) => product === 'analytics').map(({ starts_on }) => starts_on);
    if (starts.length) first.set(key, starts.sort()[0]);
  }

  await t.test('labels are what the contracts say', () => {
    const panel = vafaOk('model', 'panel', folder, 'cross_sell:analytics').trim().split('\r\n').slice(1).map((line) => line.split(','));
    assert.ok(panel.length > 1000, String(panel.length));
    let bought = 0;
    for (const [account, snapshot, label] of panel) {
      const begins = Date.parse(snapshot) + made.definition.gap_days * DAY;
      const on = first.has(account) ? Date.parse(first.get(account)) : Number.POSITIVE_INFINITY;
      assert.ok(on > begins, `${account} had it on ${snapshot}`);
      const expected = on < begins + made.definition.days * DAY;
      assert.equal(label, expected ? '1' : '0', `${account} at ${snapshot}, bought ${first.get(account)}`);
      bought += expected;
    }
    assert.ok(bought > 100, String(bought));
  });

  await t.test('every number of peers is that of its rows', async () => {
    const list = await get('/api/v1/growth/whitespace?kind=product&limit=1000');
    assert.ok(list.data.length > 50);
    for (const row of [list.data[0], list.data.at(-1), list.data[Math.floor(list.data.length / 2)]]) {
      const peers = await get(`/api/v1/accounts/${row.id}/growth/peers?product=${row.product}`);
      const owners = peers.data.filter(({ has }) => has);
      assert.deepEqual([peers.data.length, owners.length, peers.hidden], [row.peers, row.peers_have, 0]);
      near(row.potential, median(owners.map(({ paid }) => paid).filter((paid) => paid !== null))); // null: owned, not paid for now
      near(row.expected, (row.potential * owners.length) / peers.data.length);
      const [low, high] = wilson(owners.length, peers.data.length);
      near(row.low, low, 1e-6);
      near(row.high, high, 1e-6);
      assert.ok(!peers.data.some(({ id }) => id === row.id));
      assert.ok(row.peers >= 20);
    }
    const chances = list.data.filter(({ product }) => product === 'analytics').map(({ chance }) => chance);
    assert.ok(chances.filter((one) => one !== null).length > 20);
    assert.ok(list.data.every(({ product, chance }) => product !== 'security' || chance === null));
    const byChance = (await get('/api/v1/growth/whitespace?product=analytics&sort=chance&limit=1000')).data.map(({ potential, chance }) => (chance === null ? -1 : potential * chance));
    assert.deepEqual(byChance, byChance.toSorted((a, b) => b - a));
  });

  await t.test('what is paid for and not used', async () => {
    const { data } = await get('/api/v1/growth/whitespace?kind=feature&limit=1000');
    assert.ok(data.length > 20);
    const row = data.find(({ last_use_days }) => last_use_days === null) ?? data[0];
    const usage = await get(`/api/v1/accounts/${row.id}/features?weeks=12`);
    const used = usage.data.find(({ feature }) => feature === row.feature);
    assert.equal(used?.cells?.reduce((sum, one) => sum + one, 0) ?? 0, 0);
    const seats = await get('/api/v1/growth/whitespace?kind=seats&limit=1000');
    assert.ok(seats.data.every(({ seats: all, people }) => all > people));
  });

  await t.test('in a terminal, in both languages', () => {
    assert.match(vafaOk('growth', folder, '--limit', '5'), /customers of the same/);
    assert.match(vafaOk('growth', folder, '--limit', '5', '--lang', 'fa'), /نداشته/);
  });
});
