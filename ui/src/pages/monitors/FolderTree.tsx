import { useState } from 'react';
import { ActionIcon, Button, Group, Menu, Modal, Stack, TextInput, Text } from '@mantine/core';
import { IconDots, IconFolderPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { useMay } from '@/api/session';
import { failed, said } from '@/app/notify';
import { useWords } from '@/i18n';
import { useConfirm } from '@/ui/Confirm';
import { number } from '@/ui/format';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { StateDot } from '@/ui/StateBadge';
import classes from './monitors.module.css';

type Folder = Schemas['Folder'];
interface Props {
  /** Path; '' is all. */
  value: string;
  onChange: (folder: string) => void;
}
type Dialog = { kind: 'new'; parent: string } | { kind: 'move'; folder: Folder };

export const foldersQuery = {
  queryKey: ['folders'],
  queryFn: ({ signal }: { signal: AbortSignal }) => ok(api.GET('/api/v1/folders', { signal })),
};

/** How deep a path lies: as many steps in as it has names before its own. */
export function depthOf(path: string): number {
  return path === '' ? 0 : path.split('/').length - 1;
}

/** Folders with the state of those in them that needs attention first. */
export function FolderTree({ value, onChange }: Props) {
  const t = useWords('monitors');
  const mayEdit = useMay('editor');
  const client = useQueryClient();
  const confirm = useConfirm();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const { data, error, refetch } = useQuery({ ...foldersQuery, refetchInterval: 30_000 });
  const folders = (data?.folders ?? []).filter((folder) => folder.path !== '');

  async function remove(folder: Folder): Promise<void> {
    if (!(await confirm({ title: t('folders.deleteTitle'), body: t('folders.deleteWhat', { path: folder.path }), danger: true }))) return;
    try {
      await ok(api.DELETE('/api/v1/folders', { params: { query: { path: folder.path }, header: { 'If-Match': `"${folder.version}"` } } }));
      said(t('folders.deleted'));
      if (value === folder.path) onChange('');
      await client.invalidateQueries({ queryKey: ['folders'] });
    } catch (failure) {
      failed(failure);
    }
  }

  return (
    <Stack gap={2}>
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      <button type="button" className={classes.folder} aria-current={value === ''} onClick={() => onChange('')}>
        {t('folders.all')}
      </button>
      {folders.map((folder) => (
        <Group key={folder.path} gap={0} wrap="nowrap" pl={depthOf(folder.path) * 14}>
          <button type="button" className={classes.folder} aria-current={value === folder.path} onClick={() => onChange(folder.path)} title={folder.description || undefined}>
            <Name>{folder.path.split('/').at(-1)}</Name>
            <Text component="span" c="dimmed" fz="sm" style={{ whiteSpace: 'nowrap' }}>
              {folder.worst !== null && <StateDot state={folder.worst} />} {number(folder.monitors)}
            </Text>
          </button>
          {mayEdit && (
            <Menu withinPortal>
              <Menu.Target>
                <ActionIcon variant="subtle" color="gray" aria-label={t('folders.more', { path: folder.path })}>
                  <IconDots size={16} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => setDialog({ kind: 'new', parent: folder.path })}>{t('folders.newIn')}</Menu.Item>
                {folder.stored && <Menu.Item onClick={() => setDialog({ kind: 'move', folder })}>{t('folders.move')}</Menu.Item>}
                {folder.stored && (
                  <Menu.Item color="red" onClick={() => void remove(folder)}>
                    {t('common:actions.delete')}
                  </Menu.Item>
                )}
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      ))}
      {mayEdit && (
        <Button variant="subtle" size="xs" w="fit-content" leftSection={<IconFolderPlus size={16} aria-hidden />} onClick={() => setDialog({ kind: 'new', parent: '' })}>
          {t('folders.new')}
        </Button>
      )}
      <Modal
        opened={dialog !== null}
        onClose={() => setDialog(null)}
        title={dialog === null ? '' : t(dialog.kind === 'new' ? 'folders.new' : 'folders.move')}
        closeButtonProps={{ 'aria-label': t('common:actions.close') }}
      >
        {dialog !== null && (
          <FolderForm
            dialog={dialog}
            onDone={() => {
              setDialog(null);
              void client.invalidateQueries({ queryKey: ['folders'] });
              void client.invalidateQueries({ queryKey: ['monitors'] });
            }}
          />
        )}
      </Modal>
    </Stack>
  );
}

function FolderForm({ dialog, onDone }: { dialog: Dialog; onDone: () => void }) {
  const t = useWords('monitors');
  const [path, setPath] = useState(dialog.kind === 'new' ? (dialog.parent === '' ? '' : `${dialog.parent}/`) : dialog.folder.path);
  const [description, setDescription] = useState(dialog.kind === 'new' ? '' : dialog.folder.description);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function save(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      if (dialog.kind === 'new') await ok(api.POST('/api/v1/folders', { body: { path, description } }));
      else
        await ok(
          api.PATCH('/api/v1/folders', {
            params: { header: { 'If-Match': `"${dialog.folder.version}"` } },
            body: { path: dialog.folder.path, description, ...(path === dialog.folder.path ? {} : { to: path }) },
          }),
        );
      onDone();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack>
        <TextInput label={t('folders.path')} description={t('folders.pathWhat')} required maxLength={512} value={path} onChange={(event) => setPath(event.currentTarget.value)} data-autofocus />
        <TextInput label={t('folders.description')} maxLength={1000} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
        {error !== null && <ProblemNote error={error} />}
        <Button type="submit" loading={busy}>
          {t('common:actions.save')}
        </Button>
      </Stack>
    </form>
  );
}
