// Every page of the web application: for the screenshots and for the accessibility test. `at` may ask the server for an id (a function);
// `phone`: it must also fit a phone; `ready`: a selector that says its content is there.
const firstAccount = async (page) => {
  const { data } = await (await page.request.get('/api/v1/accounts?limit=1')).json();
  return data[0]?.id;
};

const first = (more) => async (page) => `/accounts/${await firstCall(page)}${more}`;
const firstCall = async (page) => {
  const home = await (await page.request.get('/api/v1/home?book=all')).json();
  return home.calls.data[0]?.id ?? (await firstAccount(page));
};

export const pages = [
  { name: 'home', at: '/?book=own&since=2026-11-20', ready: '#call-first', phone: true },
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
];
export { firstAccount };
