// Every page of the web application: for the screenshots and for the accessibility test. `at` may ask the server for an id (a function);
// `phone`: it must also fit a phone; `ready`: a selector that says its content is there.
const firstAccount = async (page) => {
  const { data } = await (await page.request.get('/api/v1/accounts?limit=1')).json();
  return data[0]?.id;
};

export const pages = [
  { name: 'features', at: '/data/features', ready: '[role=grid]' },
  { name: 'feature-form', at: '/data/features?edit=new', ready: '[role=dialog] form' },
];
export { firstAccount };
