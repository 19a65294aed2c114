import type { ReactNode } from 'react';
import { Card, Group, Title } from '@mantine/core';

interface Props {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}

export function Section({ title, actions, children }: Props) {
  return (
    <Card component="section" aria-label={title} withBorder miw={0}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {title}
        </Title>
        {actions}
      </Group>
      {children}
    </Card>
  );
}
