import { useState } from 'react';
import { Button, Group, Paper, Select, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import { failed, said } from '@/app/notify';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';

const GRANTED = ['viewer', 'operator', 'editor'] as const;
type Granted = (typeof GRANTED)[number];

/** Roles in single folders, beside the role for the whole. */
export function Grants({ name }: { name: string }) {
  const t = useWords('settings');
  const client = useQueryClient();
  const key = ['accounts', name, 'grants'];
  const [folder, setFolder] = useState<string | null>(null);
  const [role, setRole] = useState<Granted>('viewer');
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => ok(api.GET('/api/v1/accounts/{name}/grants', { params: { path: { name } }, signal })),
  });
  const folders = useQuery({ queryKey: ['folders'], queryFn: ({ signal }) => ok(api.GET('/api/v1/folders', { signal })) });

  async function set(path: string, to: Granted | null): Promise<void> {
    try {
      await ok(api.PUT('/api/v1/accounts/{name}/grants', { params: { path: { name }, header: { 'If-Match': '*' } }, body: { folder: path, role: to } }));
      said(t('accounts.saved', { name }));
    } catch (failure) {
      failed(failure);
    }
    await client.invalidateQueries({ queryKey: ['accounts', name] });
  }

  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} size="h4">
        {t('grants.title')}
      </Title>
      <Text c="dimmed" fz="sm" mb="sm">
        {t('grants.what')}
      </Text>
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      <Stack gap="xs">
        {data?.grants.map((grant) => (
          <Group key={grant.folder} justify="space-between">
            <Name>{grant.folder === '' ? t('grants.root') : grant.folder}</Name>
            <Group gap="xs">
              <Text fz="sm">{t(`common:roles.${grant.role}`)}</Text>
              <Button size="xs" variant="subtle" color="red" onClick={() => void set(grant.folder, null)} aria-label={t('grants.remove', { folder: grant.folder })}>
                {t('common:actions.remove')}
              </Button>
            </Group>
          </Group>
        ))}
        <Group align="flex-end">
          <Select
            label={t('grants.folder')}
            searchable
            data={(folders.data?.folders ?? []).filter((one) => one.path !== '').map((one) => one.path)}
            value={folder}
            onChange={setFolder}
          />
          <Select
            label={t('accounts.role')}
            allowDeselect={false}
            data={GRANTED.map((value) => ({ value, label: t(`common:roles.${value}`) }))}
            value={role}
            onChange={(next) => next !== null && setRole(next as Granted)}
          />
          <Button variant="default" disabled={folder === null} onClick={() => folder !== null && void set(folder, role)}>
            {t('common:actions.add')}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
