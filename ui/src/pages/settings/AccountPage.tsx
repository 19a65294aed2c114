import { useState } from 'react';
import { Button, Group, Paper, PasswordInput, Select, Stack, Switch, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { api, ok, okWithTag } from '@/api/client';
import { useSession, type Role } from '@/api/session';
import { failed, said } from '@/app/notify';
import { useWords } from '@/i18n';
import { useConfirm } from '@/ui/Confirm';
import { Loading } from '@/ui/Loading';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { AccountState, ROLES } from './AccountsPage';
import { Grants } from './Grants';

export default function AccountPage() {
  const t = useWords('settings');
  const { name = '' } = useParams({ strict: false }) as { name?: string };
  const { name: me } = useSession();
  const client = useQueryClient();
  const confirm = useConfirm();
  const navigate = useNavigate();
  const [password, setPassword] = useState('');
  const [old, setOld] = useState('');
  const stored = useQuery({
    queryKey: ['accounts', name],
    queryFn: ({ signal }) => okWithTag(api.GET('/api/v1/accounts/{name}', { params: { path: { name } }, signal })),
  });
  const identities = useQuery({
    queryKey: ['accounts', name, 'identities'],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/accounts/{name}/identity', { params: { path: { name } }, signal })),
  });
  if (stored.data === undefined)
    return stored.isError ? <ProblemNote error={stored.error} retry={() => void stored.refetch()} /> : <Loading />;
  const { data: account, etag } = stored.data;
  const header = { 'If-Match': etag ?? '*' };
  const isMe = name === me;

  /** Each change is told, and what is shown is asked for anew. */
  async function change(what: () => Promise<unknown>, text: string): Promise<boolean> {
    try {
      await what();
      said(text);
      return true;
    } catch (error) {
      failed(error);
      return false;
    } finally {
      await client.invalidateQueries({ queryKey: ['accounts'] });
    }
  }
  const patch = (body: { role?: Role; disabled?: boolean }) =>
    change(() => ok(api.PATCH('/api/v1/accounts/{name}', { params: { path: { name }, header }, body })), t('accounts.saved', { name }));

  async function remove(): Promise<void> {
    if (!(await confirm({ title: t('accounts.deleteTitle'), body: t('accounts.deleteWhat'), danger: true, typed: name }))) return;
    const gone = await change(() => ok(api.DELETE('/api/v1/accounts/{name}', { params: { path: { name }, header } })), t('accounts.deleted', { name }));
    if (gone) await navigate({ to: '/settings/accounts' });
  }

  return (
    <Stack>
      <PageHeader
        title={name}
        description={<AccountState account={account} />}
        back="/settings/accounts"
        actions={
          !isMe && (
            <Button variant="default" color="red" onClick={() => void remove()}>
              {t('common:actions.delete')}
            </Button>
          )
        }
      />
      <Paper withBorder p="md" component="section">
        <Stack>
          <Select
            label={t('accounts.role')}
            description={t('accounts.roleWhat')}
            allowDeselect={false}
            data={ROLES.map((value) => ({ value, label: t(`common:roles.${value}`) }))}
            value={account.role}
            onChange={(role) => role !== null && role !== account.role && void patch({ role: role as Role })}
            maw={360}
          />
          <Switch label={t('accounts.mayLogIn')} checked={!account.disabled} disabled={isMe} onChange={(event) => void patch({ disabled: !event.currentTarget.checked })} />
        </Stack>
      </Paper>
      <Paper withBorder p="md" component="section">
        <Title order={2} size="h4" mb="sm">
          {t('accounts.password')}
        </Title>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void change(
              () =>
                ok(
                  api.PUT('/api/v1/accounts/{name}/password', {
                    params: { path: { name }, header },
                    body: isMe ? { old, password } : { password },
                  }),
                ),
              t('accounts.passwordSet'),
            ).then((done) => {
              if (done) {
                setPassword('');
                setOld('');
              }
            });
          }}
        >
          <Stack maw={360}>
            {isMe && <PasswordInput label={t('accounts.oldPassword')} value={old} onChange={(event) => setOld(event.currentTarget.value)} autoComplete="current-password" required />}
            <PasswordInput label={t('accounts.newPassword')} value={password} onChange={(event) => setPassword(event.currentTarget.value)} autoComplete="new-password" required />
            <Button type="submit" variant="default" w="fit-content" disabled={password === ''}>
              {t('accounts.setPassword')}
            </Button>
          </Stack>
        </form>
      </Paper>
      <Grants name={name} />
      {(identities.data?.identities.length ?? 0) > 0 && (
        <Paper withBorder p="md" component="section">
          <Title order={2} size="h4" mb="sm">
            {t('accounts.identities')}
          </Title>
          {identities.data?.identities.map((one) => (
            <Group key={`${one.issuer} ${one.subject}`} justify="space-between">
              <Text miw={0} style={{ overflowWrap: 'anywhere' }}>
                {one.issuer} · {one.subject}
              </Text>
              <Button
                size="xs"
                variant="subtle"
                color="red"
                onClick={() =>
                  void change(
                    () =>
                      ok(
                        api.DELETE('/api/v1/accounts/{name}/identity', {
                          params: { path: { name }, query: { issuer: one.issuer, subject: one.subject }, header },
                        }),
                      ),
                    t('accounts.saved', { name }),
                  )
                }
              >
                {t('common:actions.remove')}
              </Button>
            </Group>
          ))}
        </Paper>
      )}
    </Stack>
  );
}
