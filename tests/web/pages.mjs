// Every page of the web application: for the screenshots and for the accessibility test. `at` may ask the server for an id (a function);
// `phone`: it must also fit a phone; `ready`: a selector that says its content is there.
const firstAccount = async (page) => {
  const { data } = await (await page.request.get('/api/v1/accounts?limit=1')).json();
  return data[0]?.id;
};

const anAccount = async (page) => `/accounts?peek=${await firstAccount(page)}`;

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

const somePeers = async (page) => {
  const { data } = await (await page.request.get('/api/v1/growth/whitespace?kind=product&limit=1')).json();
  return data[0] && `/insight/growth?open=${encodeURIComponent(`${data[0].id}|product|${data[0].product}`)}`;
};

/** The day so many days ago; the first of the quarter so many quarters ago. */
const daysAgo = (n) => new Date(Date.now() - n * 86_400_000).toISOString().slice(0, 10);
const quarterStart = (ago) => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), (Math.floor(now.getUTCMonth() / 3) - ago) * 3, 1)).toISOString().slice(0, 10);
};

export const pages = [
  { name: 'accounts', at: '/accounts', ready: '[role=row] svg', phone: true },
  { name: 'accounts-view', at: '/accounts?view=renewing_90d&density=comfortable', ready: '[role=grid]' },
  { name: 'accounts-peek', at: anAccount, ready: '[role=dialog] dl' },
  { name: 'accounts-new', at: '/accounts?add=true', ready: '[role=dialog] form' },
  { name: 'accounts-none', at: '/accounts?q=zzzzz', ready: 'h2' },
  { name: 'home', at: `/?book=own&since=${daysAgo(7)}`, ready: '#call-first', phone: true },
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
  { name: 'growth', at: '/insight/growth', ready: '#rooms table', phone: true },
  { name: 'growth-chance', at: '/insight/growth?product=analytics&kind=product&sort=chance', ready: '#rooms table' },
  { name: 'growth-peers', at: somePeers, ready: '[role=dialog] table' },
  { name: 'account-growth', at: first('?tab=subscriptions#growth'), ready: '#growth table' },
  { name: 'renewals', at: '/insight/renewals', ready: '#renewals table', phone: true },
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
  { name: 'start', at: '/start', ready: 'ol' },
  { name: 'personal', at: '/me', ready: '#sessions table' },
  { name: 'admin-people', at: '/admin/people', ready: '[role=grid]' },
  { name: 'admin-person', at: '/admin/people?edit=new', ready: '[role=dialog] form' },
  { name: 'admin-settings', at: '/admin/settings', ready: '#organisation' },
  { name: 'admin-calendar', at: '/admin/calendar', ready: '#holidays' },
  { name: 'admin-audit', at: '/admin/audit', ready: 'table' },
  { name: 'admin-limits', at: '/admin/limits', ready: '#used table' },
  { name: 'admin-backup', at: '/admin/backup', ready: 'h2' },
  { name: 'admin-about', at: '/admin/about', ready: '#parts table' },
  { name: 'feature-form', at: '/data/features?edit=new', ready: '[role=dialog] form' },
  { name: 'retention', at: '/insight/retention', ready: 'svg[role=group]' },
  { name: 'retention-rows', at: '/insight/retention?open=figure:nrr', ready: '[role=dialog] table' },
  { name: 'cohorts', at: '/insight/cohorts', ready: '[role=grid]' },
  { name: 'adoption', at: '/insight/adoption', ready: 'svg[role=group]' },
  { name: 'adoption-features', at: '/insight/adoption?tab=features', ready: 'table' },
  { name: 'adoption-heatmap', at: '/insight/adoption?tab=accounts', ready: '[role=grid]' },
  { name: 'adoption-licences', at: '/insight/adoption?tab=licences', ready: 'svg[role=group]' },
  { name: 'adoption-drops', at: '/insight/adoption?tab=drops', ready: 'h2' },
  { name: 'time-to-value', at: '/insight/time-to-value', ready: 'svg[role=img]' },
  { name: 'value-event', at: '/insight/time-to-value?open=event:first-report', ready: '[role=dialog] form' },
  { name: 'milestones', at: '/insight/time-to-value?tab=milestones', ready: 'table' },
  { name: 'milestone-form', at: '/insight/time-to-value?tab=milestones&open=milestone:first-use', ready: '[role=dialog] form' },
  { name: 'satisfaction', at: '/insight/satisfaction?kind=csat', ready: 'svg[role=group]' },
  { name: 'satisfaction-answers', at: `/insight/satisfaction?wave=${quarterStart(1)}..${quarterStart(0)}`, ready: '[role=dialog] li' },
  { name: 'lifetime', at: '/insight/lifetime-value', ready: 'h2' },
  { name: 'lifetime-renewals', at: '/insight/lifetime-value?tab=renewals', ready: 'svg[role=img]' },
  { name: 'lifetime-purchases', at: '/insight/lifetime-value?tab=purchases', ready: 'h2' },
  { name: 'lifetime-accounts', at: '/insight/lifetime-value?tab=accounts', ready: 'table' },
  { name: 'survival', at: '/insight/survival?split=plan', ready: 'svg[role=img]' },
  { name: 'models', at: '/insight/models', ready: '#models table', phone: true },
  { name: 'model', at: '/insight/models/churn', ready: '#definitions', phone: true },
  { name: 'model-none', at: '/insight/models/expansion', ready: '#definitions' },
  { name: 'rates', at: '/insight/rates', ready: 'form' },
  { name: 'health-scorecards', at: '/health/scorecards', ready: '[role=grid]' },
  { name: 'health-editor', at: '/health/scorecards/complete?open=seat_utilisation_28d', ready: '#what-if ~ *' },
  { name: 'health-weights', at: '/health/scorecards/complete?show=weights', ready: '[role=dialog] p' },
  { name: 'health-versions', at: '/health/scorecards/complete?show=versions', ready: '[role=dialog] li' },
  { name: 'health-segments', at: '/health/segments', ready: '[role=grid]' },
  { name: 'health-touch', at: '/health/segments?tab=touch', ready: '[role=grid]' },
  { name: 'health-segment-members', at: '/health/segments/high_touch', ready: 'table' },
  { name: 'health-segment-history', at: '/health/segments/high_touch?tab=history', ready: 'table' },
  { name: 'health-segment-rule', at: '/health/segments/high_touch?tab=rule', ready: '#preview ~ div' },
  { name: 'health-segment-new', at: '/health/segments?add=true', ready: '[role=dialog] form' },
  { name: 'health-facts', at: '/health/facts', ready: '[role=grid]' },
  { name: 'health-fact', at: '/health/facts/seat_utilisation_28d', ready: 'table' },
  { name: 'health-fact-form', at: '/health/facts?add=true', ready: '[role=dialog] form' },
];
export { firstAccount };
