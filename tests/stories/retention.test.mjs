// The revenue of a year, from CSV files to the accounts behind a figure, closed and restated. Every figure is reckoned by hand.
//
// In euros a year over 2025: A 1,000 → 1,200 (price); B 1,000 → 700 (7 seats of 10); C 500, ends on 10 April; D 600 dollars, at 0.95 euros on
// 1 January and 0.85 on 15 December; E new in July, 800. Start 1,000 + 1,000 + 500 + 570 = 3,070. Kept gross 1,000 + 700 + 570 = 2,270, net
// 2,470. Exchange 600 × (0.85 − 0.95) = −60. End 1,200 + 700 + 510 + 800 = 3,210. Due: A, B in February, C in April: 2,500, renewed 2,000.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { company, serve, until, vafa, vafaJson, vafaOk } from '../harness/vafa.mjs';

const files = {
  accounts: 'key,name\nA,Alborz\nB,Baran\nC,Chakavak\nD,Damavand\nE,Elvand\n',
  subscriptions: `key,account,starts_on,ends_on,effective_from,seats,amount,amount_per,currency,auto_renew
a,A,2024-02-01,2025-01-31,2024-02-01,10,1000.00,year,EUR,yes
a,A,2024-02-01,2025-01-31,2025-06-01,10,1200.00,year,EUR,yes
b,B,2024-02-01,2025-01-31,2024-02-01,10,1000.00,year,EUR,yes
b,B,2024-02-01,2025-01-31,2025-08-15,7,700.00,year,EUR,yes
c,C,2024-04-11,2025-04-10,2024-04-11,,500.00,year,EUR,no
d,D,2024-12-20,,2024-12-20,,600.00,year,USD,no
e,E,2025-07-01,,2025-07-01,,800.00,year,EUR,no
`,
  rates: 'currency,day,rate\nUSD,2024-12-01,0.95\nUSD,2025-12-15,0.85\n',
};
const year = ['--by', 'year', '--from', '2025', '--to', '2025'];

function filled(t) {
  const folder = company(t, { currency: 'EUR' });
  for (const [kind, text] of Object.entries(files)) {
    const file = path.join(path.dirname(folder), `${kind}.csv`);
    writeFileSync(file, text);
    vafaOk('import', kind, folder, file, '--backfill');
  }
  return folder;
}

test('a year of revenue from files to figures', (t) => {
  const folder = filled(t);
  const [period] = vafaJson('retention', folder, ...year).periods;
  const { amounts, figures } = period;
  assert.equal(amounts.start, 307_000);
  assert.equal(amounts.expansion_price, 20_000);
  assert.equal(amounts.contraction_seats, 30_000);
  assert.equal(amounts.churn, 50_000);
  assert.equal(amounts.new, 80_000);
  assert.equal(amounts.fx, -6_000);
  assert.equal(amounts.end, 321_000);
  assert.ok(Math.abs(figures.grr.value - 2270 / 3070) < 1e-12);
  assert.ok(Math.abs(figures.nrr.value - 2470 / 3070) < 1e-12);
  assert.equal(figures.logo_retention.value, 0.75);
  assert.equal(figures.renewal_rate.value, 0.8);
  assert.equal(figures.quick_ratio.value, 1.25);

  const text = vafaOk('retention', folder, ...year);
  assert.match(text, /73\.9%/);
  assert.match(text, /Gross revenue retention: Of the yearly revenue/);
  assert.match(vafaOk('retention', folder, ...year, '--lang', 'fa'), /نگهداشت ناخالص درآمد: سهمی/);
  const csv = vafaOk('retention', folder, ...year, '--format', 'csv').split('\r\n');
  assert.equal(csv[0].split(',').indexOf('grr') > 0, true);
  assert.equal(csv[1].split(',')[csv[0].split(',').indexOf('end')], '321000');

  const rows = vafaJson('retention', 'rows', folder, '2025', '--figure', 'nrr');
  assert.deepEqual(rows.data.map((row) => row.account), ['C', 'B', 'A', 'D']); // by what each takes or gives
  assert.deepEqual(rows.data[2].movements, [{ day: '2025-06-01', kind: 'expansion', amount: 20_000, parts: { price: 20_000 } }]);
  assert.equal(rows.figure.over, 247_000);
  assert.equal(rows.figure.under, 307_000);

  // 1404 in the Persian calendar begins on 21 March 2025.
  assert.equal(vafaJson('retention', folder, '--by', 'year', '--calendar', 'persian', '--from', '1404', '--to', '1404').periods[0].from, '2025-03-21');

  const cohorts = vafaJson('cohorts', folder, '--of', 'revenue', '--by', 'year').cohorts;
  assert.deepEqual(cohorts.map((cohort) => [cohort.cohort, cohort.size, cohort.start]), [['2024', 4, 250_000 + 0 /* D: no rate on 1 January 2024 */], ['2025', 1, 80_000]]);
  assert.deepEqual(cohorts[0].active.slice(0, 2), [250_000, 190_000]); // 1,000 + 1,000 + 500; 1,200 + 700
  assert.deepEqual(vafaJson('cohorts', folder, '--of', 'customers', '--by', 'year').cohorts[0].active.slice(0, 2), [4, 3]);
});

