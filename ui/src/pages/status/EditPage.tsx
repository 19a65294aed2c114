import { useState } from 'react';
import { Button, CopyButton, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { toProblem } from '@/api/problem';
import { useMay } from '@/api/session';
import { failed, said } from '@/app/notify';
import { useWords } from '@/i18n';
import { useConfirm } from '@/ui/Confirm';
import { Loading } from '@/ui/Loading';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { useUnsaved } from '@/ui/useUnsaved';
import { AnnouncementList } from './AnnouncementList';
import type { Fields } from './form';
import { PageForm } from './PageForm';
import { pageQuery } from './queries';

const stale = 412;

export default function EditPage() {
  const t = useWords('status');
  const { slug = '' } = useParams({ strict: false }) as { slug?: string };
  const mayEdit = useMay('editor');
  const client = useQueryClient();
  const navigate = useNavigate();
  const confirm = useConfirm();
  const stored = useQuery(pageQuery(slug));
  const [edited, setEdited] = useState<Fields | null>(null);
  useUnsaved(edited !== null);

  const save = useMutation({
    mutationFn: (what: { fields: Fields; etag: string }) =>
      ok(
        api.PUT('/api/v1/status-pages/{slug}', {
          params: { path: { slug }, header: { 'If-Match': what.etag } },
          body: what.fields,
        }),
      ),
    onSuccess: async () => {
      setEdited(null);
      said(t('saved'));
      await client.invalidateQueries({ queryKey: ['status'] });
    },
  });

  if (stored.data === undefined)
    return stored.isError ? <ProblemNote error={stored.error} retry={() => void stored.refetch()} /> : <Loading />;
  const { data: page, etag } = stored.data;
  const value = edited ?? { slug: page.slug, spec: page.spec, logo: page.logo };
  const problem = save.error === null ? null : toProblem(save.error);
  const address = `${window.location.origin}/status/${encodeURIComponent(slug)}`;

  async function remove(): Promise<void> {
    const sure = await confirm({ title: t('delete.title'), body: t('delete.what'), danger: true, typed: slug });
    if (!sure) return;
    try {
      await ok(api.DELETE('/api/v1/status-pages/{slug}', { params: { path: { slug }, header: { 'If-Match': etag ?? '*' } } }));
      setEdited(null);
      said(t('delete.done'));
      await navigate({ to: '/status-pages', ignoreBlocker: true });
      await client.invalidateQueries({ queryKey: ['status', 'pages'] });
    } catch (error) {
      failed(error);
    }
  }

  return (
    <Stack>
      <PageHeader
        title={page.spec.title}
        description={address}
        back="/status-pages"
        actions={
          <>
            <Button variant="default" component="a" href={address} target="_blank" rel="noreferrer" rightSection={<IconExternalLink size={14} aria-hidden />}>
              {t('common:actions.open')}
            </Button>
            {mayEdit && (
              <>
                <Button variant="default" color="red" onClick={() => void remove()}>
                  {t('common:actions.delete')}
                </Button>
                <Button disabled={edited === null} loading={save.isPending} onClick={() => save.mutate({ fields: value, etag: etag ?? '*' })}>
                  {t('common:actions.save')}
                </Button>
              </>
            )}
          </>
        }
      />
      {problem !== null && problem.status !== stale && <ProblemNote error={problem} />}
      {problem?.status === stale && (
        <Paper withBorder p="md" role="alert">
          <Text fw={600}>{t('stale.title')}</Text>
          <Text mb="sm">{t('stale.what')}</Text>
          <Group>
            <Button
              variant="default"
              onClick={() => {
                setEdited(null);
                save.reset();
                void stored.refetch();
              }}
            >
              {t('stale.theirs')}
            </Button>
            <Button color="orange" onClick={() => save.mutate({ fields: value, etag: '*' })}>
              {t('stale.mine')}
            </Button>
          </Group>
        </Paper>
      )}
      <AnnouncementList slug={slug} spec={page.spec} />
      <Paper withBorder p="md" component="section">
        <Title order={2} size="h4" mb="sm">
          {t('edit.page')}
        </Title>
        <PageForm
          value={value}
          onChange={setEdited}
          isNew={false}
          readOnly={!mayEdit}
          errors={Object.fromEntries(problem?.fields.map((one) => [one.name, one.detail]) ?? [])}
        />
      </Paper>
      {page.spec.public === true && (
        <Paper withBorder p="md" component="section">
          <Title order={2} size="h4" mb="xs">
            {t('badge.title')}
          </Title>
          <Text mb="sm">{t('badge.what')}</Text>
          <Stack gap="sm">
            {(['status', 'uptime'] as const).map((kind) => {
              const source = `${address}/badge.svg?kind=${kind}`;
              return (
                <Group key={kind}>
                  <img src={`/status/${encodeURIComponent(slug)}/badge.svg?kind=${kind}`} alt={t(`badge.${kind}`)} height={20} />
                  <CopyButton value={`![${kind}](${source})`}>
                    {({ copied, copy }) => (
                      <Button size="xs" variant="default" onClick={copy}>
                        {t(copied ? 'common:actions.copied' : 'badge.copy')}
                      </Button>
                    )}
                  </CopyButton>
                </Group>
              );
            })}
          </Stack>
        </Paper>
      )}
    </Stack>
  );
}
