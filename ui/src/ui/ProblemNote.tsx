import { Alert, Button, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { toProblem } from '@/api/problem';
import { problemText } from '@/app/problemText';
import { useWords } from '@/i18n';
import { Name } from './Name';

/** What went wrong and what to do about it. */
export function ProblemNote({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const t = useWords('common');
  const { title, todo } = problemText(toProblem(error));
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} role="alert" w="100%">
      <Stack gap="xs" align="flex-start">
        <Text fw={600} mah={200} style={{ overflow: 'auto' }} maw="100%">
          <Name wrap>{title}</Name>
        </Text>
        <Text>{todo}</Text>
        {retry !== undefined && (
          <Button size="xs" variant="default" onClick={retry}>
            {t('actions.retry')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
