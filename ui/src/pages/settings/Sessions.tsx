import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import { failed, said } from '@/app/notify';
import { useWords } from '@/i18n';
import { useConfirm } from '@/ui/Confirm';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';

/** Where the account is logged in. */
export function Sessions() {
  const t = useWords('settings');
  const client = useQueryClient();
  const confirm = useConfirm();
  const { data, error, refetch } = useQuery({ queryKey: ['sessions'], queryFn: ({ signal }) => ok(api.GET('/api/v1/sessions', { signal })) });
  if (data === undefined) return error === null ? <Loading /> : <ProblemNote error={error} retry={() => void refetch()} />;

  async function end(what: () => Promise<unknown>): Promise<void> {
    try {
      await what();
      said(t('sessions.ended'));
    } catch (failure) {
      failed(failure);
    }
    await client.invalidateQueries({ queryKey: ['sessions'] });
  }
  async function endAll(): Promise<void> {
    if (await confirm({ title: t('sessions.allTitle'), body: t('sessions.allWhat'), yes: t('sessions.all'), danger: true }))
      await end(() => ok(api.DELETE('/api/v1/sessions')));
  }
  return (
    <Stack gap="sm">
      {data.sessions.map((session) => (
        <Group key={session.id} justify="space-between" gap="xs">
          <Stack gap={0} miw={0} flex="1 1 16rem">
            <Name>{session.user_agent || '–'}</Name>
            <Text fz="xs" c="dimmed">
              {session.address} · {t('sessions.used')} <Time at={session.used} /> · {t('tokens.expires')} <Time at={session.expires} />
            </Text>
          </Stack>
          <Button size="xs" variant="default" onClick={() => void end(() => ok(api.DELETE('/api/v1/sessions/{name}', { params: { path: { name: session.id } } })))} aria-label={t('sessions.endOf', { address: session.address })}>
            {t('sessions.end')}
          </Button>
        </Group>
      ))}
      <Button variant="default" color="red" w="fit-content" onClick={() => void endAll()}>
        {t('sessions.all')}
      </Button>
    </Stack>
  );
}
