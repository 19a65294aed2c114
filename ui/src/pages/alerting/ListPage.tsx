import { useState } from 'react';
import { Anchor, Badge, Button, Group, Paper, Stack, Switch, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useLive } from '@/api/live';
import { useMay } from '@/api/session';
import { failed, said } from '@/app/notify';
import { useWords } from '@/i18n';
import { useConfirm } from '@/ui/Confirm';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { SearchInput } from '@/ui/SearchInput';
import { Time } from '@/ui/Time';
import { deleteDocument, listDocuments, putDocument, type Document, type Kind } from './documents';

export function ListPage({ kind }: { kind: Kind }) {
  const t = useWords('alerting');
  const may = useMay(kind.role);
  const confirm = useConfirm();
  const client = useQueryClient();
  const [text, setText] = useState('');
  const key = ['alerts', kind.name];
  const pages = useInfiniteQuery({
    queryKey: [...key, 'list', text],
    queryFn: ({ pageParam, signal }) => listDocuments(kind.name, text, pageParam, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
  useLive(['incident'], () => void client.invalidateQueries({ queryKey: key }));
  const documents = pages.data?.pages.flatMap((page) => page.documents) ?? [];
  const path = `/alerting/${kind.name}`;
  const add = may ? (
    <Button leftSection={<IconPlus size={18} aria-hidden />} renderRoot={(props) => <Link to={`${path}/new`} {...props} />}>
      {t(`${kind.name}.new`)}
    </Button>
  ) : undefined;

  async function change(what: () => Promise<unknown>, text_: string): Promise<void> {
    try {
      await what();
      said(text_);
    } catch (error) {
      failed(error);
    }
    await client.invalidateQueries({ queryKey: key });
  }
  const toggle = (document: Document) =>
    void change(
      () => putDocument(kind.name, document.id, { name: document.name, enabled: !document.enabled, spec: document.spec }, `"${document.version}"`),
      t(document.enabled ? 'list.disabled' : 'list.enabled', { name: document.name }),
    );
  async function remove(document: Document): Promise<void> {
    if (!(await confirm({ title: t('list.deleteTitle'), body: <Name wrap>{document.name}</Name>, danger: true }))) return;
    await change(() => deleteDocument(kind.name, document), t('list.deleted', { name: document.name }));
  }

  return (
    <Stack gap="sm">
      <PageHeader title={t(`${kind.name}.title`)} description={t(`${kind.name}.what`)} actions={add} />
      <SearchInput label={t('list.search')} value={text} onChange={setText} maw={360} />
      {pages.isError && <ProblemNote error={pages.error} retry={() => void pages.refetch()} />}
      {pages.data === undefined ? (
        !pages.isError && <Loading />
      ) : documents.length === 0 ? (
        <Empty title={t(text === '' ? `${kind.name}.none` : 'list.nothing')} action={text === '' ? add : undefined}>
          {text === '' ? t(`${kind.name}.noneWhat`) : t('list.nothingWhat')}
        </Empty>
      ) : (
        <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
          {documents.map((document) => (
            <Paper key={document.id} withBorder p="sm" component="li">
              <Group justify="space-between" gap="sm">
                <Stack gap={2} miw={0} flex="1 1 18rem">
                  <Group gap="xs" wrap="nowrap" miw={0}>
                    <Anchor fw={600} miw={0} maw="100%" renderRoot={(props) => <Link to={`${path}/${document.id}`} {...props} />}>
                      <Name>{document.name}</Name>
                    </Anchor>
                    {document.built_in && (
                      <Badge variant="outline" color="gray" tt="none">
                        {t('list.builtIn')}
                      </Badge>
                    )}
                  </Group>
                  <Text fz="sm" component="div">
                    <kind.Summary document={document} />
                  </Text>
                  <Text fz="xs" c="dimmed">
                    {document.updated === null ? t('list.asBuilt') : <Time at={document.updated} />}
                    {document.updated_by !== null && ` · ${document.updated_by}`}
                  </Text>
                </Stack>
                {may && (
                  <Group gap="sm">
                    <Switch
                      size="sm"
                      checked={document.enabled}
                      onChange={() => toggle(document)}
                      aria-label={t('list.enable', { name: document.name })}
                    />
                    {!document.built_in && (
                      <Button size="xs" variant="subtle" color="red" onClick={() => void remove(document)} aria-label={t('list.delete', { name: document.name })}>
                        {t('common:actions.delete')}
                      </Button>
                    )}
                  </Group>
                )}
              </Group>
            </Paper>
          ))}
        </Stack>
      )}
      {pages.hasNextPage && (
        <Button variant="default" w="fit-content" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {t('list.more')}
        </Button>
      )}
    </Stack>
  );
}
