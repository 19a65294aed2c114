import { Badge, Button, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { api, ok, type Schemas } from '@/api/client';
import { pick, useLanguage, useWords } from '@/i18n';
import { Empty } from '@/ui/Empty';
import { FacetBar } from '@/ui/FacetBar';
import { number } from '@/ui/format';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { SearchInput } from '@/ui/SearchInput';

const most = 1000;
type Row = Schemas['DefinitionRow'];

/** What can be watched, by category and text; both stand in the address. */
export function AppPicker({ onPick }: { onPick: (app: string) => void }) {
  const t = useWords('edit');
  useLanguage(); // names follow it
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { text?: unknown; category?: unknown };
  const text = typeof search.text === 'string' ? search.text : '';
  const category = typeof search.category === 'string' ? search.category : '';
  const { data, error, refetch } = useQuery({
    queryKey: ['definitions', 'pick', text],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/definitions', { params: { query: { limit: most, ...(text === '' ? {} : { text }) } }, signal })),
    placeholderData: keepPreviousData,
  });
  const go = (change: { text?: string; category?: string }) => {
    const next = { text, category, ...change };
    void navigate({ to: '/monitors/new', search: Object.fromEntries(Object.entries(next).filter(([, value]) => value !== '')), replace: true });
  };
  const byCategory = new Map<string, Row[]>();
  for (const row of data?.definitions ?? []) byCategory.set(row.category, [...(byCategory.get(row.category) ?? []), row]);
  const nameOf = (one: string) => t(`category.${one}`, { defaultValue: one });
  const shown = [...byCategory].filter(([one]) => category === '' || one === category);

  return (
    <Stack>
      <PageHeader
        title={t('pick.title')}
        description={t('pick.what')}
        back="/monitors"
        actions={
          <Button variant="default" renderRoot={(props) => <Link to="/start" {...props} />}>
            {t('pick.paste')}
          </Button>
        }
      />
      <SearchInput label={t('pick.search')} value={text} onChange={(next) => go({ text: next })} maw={420} />
      <FacetBar
        label={t('pick.category')}
        value={category}
        onChange={(next) => go({ category: next })}
        facets={[...byCategory].map(([value, rows]) => ({ value, label: nameOf(value), count: rows.length }))}
      />
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      {data !== undefined && data.total > data.definitions.length && <Text c="dimmed">{t('pick.more', { n: number(data.total) })}</Text>}
      {data !== undefined && shown.length === 0 && <Empty title={t('pick.none')}>{t('pick.noneWhat')}</Empty>}
      {shown.map(([one, rows]) => (
        <Stack key={one} gap="xs" component="section" aria-label={nameOf(one)}>
          <Title order={2} size="h5">
            {nameOf(one)}
          </Title>
          <SimpleGrid cols={{ base: 1, xs: 2, md: 3, lg: 4 }} spacing="xs">
            {rows.map((row) => (
              <App key={row.app} row={row} onPick={onPick} />
            ))}
          </SimpleGrid>
        </Stack>
      ))}
    </Stack>
  );
}

function App({ row, onPick }: { row: Row; onPick: (app: string) => void }) {
  return (
    <Button
      variant="default"
      justify="space-between"
      h="auto"
      py={8}
      onClick={() => onPick(row.app)}
      rightSection={row.monitors > 0 ? <Badge variant="light">{number(row.monitors)}</Badge> : null}
    >
      <Stack gap={0} align="flex-start" miw={0}>
        <Name>{pick(row.name) || row.app}</Name>
        <Text fz="xs" c="dimmed" component="div" miw={0} maw="100%">
          <Name>{row.app}</Name>
        </Text>
      </Stack>
    </Button>
  );
}
