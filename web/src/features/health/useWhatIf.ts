/** The draft against history: asked again when the draft rests for a moment, the question before it called off. */
import { useEffect, useRef, useState } from 'react';
import { ask } from '@/lib/api';
import { type Card, toWire } from './card';
import type { WhatIf } from './types';

const REST_MS = 140;

export interface Answer {
  /** The last whole answer; stays while the next one is on its way. */
  data?: WhatIf;
  error?: unknown;
  pending: boolean;
  seconds?: number;
}

export function useWhatIf(key: string, card: Card | null): Answer {
  const [answer, setAnswer] = useState<Answer>({ pending: true });
  const body = card && JSON.stringify({ card: toWire(card) });
  const latest = useRef<string | null>(null);
  useEffect(() => {
    if (!body || latest.current === body) return;
    const stop = new AbortController();
    const asked = setTimeout(
      async () => {
        const began = performance.now();
        setAnswer((before) => ({ ...before, pending: true }));
        try {
          const data = await ask<WhatIf>('POST', `/api/v1/scorecards/${encodeURIComponent(key)}/what-if`, {
            query: { limit: 100 },
            body: JSON.parse(body),
            signal: stop.signal,
          });
          latest.current = body;
          setAnswer({ data, pending: false, seconds: (performance.now() - began) / 1000 });
        } catch (error) {
          if (!stop.signal.aborted) setAnswer((before) => ({ data: before.data, error, pending: false }));
        }
      },
      latest.current === null ? 0 : REST_MS,
    );
    return () => {
      clearTimeout(asked);
      stop.abort();
    };
  }, [key, body]);
  return answer;
}
