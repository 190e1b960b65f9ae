export type { AccountSearch } from './routes';
export { keepTrail } from './trail';