test('a closed year stands, and says what would be different now', async (t) => {
  const folder = filled(t);
  const server = await serve(t, folder);
  vafaOk('retention', 'close', folder, '2025');
  const before = vafaJson('retention', folder, ...year).periods;
  vafaOk('retention', 'close', folder, '2025');
  assert.deepEqual(vafaJson('retention', folder, ...year).periods, before);
  const corrected = { key: 'late', starts_on: '2024-11-01', amount: 40_000, amount_per: 'year', currency: 'EUR' };
  const sent = await server.api('POST', '/api/v1/accounts/E/subscriptions', corrected);
  assert.equal(sent.status, 201, sent.text);
  const restated = await until('the late subscription in the books', () => {
    const found = vafaJson('retention', 'restated', folder, '2025');
    return found.changes.length ? found : null;
  });
  assert.equal(restated.restated_accounts, 1);
  assert.equal(restated.changes[0].account, 'E');
  assert.equal(restated.changes[0].reason, 'late');
  assert.equal(restated.shown.start, 307_000);
  assert.equal(restated.now.start, 347_000);
  assert.equal(vafaJson('retention', folder, ...year).periods[0].amounts.start, 307_000);
  assert.match(vafaOk('retention', 'restated', folder, '2025'), /a subscription became known after the closing/);
});

test('wrong questions are answered clearly', (t) => {
  const folder = filled(t);
  for (const [words, sentence] of [
    [['retention', 'rows', folder, '2025', '--figure', 'arpu'], /no figure .arpu/],
    [['retention', 'close', folder, '2031'], /No period lies there|not ended/],
    [['retention', folder, '--by', 'week'], /week/],
    [['rates', 'set', folder, 'EUR', '1', '--day', '2025-01-01'], /no currency to convert/],
    [['retention', 'restated', folder, '2024'], /was not closed/],
  ]) {
    const done = vafa(...words);
    assert.notEqual(done.code, 0, words.join(' '));
    assert.match(done.err, sentence);
  }
});

