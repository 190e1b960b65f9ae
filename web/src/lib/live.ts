/**
 * What happens on the server, heard while this tab is in sight: one EventSource (browsers keep few connections to one host, so
 * hidden tabs hold none; the server says "reload" where something was missed meanwhile). What is heard makes parts of the query
 * cache stale: a feature says which by `liveKeys`, by the first word of its query keys. `useLive` hands over the news themselves.
 */
import { useEffect, useRef } from 'react';
import { queryClient } from './query';

export type Topic = 'accounts' | 'imports' | 'ingest' | 'events' | 'rejected' | 'settings' | 'catalogue' | 'jobs';
const topics: Topic[] = ['accounts', 'imports', 'ingest', 'events', 'rejected', 'settings', 'catalogue', 'jobs'];

/** First words of query keys by topic. */
const stale: Record<Topic, Set<string>> = {
  accounts: new Set(['accounts', 'account', 'health', 'home', 'at-risk', 'segments', 'segment', 'timeline']),
  imports: new Set(['imports', 'import']),
  ingest: new Set(['ingest', 'sources', 'checklist']),
  events: new Set(),
  rejected: new Set(),
  settings: new Set(['settings', 'limits']),
  catalogue: new Set(['facts', 'features', 'scorecards', 'scorecard', 'segments', 'segment', 'holidays', 'products', 'fields']),
  jobs: new Set(['backups', 'jobs']),
};
/** `liveKeys('accounts', 'renewals')`: queries whose key begins with 'renewals' are asked again when accounts change. */
export const liveKeys = (topic: Topic, ...words: string[]) => {
  for (const word of words) stale[topic].add(word);
};

type Listener = (news: never) => void;
const listeners = new Map<Topic, Set<Listener>>();

/** Of one topic each word as it comes: useLive<EventNews>('events', (news) => …). */
export function useLive<News>(topic: Topic, hear: (news: News) => void, active = true) {
  const current = useRef(hear);
  current.current = hear;
  useEffect(() => {
    if (!active) return;
    const listener = (news: never) => current.current(news);
    if (!listeners.has(topic)) listeners.set(topic, new Set());
    listeners.get(topic)!.add(listener);
    return () => {
      listeners.get(topic)?.delete(listener);
    };
  }, [topic, active]);
}

/** Pages settle for a moment before they ask again, however much is going on. */
const SETTLE_MS = 800;
const REST_MS = 3000;
const due = new Set<string>();
let everything = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let last = 0;

function settle() {
  if (timer) return;
  timer = setTimeout(
    () => {
      timer = undefined;
      last = Date.now();
      const words = new Set(due);
      const all = everything;
      due.clear();
      everything = false;
      queryClient.invalidateQueries({
        predicate: ({ queryKey }) => (all && queryKey[0] !== 'me') || words.has(String(queryKey[0])),
      });
    },
    Math.max(SETTLE_MS, last + REST_MS - Date.now()),
  );
}

function hear(topic: Topic, news: unknown) {
  for (const listener of listeners.get(topic) ?? []) listener(news as never);
  for (const word of stale[topic]) due.add(word);
  if (stale[topic].size) settle();
}

const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 60_000;

/** Listens until the returned function is called. Signed-in pages do, once for the whole tab. */
export function startLive(): () => void {
  let source: EventSource | undefined;
  let lastId = '';
  let missed = false; // a line that never was cannot say from where on
  let wait = FIRST_WAIT_MS;
  let again: ReturnType<typeof setTimeout> | undefined;
  const close = () => {
    clearTimeout(again);
    missed ||= source !== undefined && !lastId;
    source?.close();
    source = undefined;
  };
  const reload = () => {
    missed = false;
    everything = true;
    settle();
  };
  const open = () => {
    close();
    if (document.hidden) return;
    const address = new URL('/api/v1/stream', location.origin);
    if (lastId) address.searchParams.set('last_event_id', lastId);
    source = new EventSource(address);
    const note = (event: MessageEvent) => {
      if (event.lastEventId) lastId = event.lastEventId;
    };
    source.addEventListener('hello', (event) => {
      note(event);
      wait = FIRST_WAIT_MS;
      if (missed) reload();
    });
    source.addEventListener('reload', (event) => {
      note(event);
      reload();
    });
    for (const topic of topics)
      source.addEventListener(topic, (event) => {
        note(event);
        hear(topic, JSON.parse(event.data));
      });
    // A line that broke is taken up by the browser; one that was refused (a limit, a restart, the session's end) by us, ever later.
    source.onerror = () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      again = setTimeout(open, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    };
  };
  const sight = () => (document.hidden ? close() : open());
  document.addEventListener('visibilitychange', sight);
  open();
  return () => {
    document.removeEventListener('visibilitychange', sight);
    close();
  };
}
