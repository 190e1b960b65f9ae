import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { messages } from '@/lib/i18n';
import { shellRoute } from '@/lib/route';

export type Book = 'own' | 'team' | 'all';
const books: Book[] = ['own', 'team', 'all'];

const home = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  validateSearch: (search): { book?: Book; since?: string; all?: boolean } => ({
    book: books.find((book) => book === search.book),
    since: typeof search.since === 'string' ? search.since : undefined,
    all: search.all === true ? true : undefined,
  }),
  loader: messages('home', 'timeline'),
  component: lazyRouteComponent(() => import('./HomePage'), 'HomePage'),
});

export const homeRoutes = [home] as const;
