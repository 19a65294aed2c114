import { useState } from 'react';
import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMay } from '@/api/session';
import { failed, said } from '@/app/notify';
import { useWords } from '@/i18n';
import { useConfirm } from '@/ui/Confirm';
import { DiffView } from '@/ui/DiffView';
import { number } from '@/ui/format';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';
import { put, readText, textQuery, versionsQuery } from './queries';

/** What the catalog keeps of a definition; each against what is in force, and back to each. `tag`: of what is in force. */
export function Versions({ name, tag }: { name: string; tag: string }) {
  const t = useWords('definitions');
  const client = useQueryClient();
  const confirm = useConfirm();
  const mayWrite = useMay('admin');
  const { data, error, refetch } = useQuery(versionsQuery(name));
  const [shown, setShown] = useState<number | null>(null);
  if (data === undefined) return error === null ? <Loading /> : <ProblemNote error={error} retry={() => void refetch()} />;
  if (data.versions.length === 0) return <Text c="dimmed">{t('noVersions')}</Text>;

  async function restore(version: number): Promise<void> {
    if (!(await confirm({ title: t('restoreTitle', { n: version }), body: t('restoreWhat'), yes: t('restore') }))) return;
    try {
      const text = await readText(name, version);
      const report = await put(name, text, tag);
      said(report.in_force ? t('edit.saved', { n: number(report.monitors) }) : t('edit.pending', { why: report.pending ?? '' }));
      await client.invalidateQueries({ queryKey: ['definitions'] });
    } catch (failure) {
      failed(failure);
    }
  }

  return (
    <Stack gap="sm">
      {data.versions.map(({ version, deleted, created, created_by: by }) => (
        <Group key={version} gap="sm">
          <Text fw={600}>{t('version', { n: version })}</Text>
          <Text c="dimmed" component="div">
            {created !== null && <Time at={created} />} · <Name>{by}</Name>
            {deleted && ` · ${t('wasDeleted')}`}
          </Text>
          {!deleted && (
            <Button size="xs" variant="default" onClick={() => setShown(version === shown ? null : version)} aria-pressed={shown === version} aria-label={t('compareThis', { n: version })}>
              {t('compare')}
            </Button>
          )}
          {!deleted && mayWrite && tag !== `"${version}"` && (
            <Button size="xs" variant="default" onClick={() => void restore(version)} aria-label={t('restoreThis', { n: version })}>
              {t('restore')}
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
  if (before.data === now.data) return <Text c="dimmed">{t('same')}</Text>;
  return <DiffView language="yaml" before={before.data} after={now.data} label={t('compared', { n: version })} />;
}
