/** The shapes of growth, and what the web asks of it. */
import { queryOptions } from '@tanstack/react-query';
import { ask } from '@/lib/api';
import type { Day } from '@/lib/format';

export const kinds = ['product', 'feature', 'seats'] as const;
export type Kind = (typeof kinds)[number];
export const sorts = ['expected', 'chance', 'potential', 'name'] as const;
export type Sort = (typeof sorts)[number];

/** What one account could have and does not. */
export interface Room {
  kind: Kind;
  product: string | null;
  feature: string | null;
  title: string | null;
  peers: number;
  peers_have: number;
  share: number | null;
  low: number | null;
  high: number | null;
  circle: 'products' | 'segment' | 'size' | 'all' | null;
  potential: number | null;
  expected: number | null;
  chance: number | null;
  chance_low: number | null;
  chance_high: number | null;
  last_use_days: number | null;
  seats: number | null;
  people: number | null;
  text: string;
  /** Of one account: what is foretold, with what it is associated with, or why nothing is. */
  prediction?: { text?: string; reasons?: { fact: string; title: string; direction: 'raises' | 'lowers'; text: string }[] };
}
export interface ListedRoom extends Room {
  id: string;
  account: string;
  name: string;
  owner_name: string | null;
}
/** How the model of a product's cross-sell stands; `text` says why it speaks, or why not. */
export interface Product {
  product: string;
  could: number;
  own: number;
  outcome: string;
  live: boolean;
  text: string;
}
interface Foot {
  products: Product[];
  as_of: Day;
  days: number;
  currency: string;
  rule: string;
  note: string | null;
}
export interface Whitespace extends Foot {
  data: ListedRoom[];
  rows: number;
  accounts: number;
  /** Null: no money is known of any of the rows. */
  potential: number | null;
  expected: number | null;
  unjudged: number;
  has_more: boolean;
  next_cursor: string | null;
}
export interface AccountGrowth extends Foot {
  id: string;
  name: string;
  customer: boolean;
  /** Both a product and a feature could be compared with peers. */
  judged: boolean;
  owned: string[];
  data: Room[];
}
export interface Peers {
  data: { id: string; account: string; name: string; owner_name: string | null; has: boolean; paid: number | null }[];
  peers: number;
  peers_have: number;
  hidden: number;
  circle: Room['circle'];
  currency: string;
}

/** Which numbers are open: those of an account for a product or a feature; as a word of the address. */
export const peersKey = (id: string, room: Room) => `${id}|${room.kind}|${room.product ?? room.feature ?? ''}`;

const growthKey = ['growth'];
export const whitespace = (query: Record<string, string | number | undefined>) =>
  ask<Whitespace>('GET', '/api/v1/growth/whitespace', { query });
export const whitespaceKey = (query: unknown) => [...growthKey, 'whitespace', query];
export const growthOf = (id: string) =>
  queryOptions({
    queryKey: [...growthKey, 'account', id],
    queryFn: () => ask<AccountGrowth>('GET', `/api/v1/accounts/${encodeURIComponent(id)}/growth`),
  });
export const peersOf = (open: string | undefined) =>
  queryOptions({
    queryKey: [...growthKey, 'peers', open],
    queryFn: () => {
      const [id = '', kind = '', ...item] = open?.split('|') ?? [];
      const query = { [kind]: item.join('|') };
      return ask<Peers>('GET', `/api/v1/accounts/${encodeURIComponent(id)}/growth/peers`, { query });
    },
    enabled: open !== undefined,
  });
