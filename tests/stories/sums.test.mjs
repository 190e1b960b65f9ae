// Explained health adds up: over the demo company, contributions sum to the score and the parts of the waterfall to the difference, for random
// accounts and pairs of days.
import assert from 'node:assert/strict';
import test from 'node:test';
import { company, serve, vafaJson, vafaOk } from '../harness/vafa.mjs';

const PAIRS = 1_000;
const WITHIN = 1e-9;
const END = Date.parse('2026-03-01') / 86_400_000;
const DAYS = 600;

/** Marsaglia's xorshift: the same pairs in every run. */
function generator(seed) {
  let state = seed >>> 0;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
const date = (day) => new Date(day * 86_400_000).toISOString().slice(0, 10);
const sum = (parts, of) => parts.reduce((total, part) => total + part[of], 0);

test('contributions and waterfalls add up', async (t) => {
  const folder = company(t, { 'time-zone': 'Asia/Tehran', currency: 'EUR' });
  vafaOk('demo', folder, '--accounts', '120', '--months', '24', '--seed', '7', '--until', date(END));
  const accounts = vafaJson('health', 'list', folder, '--limit', '1000').data.map((row) => row.account);
  assert.ok(accounts.length >= 100, `${accounts.length} accounts`);
  const server = await serve(t, folder);
  const random = generator(20_260_301);
  const explain = async (account, day, against) => {
    const answer = await server.api('GET', `/api/v1/accounts/${account}/health?as_of=${date(day)}${against === undefined ? '' : `&against=${date(against)}`}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  const worst = { contributions: 0, waterfall: 0, shares: 0 };
  const steps = new Map();
  const cards = new Set();
  let explained = 0;
  let compared = 0;
  let tried = 0;
  while (compared < PAIRS && tried < PAIRS * 5) {
    tried++;
    const account = accounts[random(accounts.length)];
    const before = END - DAYS + random(DAYS);
    const after = END - DAYS + random(DAYS);
    const now = await explain(account, after, before);
    if (!now.card) continue; // not yet a customer
    cards.add(now.card);
    worst.contributions = Math.max(worst.contributions, Math.abs(sum([...now.measures, ...now.adjustments], 'contribution') - (now.score ?? 0)));
    const shares = sum(now.measures, 'share');
    if (shares > 0) worst.shares = Math.max(worst.shares, Math.abs(shares - 1));
    explained++;
    if (!now.waterfall) continue; // not a customer on the other day
    const difference = (now.score ?? 0) - (now.waterfall.score_before ?? 0);
    worst.waterfall = Math.max(worst.waterfall, Math.abs(sum(now.waterfall.parts, 'difference') - difference), Math.abs(now.waterfall.difference - difference));
    for (const part of now.waterfall.parts) steps.set(part.step, (steps.get(part.step) ?? 0) + 1);
    if (compared % 20 === 0) assert.equal((await explain(account, before)).score ?? null, now.waterfall.score_before, 'the score of the other day');
    compared++;
  }
  t.diagnostic(`FIGURE contributions against scores: at most ${worst.contributions.toExponential(1)} off over ${explained} explained accounts and days`);
  t.diagnostic(`FIGURE waterfall parts against differences: at most ${worst.waterfall.toExponential(1)} off over ${compared} pairs of days (${[...steps].map(([step, n]) => `${step} ${n}`).join(', ')})`);
  assert.equal(compared, PAIRS);
  assert.ok(worst.contributions <= WITHIN && worst.waterfall <= WITHIN && worst.shares <= WITHIN, JSON.stringify(worst));
  assert.ok(cards.size >= 2, `cards: ${[...cards]}`);
  for (const step of ['value', 'data', 'scorecard', 'exception']) assert.ok(steps.get(step) > 0, `no part of step ${step}`);
});
