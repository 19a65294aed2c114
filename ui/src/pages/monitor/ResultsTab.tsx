import { Button, Group, Stack } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useWords } from '@/i18n';
import { Sets } from './Sets';
import { resultsQuery, type Monitor } from './queries';

export function ResultsTab({ monitor }: { monitor: Monitor }) {
  const results = useQuery(resultsQuery(monitor.id));
  return (
    <Stack>
      <Group justify="flex-end">
        <Downloads path={`/api/v1/monitors/${monitor.id}/results?`} />
      </Group>
      <Sets monitor={monitor} query={results} />
    </Stack>
  );
}

/** Links to the same data as files; `path` ends where a parameter can follow. */
export function Downloads({ path }: { path: string }) {
  const t = useWords('monitor');
  return (
    <Group gap="xs">
      {(['csv', 'arrow'] as const).map((format) => (
        <Button
          key={format}
          component="a"
          href={`${path}format=${format}`}
          download
          variant="default"
          size="xs"
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          {t(`download.${format}`)}
        </Button>
      ))}
    </Group>
  );
}
