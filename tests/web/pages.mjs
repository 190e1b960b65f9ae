// Every page of the web application: for the screenshots and for the accessibility test. `at` may ask the server for an id (a function);
// `phone`: it must also fit a phone; `ready`: a selector that says its content is there.
const firstAccount = async (page) => {
  const { data } = await (await page.request.get('/api/v1/accounts?limit=1')).json();
  return data[0]?.id;
};

const anAccount = async (page) => `/accounts?peek=${await firstAccount(page)}`;

export const pages = [
  { name: 'accounts', at: '/accounts', ready: '[role=row] svg', phone: true },
  { name: 'accounts-view', at: '/accounts?view=renewing_90d&density=comfortable', ready: '[role=grid]' },
  { name: 'accounts-peek', at: anAccount, ready: '[role=dialog] dl' },
  { name: 'accounts-new', at: '/accounts?add=true', ready: '[role=dialog] form' },
  { name: 'accounts-none', at: '/accounts?q=zzzzz', ready: 'h2' },
  { name: 'features', at: '/data/features', ready: '[role=grid]' },
  { name: 'feature-form', at: '/data/features?edit=new', ready: '[role=dialog] form' },
];
export { firstAccount };
