import { useState } from 'react';
import { Anchor, Badge, Button, Modal, PasswordInput, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, ok, type Schemas } from '@/api/client';
import { toProblem } from '@/api/problem';
import type { Role } from '@/api/session';
import { said } from '@/app/notify';
import { useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';

export const ROLES: Role[] = ['none', 'viewer', 'operator', 'editor', 'admin'];

export default function AccountsPage() {
  const t = useWords('settings');
  const [adding, setAdding] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ['accounts'], queryFn: ({ signal }) => ok(api.GET('/api/v1/accounts', { signal })) });
  return (
    <Stack gap="sm">
      <PageHeader
        title={t('accounts.title')}
        description={t('accounts.what')}
        actions={
          <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setAdding(true)}>
            {t('accounts.new')}
          </Button>
        }
      />
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Loading />
      ) : (
        <Table.ScrollContainer minWidth={340}>
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('accounts.name')}</Table.Th>
                <Table.Th>{t('accounts.role')}</Table.Th>
                <Table.Th>{t('accounts.state')}</Table.Th>
                <Table.Th visibleFrom="sm">{t('accounts.changed')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.accounts.map((account) => (
                <Table.Tr key={account.name}>
                  <Table.Td>
                    <Anchor renderRoot={(props) => <Link to="/settings/accounts/$name" params={{ name: account.name }} {...props} />}>
                      <Name>{account.name}</Name>
                    </Anchor>
                  </Table.Td>
                  <Table.Td>{t(`common:roles.${account.role}`)}</Table.Td>
                  <Table.Td>
                    <AccountState account={account} />
                  </Table.Td>
                  <Table.Td visibleFrom="sm">
                    <Time at={account.updated} /> · {account.updated_by}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Modal opened={adding} onClose={() => setAdding(false)} title={t('accounts.new')} closeButtonProps={{ 'aria-label': t('common:actions.close') }}>
        <NewAccount onDone={() => setAdding(false)} />
      </Modal>
    </Stack>
  );
}

export function AccountState({ account }: { account: Schemas['UserAccount'] }) {
  const t = useWords('settings');
  if (account.disabled)
    return (
      <Badge variant="outline" color="gray" tt="none">
        {t('accounts.disabled')}
      </Badge>
    );
  if (account.locked_until !== null && Date.parse(account.locked_until) > Date.now())
    return (
      <Text span c="red" fz="sm">
        {t('accounts.locked')} <Time at={account.locked_until} />
      </Text>
    );
  return <>{t(account.has_password ? 'accounts.active' : 'accounts.noPassword')}</>;
}

function NewAccount({ onDone }: { onDone: () => void }) {
  const t = useWords('settings');
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [password, setPassword] = useState('');
  const save = useMutation({
    mutationFn: () => ok(api.POST('/api/v1/accounts', { body: { name, role, password: password === '' ? null : password } })),
    onSuccess: () => {
      said(t('accounts.made', { name }));
      void client.invalidateQueries({ queryKey: ['accounts'] });
      onDone();
    },
  });
  const faults = Object.fromEntries((save.error === null ? [] : toProblem(save.error).fields).map((one) => [one.name, one.detail]));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack>
        <TextInput label={t('accounts.name')} required maxLength={100} value={name} error={faults['name']} onChange={(event) => setName(event.currentTarget.value)} data-autofocus autoComplete="off" />
        <Select
          label={t('accounts.role')}
          description={t('accounts.roleWhat')}
          allowDeselect={false}
          data={ROLES.map((value) => ({ value, label: t(`common:roles.${value}`) }))}
          value={role}
          onChange={(next) => setRole((next ?? 'viewer') as Role)}
        />
        <PasswordInput
          label={t('accounts.password')}
          description={t('accounts.passwordWhat')}
          value={password}
          error={faults['password']}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="new-password"
        />
        {save.error !== null && <ProblemNote error={save.error} />}
        <Button type="submit" loading={save.isPending}>
          {t('common:actions.save')}
        </Button>
      </Stack>
    </form>
  );
}
