import { Anchor, Badge, Button, Group, Paper, Stack, Text } from '@mantine/core';
import { IconExternalLink, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMay } from '@/api/session';
import { useWords } from '@/i18n';
import { Empty } from '@/ui/Empty';
import { number } from '@/ui/format';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';
import { pagesQuery } from './queries';

export default function PagesPage() {
  const t = useWords('status');
  const mayEdit = useMay('editor');
  const { data, error, refetch } = useQuery(pagesQuery);
  const add = mayEdit ? (
    <Button leftSection={<IconPlus size={18} aria-hidden />} renderRoot={(props) => <Link to="/status-pages/new" {...props} />}>
      {t('list.new')}
    </Button>
  ) : undefined;

  return (
    <>
      <PageHeader title={t('list.title')} description={t('list.what')} actions={add} />
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Loading />
      ) : data.pages.length === 0 ? (
        <Empty title={t('list.none')} action={add}>
          {t('list.noneWhat')}
        </Empty>
      ) : (
        <Stack component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
          {data.pages.map((page) => (
            <Paper key={page.slug} withBorder p="md" component="li">
              <Group justify="space-between" gap="sm">
                <Stack gap={2} miw={0}>
                  <Anchor fw={600} maw="100%" renderRoot={(props) => <Link to="/status-pages/$slug" params={{ slug: page.slug }} {...props} />}>
                    <Name>{page.title}</Name>
                  </Anchor>
                  <Text c="dimmed" fz="sm">
                    {t('list.components', { n: number(page.components) })} · {t('list.changed')} <Time at={page.updated} />
                    {page.updated_by !== null && ` · ${page.updated_by}`}
                  </Text>
                </Stack>
                <Group gap="sm">
                  <Badge variant="outline" color={page.public ? 'teal' : 'gray'} tt="none">
                    {t(page.public ? 'list.public' : 'list.private')}
                  </Badge>
                  <Button
                    size="xs"
                    variant="default"
                    component="a"
                    href={`/status/${encodeURIComponent(page.slug)}`}
                    target="_blank"
                    rel="noreferrer"
                    rightSection={<IconExternalLink size={14} aria-hidden />}
                    aria-label={t('list.openOf', { title: page.title })}
                  >
                    {t('common:actions.open')}
                  </Button>
                </Group>
              </Group>
            </Paper>
          ))}
        </Stack>
      )}
    </>
  );
}
