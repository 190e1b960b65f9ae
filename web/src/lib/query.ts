/** Server state lives here only. Live updates (lib/live.ts) make parts of it stale; nothing else polls. */
import { QueryClient } from '@tanstack/react-query';
import { Problem } from './api';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && error instanceof Problem && (error.status === 0 || error.status >= 502),
    },
  },
});
