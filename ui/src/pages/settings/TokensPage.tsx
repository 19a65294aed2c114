import { useState } from 'react';
import { Alert, Button, Code, CopyButton, Group, Modal, Paper, Select, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { useMay } from '@/api/session';
import { failed, said } from '@/app/notify';
import { useWords } from '@/i18n';
import { useConfirm } from '@/ui/Confirm';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';
import { Sessions } from './Sessions';

const dayMs = 86_400_000;

/** Tokens for programs, and the sessions of browsers. */
export default function TokensPage() {
  const t = useWords('settings');
  const client = useQueryClient();
  const confirm = useConfirm();
  const [adding, setAdding] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ['tokens'], queryFn: ({ signal }) => ok(api.GET('/api/v1/tokens', { signal })) });

  async function remove(token: Schemas['Token']): Promise<void> {
    if (!(await confirm({ title: t('tokens.deleteTitle'), body: t('tokens.deleteWhat', { name: token.name }), danger: true }))) return;
    try {
      await ok(api.DELETE('/api/v1/tokens/{name}', { params: { path: { name: token.name }, query: { account: token.account } } }));
      said(t('tokens.deleted', { name: token.name }));
    } catch (failure) {
      failed(failure);
    }
    await client.invalidateQueries({ queryKey: ['tokens'] });
  }

  return (
    <Stack>
      <PageHeader
        title={t('tokens.title')}
        description={t('tokens.what')}
        actions={
          <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setAdding(true)}>
            {t('tokens.new')}
          </Button>
        }
      />
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Loading />
      ) : data.tokens.length === 0 ? (
        <Empty title={t('tokens.none')}>{t('tokens.noneWhat')}</Empty>
      ) : (
        <Table.ScrollContainer minWidth={400}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('accounts.name')}</Table.Th>
                <Table.Th>{t('tokens.scopes')}</Table.Th>
                <Table.Th>{t('tokens.expires')}</Table.Th>
                <Table.Th>{t('tokens.lastUsed')}</Table.Th>
                <Table.Th />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.tokens.map((token) => (
                <Table.Tr key={`${token.account} ${token.name}`}>
                  <Table.Td>
                    <Name>{token.name}</Name>
                    <Text fz="xs" c="dimmed">
                      {token.account}
                    </Text>
                  </Table.Td>
                  <Table.Td>{token.scopes}</Table.Td>
                  <Table.Td>{token.expires === null ? t('tokens.never') : <Time at={token.expires} />}</Table.Td>
                  <Table.Td>{token.last_used === null ? t('tokens.unused') : <Time at={token.last_used} />}</Table.Td>
                  <Table.Td>
                    <Button size="xs" variant="subtle" color="red" onClick={() => void remove(token)} aria-label={t('tokens.delete', { name: token.name })}>
                      {t('common:actions.delete')}
                    </Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Paper withBorder p="md" component="section">
        <Title order={2} size="h4" mb="sm">
          {t('sessions.title')}
        </Title>
        <Sessions />
      </Paper>
      <Modal opened={adding} onClose={() => setAdding(false)} title={t('tokens.new')} closeButtonProps={{ 'aria-label': t('common:actions.close') }}>
        {adding && <NewToken />}
      </Modal>
    </Stack>
  );
}

function NewToken() {
  const t = useWords('settings');
  const client = useQueryClient();
  const isAdmin = useMay('admin');
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState('read');
  const [days, setDays] = useState('90');
  const save = useMutation({
    mutationFn: () =>
      ok(
        api.POST('/api/v1/tokens', {
          body: { name, scopes, expires: days === '' ? null : new Date(Date.now() + Number(days) * dayMs).toISOString() },
        }),
      ),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['tokens'] }),
  });
  if (save.data !== undefined) {
    const { token } = save.data;
    return (
      <Alert color="teal" title={t('tokens.once')} role="status">
        <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
          {token}
        </Code>
        <CopyButton value={token}>
          {({ copied, copy }) => (
            <Button mt="sm" size="xs" onClick={copy}>
              {t(copied ? 'common:actions.copied' : 'common:actions.copy')}
            </Button>
          )}
        </CopyButton>
      </Alert>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack>
        <TextInput label={t('accounts.name')} placeholder="prometheus" required maxLength={100} value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
        <Select
          label={t('tokens.scopes')}
          description={t('tokens.scopesWhat')}
          allowDeselect={false}
          data={[
            { value: 'read', label: t('tokens.scope.read') },
            { value: 'read operate', label: t('tokens.scope.operate') },
            { value: 'read operate edit', label: t('tokens.scope.edit') },
            ...(isAdmin ? [{ value: 'read operate edit admin', label: t('tokens.scope.admin') }] : []),
          ]}
          value={scopes}
          onChange={(next) => setScopes(next ?? 'read')}
        />
        <Select
          label={t('tokens.expires')}
          allowDeselect={false}
          data={[
            { value: '30', label: t('tokens.days', { n: 30 }) },
            { value: '90', label: t('tokens.days', { n: 90 }) },
            { value: '365', label: t('tokens.days', { n: 365 }) },
            { value: '', label: t('tokens.never') },
          ]}
          value={days}
          onChange={(next) => setDays(next ?? '90')}
        />
        {save.error !== null && <ProblemNote error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending}>
            {t('tokens.make')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
