import { Anchor, Badge, Button, Group, Stack, Table, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { useMay } from '@/api/session';
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

/** All that can be watched, by category and text. There are some hundred: they come at once. */
export default function DefinitionsPage() {
  const t = useWords('definitions');
  useLanguage(); // names follow it
  const navigate = useNavigate();
  const mayWrite = useMay('admin');
  const search = useSearch({ strict: false }) as { text?: unknown; category?: unknown };
  const text = typeof search.text === 'string' ? search.text : '';
  const category = typeof search.category === 'string' ? search.category : '';
  const { data, error, refetch } = useQuery({
    queryKey: ['definitions', 'list', text],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/definitions', { params: { query: { limit: most, ...(text === '' ? {} : { text }) } }, signal })),
    placeholderData: keepPreviousData,
  });
  const go = (change: { text?: string; category?: string }) =>
    void navigate({
      to: '/definitions',
      search: Object.fromEntries(Object.entries({ text, category, ...change }).filter(([, value]) => value !== '')),
      replace: true,
    });
  const counts = new Map<string, number>();
  for (const row of data?.definitions ?? []) counts.set(row.category, (counts.get(row.category) ?? 0) + 1);
  const rows = (data?.definitions ?? []).filter((row) => category === '' || row.category === category);

  return (
    <Stack gap="sm">
      <PageHeader
        title={t('title')}
        description={t('what')}
        actions={
          mayWrite && (
            <Button leftSection={<IconPlus size={18} aria-hidden />} renderRoot={(props) => <Link to="/definitions/new" {...props} />}>
              {t('new')}
            </Button>
          )
        }
      />
      <SearchInput label={t('search')} value={text} onChange={(next) => go({ text: next })} maw={420} />
      <FacetBar
        label={t('category')}
        value={category}
        onChange={(next) => go({ category: next })}
        facets={[...counts].sort().map(([value, count]) => ({ value, label: t(`categories.${value}`, { defaultValue: value }), count }))}
      />
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      {data !== undefined && data.total > data.definitions.length && <Text c="dimmed">{t('more', { n: number(data.total) })}</Text>}
      {data === undefined ? (
        error === null && <Loading />
      ) : rows.length === 0 ? (
        <Empty title={t('none')}>{t('noneWhat')}</Empty>
      ) : (
        <Table.ScrollContainer minWidth={300}>
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('name')}</Table.Th>
                <Table.Th>{t('category')}</Table.Th>
                <Table.Th ta="right">{t('monitors')}</Table.Th>
                <Table.Th visibleFrom="sm" ta="right">
                  {t('sets')}
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={row.app}>
                  <Table.Td>
                    <Group gap="xs">
                      <Anchor renderRoot={(props) => <Link to="/definitions/$name" params={{ name: row.app }} {...props} />}>
                        <Name>{pick(row.name) || row.app}</Name>
                      </Anchor>
                      {row.source !== 'built-in' && (
                        <Badge variant="outline" tt="none">
                          {t(`source.${row.source}`)}
                        </Badge>
                      )}
                      {row.fault !== null && (
                        <Badge color="red" tt="none">
                          {t('faulty')}
                        </Badge>
                      )}
                    </Group>
                    <Text fz="xs" c="dimmed" component="div">
                      <Name>{row.app}</Name>
                    </Text>
                  </Table.Td>
                  <Table.Td>{t(`categories.${row.category}`, { defaultValue: row.category })}</Table.Td>
                  <Table.Td ta="right">
                    {row.monitors > 0 ? (
                      <Anchor renderRoot={(props) => <Link to="/monitors" search={{ app: row.app }} {...props} />}>{number(row.monitors)}</Anchor>
                    ) : (
                      '–'
                    )}
                  </Table.Td>
                  <Table.Td visibleFrom="sm" ta="right">
                    {number(row.sets)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  );
}
