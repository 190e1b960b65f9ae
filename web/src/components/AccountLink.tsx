/** An account's name as the door to its page. `id` or the key by which the API knows it. */
import { Link } from '@tanstack/react-router';

export const AccountLink = ({ id, name }: { id: string; name: string | null }) => (
  <Link to={`/accounts/${encodeURIComponent(id)}` as string} className="name">
    <bdi>{name || id}</bdi>
  </Link>
);
