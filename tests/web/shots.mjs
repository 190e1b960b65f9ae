// Pictures of every page in English and Persian, light and dark: tools/web shots [--only WORD] [--data FOLDER] [--wide] …
// With --data the folder is served as it is (it must hold the demo); else a demo company of each language is made. Pictures go to artifacts/shots.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../harness/vafa.mjs';
import { axe, browser, demoFolder, person, serve, signedIn } from './web.mjs';
import { pages } from './pages.mjs';

const words = process.argv.slice(2);
const option = (name) => (words.includes(name) ? words[words.indexOf(name) + 1] : undefined);
const only = option('--only') ?? '';
const combinations = (option('--in') ?? 'en-light,en-dark,fa-light,fa-dark').split(',');
const folder = path.join(root, 'artifacts/shots');
mkdirSync(folder, { recursive: true });

const endings = [];
const t = { after: (end) => endings.push(end) };
const servers = {};
let findings = 0;
try {
  const one = await browser(t);
  for (const combination of combinations) {
    const [language, theme] = combination.split('-');
    if (!servers[language]) {
      const server = await serve(t, option('--data') ?? demoFolder(t, { language, foretold: true, accounts: Number(option('--accounts') ?? 60) }));
      servers[language] = { server, who: await person(server, { language, email: `${language}-${process.pid}@karavan.example`, name: language === 'fa' ? 'مینا راد' : 'Dana Whitlock' }) };
      const table = (await server.api('GET', '/api/v1/accounts/table?sort=health&limit=40')).json; // a book of one's own
      const me = (await server.api('GET', `/api/v1/members/${servers[language].who.email}`)).json;
      const given = await server.api('POST', '/api/v1/accounts/bulk', { ids: table.data.map(({ id }) => id), set: { owner: me.id } });
      if (given.status >= 300) throw new Error(given.text);
    }
    const { server, who } = servers[language];
    for (const phone of [false, true]) {
      const page = await signedIn(t, one, server, who, { theme, ...(phone ? { width: 390, height: 844 } : {}) });
      for (const { name, at, phone: fits, ready } of pages) {
        if (!name.includes(only) || (phone && !fits)) continue;
        const where = typeof at === 'function' ? await at(page, server) : at;
        if (!where) continue;
        await page.goto(where);
        await page.waitForLoadState('networkidle').catch(() => {});
        if (ready) await page.waitForSelector(ready, { timeout: 10_000 }).catch(() => console.log(`${name}: ${ready} did not come`));
        // Charts are drawn in the frames after their data; fonts change what fits.
        await page.evaluate(() => document.fonts.ready.then(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(drawn))))));
        const file = path.join(folder, `${name}-${combination}${phone ? '-phone' : ''}.png`);
        await page.screenshot({ path: file });
        const found = await axe(page);
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1);
        findings += found.length + Number(sideways);
        console.log(path.relative(root, file), ...(sideways ? ['\n  wider than the window'] : []), ...found.map((one) => `\n  axe ${one}`));
      }
      await page.context().close();
    }
  }
} finally {
  for (const end of endings.reverse()) await Promise.resolve(end()).catch((error) => console.log(String(error)));
}
console.log(`${findings} findings`);
process.exitCode = findings ? 1 : 0;
