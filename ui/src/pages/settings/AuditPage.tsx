import { useState } from 'react';
import { Button, Code, Group, Paper, Stack, Text, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { api, ok, type Schemas } from '@/api/client';
import { useWords } from '@/i18n';
import { DiffView } from '@/ui/DiffView';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { SearchInput } from '@/ui/SearchInput';
import { Time } from '@/ui/Time';

type Entry = Schemas['AuditLog']['entries'][number];
const pageRows = 50;

/** Who changed what, with before and after; the newest first. */
export default function AuditPage() {
  const t = useWords('settings');
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const text = (key: string) => (typeof search[key] === 'string' ? search[key] : '');
  const filter = { who: text('who'), target: text('target'), from: text('from'), to: text('to') };
  const go = (change: Partial<typeof filter>) => void navigate({ to: '/settings/audit', search: { ...filter, ...change }, replace: true });
  const query = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ''));
  const pages = useInfiniteQuery({
    queryKey: ['audit', query],
    queryFn: ({ pageParam, signal }) =>
      ok(api.GET('/api/v1/audit', { params: { query: { ...query, limit: pageRows, ...(pageParam === undefined ? {} : { before: pageParam }) } }, signal })),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => (last.entries.length < pageRows ? undefined : last.entries.at(-1)?.id),
  });
  const entries = pages.data?.pages.flatMap((page) => page.entries) ?? [];

  return (
    <Stack gap="sm">
      <PageHeader title={t('audit.title')} description={t('audit.what')} />
      <Group align="flex-end">
        <SearchInput label={t('audit.who')} value={filter.who} onChange={(who) => go({ who })} />
        <SearchInput label={t('audit.target')} value={filter.target} onChange={(target) => go({ target })} />
        <TextInput type="date" label={t('audit.from')} value={filter.from.slice(0, 10)} onChange={(event) => go({ from: day(event.currentTarget.value, '00:00:00') })} />
        <TextInput type="date" label={t('audit.to')} value={filter.to.slice(0, 10)} onChange={(event) => go({ to: day(event.currentTarget.value, '23:59:59') })} />
      </Group>
      {pages.isError && <ProblemNote error={pages.error} retry={() => void pages.refetch()} />}
      {pages.data === undefined ? (
        !pages.isError && <Loading />
      ) : entries.length === 0 ? (
        <Empty title={t('audit.none')}>{t('audit.noneWhat')}</Empty>
      ) : (
        entries.map((entry) => <AuditEntry key={entry.id} entry={entry} />)
      )}
      {pages.hasNextPage && (
        <Button variant="default" w="fit-content" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {t('audit.older')}
        </Button>
      )}
    </Stack>
  );
}

function day(date: string, time: string): string {
  return date === '' ? '' : `${date}T${time}Z`;
}

/** Indented, so that a difference is seen line by line. */
export function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function AuditEntry({ entry }: { entry: Entry }) {
  const t = useWords('settings');
  const [open, setOpen] = useState(false);
  const hasMore = entry.before !== '' || entry.after !== '';
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" gap="xs">
        <Group gap="xs" miw={0} flex="1 1 16rem">
          <Time at={entry.time} />
          <Text fw={600} span>
            <Name>{entry.who}</Name>
          </Text>
          <Code>{entry.what}</Code>
          <Name>{entry.target}</Name>
        </Group>
        {hasMore && (
          <Button size="xs" variant="subtle" aria-expanded={open} onClick={() => setOpen(!open)} aria-label={t('audit.showOf', { target: entry.target })}>
            {t(open ? 'audit.hide' : 'audit.show')}
          </Button>
        )}
      </Group>
      {open && <DiffView language="text" before={pretty(entry.before)} after={pretty(entry.after)} />}
    </Paper>
  );
}
