/** The list one came from, for [ and ]: whoever shows accounts in an order keeps it here when one is opened. */
const key = 'vafa.trail';

export function keepTrail(ids: string[]) {
  sessionStorage.setItem(key, JSON.stringify(ids.slice(0, 1000)));
}

export function trail(): string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
