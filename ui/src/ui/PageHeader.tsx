import { useEffect, type ReactNode } from 'react';
import { ActionIcon, Group, Stack, Text, Title } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useWords } from '@/i18n';
import { Name } from './Name';

interface Props {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** Where "back" leads to. */
  back?: string;
}

/** The head of a page; its title is that of the tab, too. */
export function PageHeader({ title, description, actions, back }: Props) {
  const t = useWords('common');
  useEffect(() => {
    if (typeof title !== 'string') return undefined;
    document.title = `${title.slice(0, 100)} · Holter`;
    return () => {
      document.title = 'Holter';
    };
  }, [title]);
  return (
    <Group justify="space-between" align="flex-start" mb="md" gap="sm">
      <Group gap="sm" align="flex-start" wrap="nowrap" miw={0} flex="1 1 16rem">
        {back !== undefined && (
          <ActionIcon variant="subtle" size="lg" aria-label={t('actions.back')} renderRoot={(props) => <Link to={back} {...props} />}>
            <IconArrowLeft size={20} />
          </ActionIcon>
        )}
        <Stack gap={2} miw={0}>
          <Title order={1} size="h2">
            <Name wrap>{title}</Name>
          </Title>
          {description !== undefined && (
            <Text c="dimmed" component="div">
              {description}
            </Text>
          )}
        </Stack>
      </Group>
      {actions !== undefined && <Group gap="xs">{actions}</Group>}
    </Group>
  );
}
