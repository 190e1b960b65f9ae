// Every page of the web application: for the screenshots and for the accessibility test. `at` may ask the server for an id (a function);
// `phone`: it must also fit a phone; `ready`: a selector that says its content is there.
const firstAccount = async (page) => {
  const { data } = await (await page.request.get('/api/v1/accounts?limit=1')).json();
  return data[0]?.id;
};

export const pages = [
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
