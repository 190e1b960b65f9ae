// Lighthouse on Home of the demo company, signed in, in both languages; a desktop as Lighthouse takes it (its network and processor slowed).
//   node bench/lighthouse.mjs VAFA LIGHTHOUSE      (bench/run lighthouse)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vafaOk } from '../tests/harness/vafa.mjs';
import { person, serve } from '../tests/web/web.mjs';

const [, lighthouse] = process.argv.slice(2);
const root = mkdtempSync(path.join(tmpdir(), 'vafa-lighthouse-'));
const endings = [];
const t = { after: (end) => endings.push(end) };
try {
  const folder = path.join(root, 'data');
  vafaOk('init', folder, '--name', 'Bench', '--time-zone', 'Asia/Tehran', '--currency', 'EUR');
  vafaOk('demo', folder, '--accounts', '200', '--months', '24', '--until', new Date().toISOString().slice(0, 10));
  const server = await serve(t, folder);
  for (const language of ['en', 'fa']) {
    const who = await person(server, { language, email: `dana-${language}@bench.example` });
    const signed = await fetch(`${server.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: JSON.stringify({ email: who.email, password: who.password }),
    });
    if (!signed.ok) throw new Error(await signed.text());
    const cookie = signed.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
    const report = path.join(root, `${language}.json`);
    execFileSync(
      process.execPath,
      [
        lighthouse, `${server.url}/`, '--quiet', '--preset=desktop', '--output=json', `--output-path=${report}`,
        '--only-categories=performance,accessibility', `--extra-headers=${JSON.stringify({ cookie })}`,
        '--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage --disable-gpu',
      ],
      { env: { ...process.env, CHROME_PATH: process.env.VAFA_CHROMIUM ?? '/usr/bin/chromium' }, stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const { categories, audits, finalDisplayedUrl } = JSON.parse(readFileSync(report, 'utf8'));
    const score = (name) => categories[name].score.toFixed(2);
    console.log(`${language}: performance ${score('performance')}, accessibility ${score('accessibility')} (marks: 0.95) at ${new URL(finalDisplayedUrl).pathname}`);
    console.log(`    ${['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift', 'speed-index'].map((id) => `${id} ${audits[id].displayValue}`).join(', ')}`);
    for (const { auditRefs } of Object.values(categories))
      for (const { id, weight } of auditRefs)
        if (weight && audits[id].score !== null && audits[id].score < 0.9) console.log(`    below 0.9: ${id} (${audits[id].score}) ${audits[id].displayValue ?? ''}`);
  }
} finally {
  for (const end of endings.reverse()) await end();
  rmSync(root, { recursive: true, force: true });
}
