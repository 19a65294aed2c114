import { ActionIcon, Button, Group, Menu, Text } from '@mantine/core';
import {
  IconCopy,
  IconDots,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconTestPipe,
  IconTrash,
} from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { useMay } from '@/api/session';
import { failed, said } from '@/app/notify';
import { useWords } from '@/i18n';
import { useConfirm } from '@/ui/Confirm';
import { Name } from '@/ui/Name';
import type { Monitor } from './queries';

interface Props {
  monitor: Monitor;
  etag: string | null;
}

/** The version that is on the screen: what somebody else has changed meanwhile is not overrun. */
function ifMatch(etag: string | null) {
  return etag === null ? {} : { 'If-Match': etag };
}

export function MonitorActions({ monitor, etag }: Props) {
  const t = useWords('monitor');
  const mayPause = useMay('operator');
  const mayEdit = useMay('editor');
  const confirm = useConfirm();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { id } = monitor;
  const inFile = monitor.owner === 'file';
  // Of a user's pause only: what memory or a fault has paused, no button resumes.
  const pausedByUser = monitor.paused_by === 'user';

  const refresh = () => {
    for (const queryKey of [['monitor', id], ['monitors'], ['summary']]) void client.invalidateQueries({ queryKey });
  };
  const pausing = useMutation({
    mutationFn: (pause: boolean) => {
      const params = { path: { id }, header: ifMatch(etag) };
      return ok(
        pause
          ? api.POST('/api/v1/monitors/{id}/pause', { params })
          : api.POST('/api/v1/monitors/{id}/resume', { params }),
      );
    },
    onSuccess: (_, pause) => said(t(pause ? 'actions.paused' : 'actions.resumed')),
    onError: failed,
    onSettled: refresh,
  });
  const deleting = useMutation({
    mutationFn: () =>
      ok(api.DELETE('/api/v1/monitors/{id}', { params: { path: { id }, header: ifMatch(etag) } })),
    onSuccess: async () => {
      said(t('actions.deleted'));
      await navigate({ to: '/monitors' });
      client.removeQueries({ queryKey: ['monitor', id] });
      for (const queryKey of [['monitors'], ['summary']]) void client.invalidateQueries({ queryKey });
    },
    onError: (error) => {
      failed(error);
      refresh();
    },
  });

  const about = (key: string) => (
    <>
      <Text fw={600} component="div">
        <Name>{monitor.name}</Name>
      </Text>
      {t(key)}
    </>
  );
  const pause = async () => {
    const sure = await confirm({ title: t('actions.pauseTitle'), body: about('actions.pauseBody') });
    if (sure) pausing.mutate(true);
  };
  const remove = async () => {
    const sure = await confirm({
      title: t('actions.deleteTitle'),
      body: about('actions.deleteBody'),
      danger: true,
    });
    if (sure) deleting.mutate();
  };

  if (!mayPause && !mayEdit) return null;
  return (
    <Group gap="xs">
      {mayPause && !inFile && (
        <Button
          variant="default"
          loading={pausing.isPending}
          leftSection={pausedByUser ? <IconPlayerPlay size={18} aria-hidden /> : <IconPlayerPause size={18} aria-hidden />}
          onClick={() => (pausedByUser ? pausing.mutate(false) : void pause())}
        >
          {t(pausedByUser ? 'actions.resume' : 'actions.pause')}
        </Button>
      )}
      {mayEdit && !inFile && (
        <Button
          variant="default"
          leftSection={<IconPencil size={18} aria-hidden />}
          renderRoot={(props) => <Link to="/monitors/$id/edit" params={{ id }} {...props} />}
        >
          {t('actions.edit')}
        </Button>
      )}
      {mayEdit && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="default" size="lg" aria-label={t('actions.more')} loading={deleting.isPending}>
              <IconDots size={18} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<IconTestPipe size={16} aria-hidden />}
              renderRoot={(props) => <Link to="/monitors/$id" params={{ id }} search={{ tab: 'trace' } as never} {...props} />}
            >
              {t('actions.test')}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconCopy size={16} aria-hidden />}
              renderRoot={(props) => <Link to="/monitors/$id/clone" params={{ id }} {...props} />}
            >
              {t('actions.clone')}
            </Menu.Item>
            {!inFile && (
              <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => void remove()}>
                {t('actions.delete')}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      {inFile && (
        <Text size="sm" c="dimmed">
          {t('actions.inFile')}
        </Text>
      )}
    </Group>
  );
}