test('a range of days, periods that reach back, and the accounts behind an amount and a cohort', (t) => {
  const folder = filled(t);
  const range = vafaJson('retention', folder, '--by', 'range', '--from', '2025-01-01', '--to', '2025-12-31').periods;
  const [whole] = vafaJson('retention', folder, ...year).periods;
  assert.equal(range.length, 1);
  assert.equal(range[0].period, '2025-01-01..2025-12-31');
  assert.deepEqual(range[0].amounts, whole.amounts);

  const back = vafaJson('retention', folder, '--by', 'month', '--span', '12', '--from', '2025-11', '--to', '2025-12').periods;
  assert.deepEqual(back.map((one) => one.period), ['2024-12-01..2025-11-30', '2025-01-01..2025-12-31']);
  assert.deepEqual(back[1].amounts, whole.amounts);
  assert.equal(back[0].amounts.start, 250_000); // D began on 20 December

  const rows = vafaJson('retention', 'rows', folder, range[0].period, '--amount', 'expansion');
  assert.deepEqual(rows.data.map((row) => [row.account, row.weight]), [['A', 20_000]]);
  assert.deepEqual(vafaJson('retention', 'rows', folder, '2025', '--amount', 'churn').data.map((row) => row.account), ['C']);
  assert.match(vafa('retention', 'rows', folder, '2025', '--amount', 'gift').err, /no amount .gift/);
  assert.match(vafa('retention', 'close', folder, '2025-01-01..2025-12-31').err, /only months, quarters and years/);

  const members = vafaJson('api', folder, 'GET', '/api/v1/cohorts/accounts?of=revenue&by=year&cohort=2024&since=1');
  assert.deepEqual(
    members.data.map((row) => [row.account, row.began, row.left, row.converted]),
    [['C', 50_000, 0, true], ['B', 100_000, 70_000, true], ['D', 60_000, 60_000, false], ['A', 100_000, 120_000, true]],
  );
});

test('margins of retention are those of a ratio of sums, and of counts Wilson’s', (t) => {
  // Twelve customers: start and end of 2025 in euros. Reckoned below from these pairs alone.
  const pairs = [[1000, 1200], [1000, 900], [500, 0], [800, 800], [1200, 1500], [300, 300], [700, 350], [900, 900], [400, 0], [600, 660], [1100, 1100], [250, 250]];
  const folder = company(t, { currency: 'EUR' });
  const put = (kind, text) => {
    const file = path.join(path.dirname(folder), `${kind}.csv`);
    writeFileSync(file, text);
    vafaOk('import', kind, folder, file, '--backfill');
  };
  put('accounts', `key,name\n${pairs.map((_, i) => `K${i},Kamand ${i}`).join('\n')}\n`);
  const lines = pairs.flatMap(([start, end], i) => [
    `k${i},K${i},2024-06-01,${end ? '' : '2025-06-30'},2024-06-01,${start}.00,year,EUR`,
    ...(end && end !== start ? [`k${i},K${i},2024-06-01,,2025-03-01,${end}.00,year,EUR`] : []),
  ]);
  put('subscriptions', `key,account,starts_on,ends_on,effective_from,amount,amount_per,currency\n${lines.join('\n')}\n`);
  const { figures } = vafaJson('retention', folder, ...year).periods[0];

  const ratio = (kept) => {
    const n = pairs.length;
    const under = pairs.reduce((sum, [start]) => sum + start, 0);
    const value = pairs.reduce((sum, pair) => sum + kept(pair), 0) / under;
    const squares = pairs.reduce((sum, pair) => sum + (kept(pair) - value * pair[0]) ** 2, 0);
    const margin = (1.959963984540054 * Math.sqrt((squares * n) / (n - 1))) / under;
    return { value, low: value - margin, high: value + margin };
  };
  for (const [key, kept] of [['nrr', ([, end]) => end], ['grr', ([start, end]) => Math.min(start, end)]]) {
    const expected = ratio(kept);
    for (const part of ['value', 'low', 'high']) assert.ok(Math.abs(figures[key][part] - expected[part]) < 1e-9, `${key} ${part}`);
  }
  // Wilson, 10 of 12: R's prop.test(10, 12, correct = FALSE) gives 0.5520 to 0.9530.
  assert.equal(figures.logo_retention.low.toFixed(4), '0.5520');
  assert.equal(figures.logo_retention.high.toFixed(4), '0.9530');
  assert.equal(vafaJson('retention', filled(t), ...year).periods[0].figures.nrr.low, null); // four customers: too few to say
});
