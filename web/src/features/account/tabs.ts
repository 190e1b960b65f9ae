export const tabs = [
  'overview',
  'health',
  'usage',
  'people',
  'timeline',
  'subscriptions',
  'tickets',
  'invoices',
  'answers',
  'milestones',
] as const;
export type Tab = (typeof tabs)[number];
