// Every page of the web application: for the screenshots and for the accessibility test. `at` may ask the server for an id (a function);
// `phone`: it must also fit a phone; `ready`: a selector that says its content is there.
const firstAccount = async (page) => {
  const { data } = await (await page.request.get('/api/v1/accounts?limit=1')).json();
  return data[0]?.id;
};

export const pages = [
  { name: 'features', at: '/data/features', ready: '[role=grid]' },
  { name: 'feature-form', at: '/data/features?edit=new', ready: '[role=dialog] form' },
  { name: 'health-scorecards', at: '/health/scorecards', ready: '[role=grid]' },
  { name: 'health-editor', at: '/health/scorecards/complete?open=seat_utilisation_28d', ready: '#what-if ~ table' },
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
