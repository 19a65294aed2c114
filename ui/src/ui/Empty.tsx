import type { ReactNode } from 'react';
import { Stack, Text, Title } from '@mantine/core';

/** What stands where there is nothing, and what to do about it. */
export function Empty({ title, children, action }: { title: ReactNode; children?: ReactNode; action?: ReactNode }) {
  return (
    <Stack align="center" p="xl" gap="sm" ta="center">
      <Title order={2} size="h4">
        {title}
      </Title>
      {children !== undefined && (
        <Text c="dimmed" component="div" maw={560}>
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}
