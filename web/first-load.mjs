// What a browser must load before the first page: the scripts that index.html names and their static imports, gzip. Fails beyond the limit.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const limit = 230_000;
const dist = path.join(import.meta.dirname, 'dist');
const html = readFileSync(path.join(dist, 'index.html'), 'utf8');
const waiting = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1]);
const seen = new Set();
let bytes = 0;
for (let file = waiting.pop(); file; file = waiting.pop()) {
  if (seen.has(file)) continue;
  seen.add(file);
  const packed = path.join(dist, `${file}.gz`); // what is too small to pack is sent as it is
  bytes += readFileSync(existsSync(packed) ? packed : path.join(dist, file)).length;
  const text = readFileSync(path.join(dist, file), 'utf8');
  for (const [, name] of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) waiting.push(`assets/${name}`);
}
console.log(`first load: ${(bytes / 1000).toFixed(1)} kB gzip in ${seen.size} scripts (limit ${limit / 1000} kB)`);
process.exit(bytes > limit ? 1 : 0);
