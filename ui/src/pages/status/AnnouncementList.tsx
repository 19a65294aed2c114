import { useState } from 'react';
import { Badge, Button, Group, Modal, Paper, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { useMay } from '@/api/session';
import { failed, said } from '@/app/notify';
import { useWords } from '@/i18n';
import { useConfirm } from '@/ui/Confirm';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';
import { AnnouncementForm } from './AnnouncementForm';
import { announcementsQuery, type Spec } from './queries';
import { UpdateForm } from './UpdateForm';

type Row = Schemas['StatusAnnouncementRow'];
type Dialog = { kind: 'new' } | { kind: 'edit'; row: Row } | { kind: 'update'; row: Row };

/** What people tell visitors: incidents and maintenance, with updates. */
export function AnnouncementList({ slug, spec }: { slug: string; spec: Spec }) {
  const t = useWords('status');
  const mayWrite = useMay('operator');
  const confirm = useConfirm();
  const client = useQueryClient();
  const list = useQuery(announcementsQuery(slug));
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const done = (text: string) => {
    setDialog(null);
    said(text);
    void client.invalidateQueries({ queryKey: ['status'] });
  };

  async function remove(row: Row): Promise<void> {
    if (!(await confirm({ title: t('announce.delete'), body: <Name wrap>{row.title}</Name>, danger: true }))) return;
    try {
      await ok(
        api.DELETE('/api/v1/status-pages/{slug}/announcements/{name}', {
          params: { path: { slug, name: row.id }, header: { 'If-Match': `"${row.version}"` } },
        }),
      );
      done(t('announce.deleted'));
    } catch (error) {
      failed(error);
    }
  }

  return (
    <Paper withBorder p="md" component="section">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {t('announce.title')}
        </Title>
        {mayWrite && (
          <Button size="xs" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setDialog({ kind: 'new' })}>
            {t('announce.new')}
          </Button>
        )}
      </Group>
      {list.data === undefined ? (
        list.isError ? <ProblemNote error={list.error} retry={() => void list.refetch()} /> : <Loading />
      ) : list.data.announcements.length === 0 ? (
        <Text c="dimmed">{t('announce.none')}</Text>
      ) : (
        <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
          {list.data.announcements.map((row) => (
            <Group key={row.id} component="li" justify="space-between" gap="xs">
              <Stack gap={0} miw={0} flex="1 1 16rem">
                <Text fw={600} component="div">
                  <Name>{row.title}</Name>
                </Text>
                <Text c="dimmed" fz="sm">
                  {t(`kind.${row.kind}`)} · {t(`progress.${row.state}`)} · <Time at={row.updated} />
                </Text>
              </Stack>
              <Badge variant="outline" tt="none">
                {t(`impact.${row.impact}`)}
              </Badge>
              {mayWrite && (
                <Group gap="xs">
                  <Button size="xs" variant="default" onClick={() => setDialog({ kind: 'update', row })} aria-label={t('announce.updateOf', { title: row.title })}>
                    {t('announce.update')}
                  </Button>
                  <Button size="xs" variant="default" onClick={() => setDialog({ kind: 'edit', row })} aria-label={t('announce.editOf', { title: row.title })}>
                    {t('common:actions.edit')}
                  </Button>
                  <Button size="xs" variant="subtle" color="red" onClick={() => void remove(row)} aria-label={t('announce.deleteOf', { title: row.title })}>
                    {t('common:actions.delete')}
                  </Button>
                </Group>
              )}
            </Group>
          ))}
        </Stack>
      )}
      <Modal
        opened={dialog !== null}
        onClose={() => setDialog(null)}
        title={dialog === null ? '' : t(`announce.${dialog.kind}Title`)}
        closeButtonProps={{ 'aria-label': t('common:actions.close') }}
        size="lg"
      >
        {dialog?.kind === 'update' && <UpdateForm slug={slug} row={dialog.row} onDone={() => done(t('announce.updated'))} />}
        {(dialog?.kind === 'new' || dialog?.kind === 'edit') && (
          <AnnouncementForm slug={slug} spec={spec} row={dialog.kind === 'edit' ? dialog.row : null} onDone={() => done(t('announce.saved'))} />
        )}
      </Modal>
    </Paper>
  );
}
