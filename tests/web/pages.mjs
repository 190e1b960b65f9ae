// Every page of the web application: for the screenshots and for the accessibility test. `at` may ask the server for an id (a function);
// `phone`: it must also fit a phone; `ready`: a selector that says its content is there.
const firstAccount = async (page) => {
  const { data } = await (await page.request.get('/api/v1/accounts?limit=1')).json();
  return data[0]?.id;
};

/** A file with good and bad rows, checked but not taken in; the address of its page. */
const checkedImport = (step) => async (page, server) => {
  const persian = (await page.evaluate(() => document.documentElement.lang).catch(() => '')) === 'fa';
  const csv = persian
    ? 'شناسه,نام,مسئول,تاریخ شروع\nash-204,درمانگاه سروناز,,۱۴۰۵/۰۲/۱۱\ndun-118,نساجی دیبا,,۱۴۰۵/۱۳/۰۴\nfox-231,کشتیرانی موج‌گاه,,۱۴۰۴/۱۲/۳۰\npin-377,چاپ رنگین‌کمان,nobody@karavn.example,۱۴۰۵/۰۱/۰۵\npin-377,چاپ دیگر,,۱۴۰۵/۰۱/۰۵\n'
    : 'key,name,owner,customer since\nash-204,Ashdown Clinics,,2026-02-11\ndun-118,Dunmore Textiles,,2026-13-04\nfox-231,Foxglove Freight,,2026-02-30\npin-377,Pinewood Print,nobody@karavn.example,2026-01-05\npin-377,Pinewood again,,2026-01-05\n';
  const origin = { origin: server.url, 'content-type': 'text/csv' };
  const made = await (await page.request.post(`/api/v1/imports/accounts?dry_run=1&file=accounts-autumn.csv`, { data: csv, headers: origin })).json();
  for (let state = made.state; state === 'waiting' || state === 'running'; ) state = (await (await page.request.get(`/api/v1/imports/${made.id}`)).json()).state;
  return `/data/imports/${made.id}${step ? `?step=${step}` : ''}`;
};
const rejectedEvent = async (page, server) => {
  const key = await (await page.request.post('/api/v1/keys', { data: { name: `web app ${Date.now()}`, kind: 'server' }, headers: { origin: server.url } })).json();
  const send = (body) => page.request.post('/v1/track', { data: body, headers: { authorization: `Basic ${Buffer.from(`${key.secret}:`).toString('base64')}` } });
  await send({ userId: 'u-17', event: 'report_opened', context: { groupId: 'D0001' }, properties: { size: 12, title: 'Autumn' } });
  await send({ userId: 'u-17', event: '' });
  return '/data/sources?tab=live';
};
const first = (more) => async (page) => `/accounts/${await firstCall(page)}${more}`;
const firstCall = async (page) => {
  const home = await (await page.request.get('/api/v1/home?book=all')).json();
  return home.calls.data[0]?.id ?? (await firstAccount(page));
};

export const pages = [
  { name: 'home', at: '/', ready: '#call-first', phone: true },
  { name: 'home-leader', at: '/?book=all', ready: '#risk' },
  { name: 'account', at: first(''), ready: '#why table', phone: true },
  { name: 'account-health', at: first('?tab=health'), ready: '#measures table' },
  { name: 'account-usage', at: first('?tab=usage'), ready: '#features table' },
  { name: 'account-people', at: first('?tab=people'), ready: '#people table' },
  { name: 'account-subscriptions', at: first('?tab=subscriptions'), ready: '#movements' },
  { name: 'account-tickets', at: first('?tab=tickets'), ready: '#tickets table' },
  { name: 'account-invoices', at: first('?tab=invoices'), ready: '#invoices table' },
  { name: 'account-answers', at: first('?tab=answers'), ready: '#answers' },
  { name: 'account-milestones', at: first('?tab=milestones'), ready: '#milestones' },
  { name: 'account-measure', at: first('?tab=health&open=days_since_last_contact'), ready: '[role=dialog] dl' },
  { name: 'features', at: '/data/features', ready: '[role=grid]' },
  { name: 'import-new', at: '/data/imports/new', ready: 'input[type=radio]' },
  { name: 'import-check', at: checkedImport(''), ready: 'main table' },
  { name: 'import-columns', at: checkedImport('columns'), ready: 'main table' },
  { name: 'imports', at: '/data/imports', ready: '[role=grid]' },
  { name: 'sources', at: '/data/sources', ready: '[role=grid]' },
  { name: 'source-key', at: '/data/sources?tab=keys&key=new', ready: '[role=dialog] form' },
  { name: 'source-live', at: rejectedEvent, ready: 'main ol' },
  { name: 'fields', at: '/data/fields', ready: '[role=grid]' },
  { name: 'field-form', at: '/data/fields?edit=new', ready: '[role=dialog] form' },
  { name: 'feature-form', at: '/data/features?edit=new', ready: '[role=dialog] form' },
];
export { firstAccount };
