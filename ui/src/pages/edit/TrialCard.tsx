import { useEffect, useRef } from 'react';
import { Button, Group, Loader, Paper, Stack, Text, Title } from '@mantine/core';
import { IconPlayerPlay, IconX } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import { useWords } from '@/i18n';
import { TraceSteps } from '@/pages/monitor/TraceSteps';
import { useNames } from '@/pages/monitor/useNames';
import { ProblemNote } from '@/ui/ProblemNote';
import { StateBadge } from '@/ui/StateBadge';
import type { MonitorFields } from './fields';

interface Props {
  body: MonitorFields;
  app: string;
  /** Stored secrets are not used by a test: they have to be typed for it. */
  isSecretMissing: boolean;
  onBegin: () => void;
  onFault: (error: unknown) => void;
}

/** One round as it would run, of which nothing is kept; it can be left while it runs. */
export function TrialCard({ body, app, isSecretMissing, onBegin, onFault }: Props) {
  const t = useWords('edit');
  const names = useNames(app);
  const leaving = useRef<AbortController | null>(null);
  const test = useMutation({
    mutationFn: async (wanted: MonitorFields) => {
      const aborter = new AbortController();
      leaving.current = aborter;
      try {
        return await ok(api.POST('/api/v1/monitors/test', { body: wanted, signal: aborter.signal }));
      } catch (error) {
        if (!aborter.signal.aborted) onFault(error);
        throw error;
      }
    },
  });
  useEffect(() => () => leaving.current?.abort(), []);
  const isOld = test.variables !== undefined && JSON.stringify(test.variables) !== JSON.stringify(body);

  return (
    <Paper withBorder p="md" component="section" aria-label={t('test.title')}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t('test.title')}
        </Title>
        <Text c="dimmed" fz="sm">
          {t('test.what')}
          {isSecretMissing && ` ${t('test.secrets')}`}
        </Text>
        {test.isPending ? (
          <Group role="status">
            <Loader size="sm" />
            <Text>{t('test.running')}</Text>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconX size={16} aria-hidden />}
              onClick={() => {
                leaving.current?.abort();
                test.reset();
              }}
            >
              {t('common:actions.stop')}
            </Button>
          </Group>
        ) : (
          <Button
            w="fit-content"
            variant="default"
            leftSection={<IconPlayerPlay size={16} aria-hidden />}
            onClick={() => {
              onBegin();
              test.mutate(body);
            }}
          >
            {t(test.data === undefined ? 'common:actions.test' : 'test.again')}
          </Button>
        )}
        {test.error !== null && <ProblemNote error={test.error} />}
        {test.data !== undefined && (
          <Stack gap="xs" aria-live="polite">
            {isOld && <Text c="dimmed">{t('test.old')}</Text>}
            <Group gap="xs">
              <Text>{t('test.would')}</Text>
              <StateBadge state={test.data.state} />
            </Group>
            <TraceSteps steps={test.data.results} names={names} label={t('test.steps')} />
            {test.data.cut && <Text c="dimmed">{t('test.cut')}</Text>}
          </Stack>
        )}
      </Stack>
    </Paper>
  );
}
