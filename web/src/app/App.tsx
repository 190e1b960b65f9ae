import { DirectionProvider, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { Toasts } from '@/components/Toast';
import type { Theme } from '@/lib/me';
import { queryClient } from '@/lib/query';
import { router } from './router';
import { cssVariables, theme as look } from './theme';

export function App({ theme }: { theme: Theme }) {
  return (
    <DirectionProvider initialDirection={document.documentElement.dir === 'rtl' ? 'rtl' : 'ltr'}>
      <MantineProvider theme={look} cssVariablesResolver={cssVariables} defaultColorScheme={theme === 'system' ? 'auto' : theme}>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
          <Toasts />
        </QueryClientProvider>
      </MantineProvider>
    </DirectionProvider>
  );
}
