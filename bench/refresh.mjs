// All models and their predictions made anew at 10k accounts × 24 months by a running server, and how fast it answers meanwhile.
//   node bench/refresh.mjs [VAFA] [ACCOUNTS] [FOLDER]      (bench/run refresh; FOLDER: made before, by this benchmark's commands)
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const [vafa = 'build-bench/vafa', accounts = '10000', made] = process.argv.slice(2);
const scratch = mkdtempSync(path.join(tmpdir(), 'vafa-refresh-'));
const folder = made ?? path.join(scratch, 'data');
const run = (...words) => execFileSync(vafa, words, { encoding: 'utf8', maxBuffer: 1 << 28 });
let server;
try {
  if (!made) {
    run('init', folder, '--name', 'Bench', '--time-zone', 'UTC');
    run('demo', folder, '--accounts', accounts, '--months', '24', '--until', new Date().toISOString().slice(0, 10));
  }
  run('settings', 'set', folder, 'predict.schedule_days=0');
  const { secret } = JSON.parse(run('keys', 'create', folder, '--name', `bench ${Date.now()}`, '--kind', 'api', '--role', 'admin', '--scope', 'all', '--format', 'json'));
  server = spawn(vafa, ['serve', folder, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const address = await new Promise((found, failed) => {
    createInterface(server.stdout).on('line', (line) => {
      const url = line.match(/http:\/\/[\d.]+:\d+/);
      if (url) found(url[0]);
    });
    server.on('exit', (code) => failed(new Error(`vafa serve ended with ${code}`)));
  });
  const ask = (method, target) => fetch(address + target, { method, headers: { authorization: `Bearer ${secret}` } });
  const answers = async (ms, meanwhile) => {
    const took = [];
    for (const end = performance.now() + ms; performance.now() < end && (!meanwhile || (await meanwhile())); ) {
      const began = performance.now();
      const answer = await ask('GET', '/api/v1/accounts/table?limit=50');
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(String(answer.status));
      took.push(performance.now() - began);
      await new Promise((go) => setTimeout(go, 20));
    }
    took.sort((a, b) => a - b);
    return `p50 ${took[took.length >> 1].toFixed(1)} ms, p99 ${took[Math.floor(took.length * 0.99)].toFixed(1)} ms of ${took.length}`;
  };
  await new Promise((go) => setTimeout(go, 30_000)); // scores and boards of the start are made
  console.log(`the table of accounts at rest: ${await answers(5000)}`);
  const outcomes = ['churn', 'no_renewal', 'contraction', 'silence', 'expansion'];
  const began = performance.now();
  for (const outcome of outcomes) {
    const answer = await ask('POST', `/api/v1/models/${outcome}`);
    if (!answer.ok) throw new Error(await answer.text());
  }
  let looked = 0;
  const meanwhile = await answers(600_000, async () => {
    if (performance.now() - looked < 500) return true;
    looked = performance.now();
    return (await (await ask('GET', '/api/v1/models')).json()).data.some((one) => one.being_made);
  });
  const seconds = (performance.now() - began) / 1000;
  console.log(`five models and their predictions, ${accounts} accounts × 24 months: ${seconds.toFixed(1)} s (mark: 60 s)`);
  console.log(`the table of accounts meanwhile: ${meanwhile}`);
  const page = performance.now();
  await (await ask('GET', '/api/v1/accounts/D0001/predictions')).arrayBuffer();
  console.log(`predictions of one account, with their reasons: ${(performance.now() - page).toFixed(0)} ms`);
  for (const { outcome, live, newest } of (await (await ask('GET', '/api/v1/models')).json()).data)
    console.log(`  ${outcome}: ${live ? `${live.learner}, AUC ${live.auc.toFixed(3)}` : newest?.verdict}, ${newest?.cases} cases`);
} finally {
  server?.kill('SIGTERM');
  rmSync(scratch, { recursive: true, force: true });
}
