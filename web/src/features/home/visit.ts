/** When this person was last here, in this browser: a visit that ended half an hour ago or more is the last one. */
const pause = 30 * 60_000;
const key = (member: string) => `vafa.home.${member}`;

interface Kept {
  last: string | null;
  seen: string;
}

const read = (member: string): Kept | null => {
  try {
    return JSON.parse(localStorage.getItem(key(member)) ?? 'null');
  } catch {
    return null;
  }
};

/** Notes that somebody is here now; answers since when changes are asked for (null: never here before). */
export function visit(member: string, now = Date.now()): string | null {
  const kept = read(member);
  const fresh = kept && now - Date.parse(kept.seen) < pause;
  const last = fresh ? kept.last : (kept?.seen ?? null);
  localStorage.setItem(key(member), JSON.stringify({ last, seen: new Date(now).toISOString() } satisfies Kept));
  return last;
}
