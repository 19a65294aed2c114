import { Group, Progress, Stack, Text } from '@mantine/core';
import type { Schemas } from '@/api/client';
import { useWords } from '@/i18n';
import { number } from './format';

/** How far long work has come, by the last of its events. It goes on when the page is left. */
export function JobProgress({ job, text }: { job: Schemas['JobProgress']; text?: string }) {
  const t = useWords('ui');
  const percent = job.total === null ? 100 : Math.min(100, (100 * job.done) / job.total);
  const color = job.state === 'failed' ? 'red' : undefined;
  const label = t(`job.${job.kind.replaceAll('.', '_')}`);
  return (
    <Stack gap={4} role="status">
      <Group justify="space-between" gap="xs">
        <Text fw={600}>{label}</Text>
        <Text c="dimmed">
          {job.state === 'running' ? t(`job.${job.phase}`) : t(`job.${job.state}`)} {number(job.done)}
          {job.total !== null && ` / ${number(job.total)}`}
        </Text>
      </Group>
      <Progress value={percent} color={color} animated={job.state === 'running'} striped={job.total === null} aria-label={label} />
      {job.state === 'failed' && text !== undefined && <Text c="red">{text}</Text>}
      {job.state === 'running' && (
        <Text c="dimmed" fz="sm">
          {t('job.goesOn')}
        </Text>
      )}
    </Stack>
  );
}
