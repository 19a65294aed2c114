import { Anchor, Button, Code, Stack, Text, Title } from '@mantine/core';
import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { useWords } from '@/i18n';

/** A script that the server does not have any more, since it is of another version by now. */
function isOld(message: string): boolean {
  return /dynamically imported module|Importing a module script failed|preload CSS/i.test(message);
}

export function PageFailed({ error }: ErrorComponentProps) {
  const t = useWords('common');
  const message = error instanceof Error ? error.message : String(error);
  const what = isOld(message) ? 'update' : 'page';
  return (
    <Stack p="xl" align="flex-start" role="alert">
      <Title order={1}>{t(`errors.${what}`)}</Title>
      <Text>{t(`errors.${what}What`)}</Text>
      {what === 'page' && <Code block>{message.slice(0, 2000)}</Code>}
      <Button onClick={() => window.location.reload()}>{t('actions.reload')}</Button>
    </Stack>
  );
}

export function NotFound() {
  const t = useWords('common');
  return (
    <Stack p="xl" align="flex-start">
      <Title order={1}>{t('errors.notFound')}</Title>
      <Text>{t('errors.notFoundWhat')}</Text>
      <Anchor renderRoot={(props) => <Link to="/" {...props} />}>{t('errors.home')}</Anchor>
    </Stack>
  );
}
