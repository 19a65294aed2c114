import { useState } from 'react';
import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useWords } from '@/i18n';
import { DiffView } from '@/ui/DiffView';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';
import { textQuery, versionsQuery } from './queries';

/** What the catalog keeps of a definition; each against what is in force. */
export function Versions({ name }: { name: string }) {
  const t = useWords('definitions');
  const { data, error, refetch } = useQuery(versionsQuery(name));
  const [shown, setShown] = useState<number | null>(null);
  if (data === undefined) return error === null ? <Loading /> : <ProblemNote error={error} retry={() => void refetch()} />;
  if (data.versions.length === 0) return <Text c="dimmed">{t('noVersions')}</Text>;
  return (
    <Stack gap="sm">
      {data.versions.map((version) => (
        <Group key={version.version} gap="sm">
          <Text fw={600}>{t('version', { n: version.version })}</Text>
          <Text c="dimmed">
            <Time at={version.created} /> · {version.created_by}
            {version.deleted && ` · ${t('wasDeleted')}`}
          </Text>
          {!version.deleted && (
            <Button size="xs" variant="default" onClick={() => setShown(version.version)} aria-pressed={shown === version.version}>
              {t('compare')}
            </Button>
          )}
        </Group>
      ))}
      {shown !== null && <Compared name={name} version={shown} />}
    </Stack>
  );
}

function Compared({ name, version }: { name: string; version: number }) {
  const t = useWords('definitions');
  const before = useQuery(textQuery(name, version));
  const now = useQuery(textQuery(name));
  const error = before.error ?? now.error;
  if (error !== null) return <ProblemNote error={error} />;
  if (before.data === undefined || now.data === undefined) return <Loading />;
  if (before.data.text === now.data.text) return <Text c="dimmed">{t('same')}</Text>;
  return <DiffView language="yaml" before={before.data.text} after={now.data.text} label={t('compared', { n: version })} />;
}
