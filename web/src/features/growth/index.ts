/** Growth as the page of an account shows it. */
export { AccountGrowth } from './AccountGrowth';
