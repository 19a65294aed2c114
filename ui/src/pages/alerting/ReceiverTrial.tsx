import { Alert, Button, Stack } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { useMay } from '@/api/session';
import { useLanguage, useWords } from '@/i18n';
import { duration } from '@/ui/format';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import type { ExtraProps } from './documents';

/** Sends a test notification as the form has it, with the secrets that are stored, and shows what the provider answered. */
export function ReceiverTrial({ document, id }: ExtraProps) {
  const t = useWords('alerting');
  const [language] = useLanguage();
  const may = useMay('editor');
  const trial = useMutation({
    mutationFn: () => {
      const body = document as unknown as Schemas['AlertReceiverFields'];
      return id === null
        ? ok(api.POST('/api/v1/alerts/receivers/test', { body }))
        : ok(api.POST('/api/v1/alerts/receivers/{name}/test', { params: { path: { name: id as never } }, body }));
    },
  });
  if (!may) return null;
  return (
    <Stack gap="sm" align="flex-start">
      <Button
        variant="default"
        leftSection={<IconSend size={16} aria-hidden />}
        loading={trial.isPending}
        disabled={document.name === '' || document.spec['channel'] === undefined}
        onClick={() => trial.mutate()}
      >
        {t('receivers.test')}
      </Button>
      {trial.error !== null && <ProblemNote error={trial.error} />}
      {trial.data !== undefined && (
        <Alert color={trial.data.delivered ? 'teal' : 'red'} role="status" w="100%" title={t(trial.data.delivered ? 'receivers.delivered' : 'receivers.notDelivered')}>
          <Name wrap>{trial.data.answer}</Name> ({duration(trial.data.duration_ms, language)})
        </Alert>
      )}
    </Stack>
  );
}
