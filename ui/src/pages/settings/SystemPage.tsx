import { Alert, Button, Code, CopyButton, Group, List, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import { useMay } from '@/api/session';
import { said } from '@/app/notify';
import { useWords } from '@/i18n';
import { bytes, number } from '@/ui/format';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';

const COMMANDS = ['holter backup holter-backup.tar.gz', 'holter restore holter-backup.tar.gz', 'holter doctor', 'holter support-bundle'];

/** What runs, what a reload would change, and the commands for what is done on the machine itself. */
export default function SystemPage() {
  const t = useWords('settings');
  const isAdmin = useMay('admin');
  const setup = useQuery({ queryKey: ['setup'], queryFn: ({ signal }) => ok(api.GET('/api/v1/setup', { signal })) });
  const schedule = useQuery({
    queryKey: ['schedule'],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/schedule', { signal })),
    refetchInterval: 10_000,
    retry: false,
  });
  return (
    <Stack>
      <PageHeader title={t('system.title')} description={t('system.what')} />
      {isAdmin && <ReloadCard />}
      <Paper withBorder p="md" component="section">
        <Title order={2} size="h4" mb="sm">
          {t('system.history')}
        </Title>
        {schedule.error !== null && <ProblemNote error={schedule.error} />}
        {schedule.data !== undefined && (
          <Table>
            <Table.Tbody>
              {(
                [
                  ['file', bytes(schedule.data.history.file_bytes)],
                  ['kept', number(schedule.data.history.samples_kept)],
                  ['lost', number(schedule.data.history.samples_lost)],
                  ['restarts', number(schedule.data.history.restarts)],
                ] as const
              ).map(([key, value]) => (
                <Table.Tr key={key}>
                  <Table.Td>{t(`system.${key}`)}</Table.Td>
                  <Table.Td ta="right">{value}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        {schedule.data !== undefined && schedule.data.history.error !== '' && (
          <Alert color="red">
            <Name wrap>{schedule.data.history.error}</Name>
          </Alert>
        )}
        <Text c="dimmed" fz="sm" mt="sm">
          {t('system.retention')} <Code>history.retention</Code>
        </Text>
      </Paper>
      <Paper withBorder p="md" component="section">
        <Title order={2} size="h4" mb="sm">
          {t('system.login')}
        </Title>
        <Text>{setup.data?.oidc ? t('system.oidc', { name: setup.data.oidc.name }) : t('system.noOidc')}</Text>
      </Paper>
      <Paper withBorder p="md" component="section">
        <Title order={2} size="h4" mb="sm">
          {t('system.commands')}
        </Title>
        <Text c="dimmed" fz="sm" mb="sm">
          {t('system.commandsWhat')}
        </Text>
        <Stack gap="xs">
          {COMMANDS.map((command) => (
            <Group key={command} justify="space-between" gap="xs">
              <Code style={{ overflowWrap: 'anywhere' }}>{command}</Code>
              <CopyButton value={command}>
                {({ copied, copy }) => (
                  <Button size="xs" variant="default" onClick={copy} aria-label={t('system.copyOf', { command })}>
                    {t(copied ? 'common:actions.copied' : 'common:actions.copy')}
                  </Button>
                )}
              </CopyButton>
            </Group>
          ))}
        </Stack>
      </Paper>
    </Stack>
  );
}

/** Reads the configuration again; first what would change. */
function ReloadCard() {
  const t = useWords('settings');
  const reload = useMutation({
    mutationFn: (dry_run: boolean) => ok(api.POST('/api/v1/reload', { body: { dry_run } })),
    onSuccess: (report) => {
      if (!report.dry_run && report.problems.length === 0) said(t('system.reloaded'));
    },
  });
  const report = reload.data;
  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} size="h4" mb="sm">
        {t('system.reload')}
      </Title>
      <Text c="dimmed" fz="sm" mb="sm">
        {t('system.reloadWhat')}
      </Text>
      <Group>
        <Button variant="default" loading={reload.isPending} onClick={() => reload.mutate(true)}>
          {t('system.dry')}
        </Button>
        <Button disabled={report === undefined || !report.dry_run} onClick={() => reload.mutate(false)}>
          {t('system.reloadNow')}
        </Button>
      </Group>
      {reload.error !== null && <ProblemNote error={reload.error} />}
      {report !== undefined && (
        <Stack gap="xs" mt="sm" role="status">
          <Text>
            {t(report.dry_run ? 'system.would' : 'system.did', {
              added: number(report.added),
              changed: number(report.changed),
              removed: number(report.removed),
            })}
          </Text>
          {report.settings.length > 0 && <Text>{t('system.settings', { keys: report.settings.join(', ') })}</Text>}
          {report.needs_restart.length > 0 && <Alert color="orange">{t('system.restart', { keys: report.needs_restart.join(', ') })}</Alert>}
          {report.problems.length > 0 && (
            <Alert color="red">
              <List>
                {report.problems.map((problem, i) => (
                  <List.Item key={i}>
                    <Name wrap>{problem}</Name>
                  </List.Item>
                ))}
              </List>
            </Alert>
          )}
        </Stack>
      )}
    </Paper>
  );
}
