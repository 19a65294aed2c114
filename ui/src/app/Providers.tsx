import type { ReactNode } from 'react';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { queryClient } from '@/app/query';
import { nonce } from '@/app/nonce';
import { colors, theme } from '@/app/theme';
import { ConfirmProvider } from '@/ui/Confirm';

/** What all pages stand on. */
export function Providers({ children, client = queryClient }: { children: ReactNode; client?: QueryClient }) {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={colors} defaultColorScheme="auto" getStyleNonce={nonce}>
      <QueryClientProvider client={client}>
        <ConfirmProvider>
          <Notifications position="bottom-right" limit={4} />
          {children}
        </ConfirmProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
