import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { Button, Drawer, Group, Select, Stack, Text } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { IconFolder, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { useMay } from '@/api/session';
import { failed, said } from '@/app/notify';
import { useWords } from '@/i18n';
import { Empty } from '@/ui/Empty';
import { FacetBar } from '@/ui/FacetBar';
import { number } from '@/ui/format';
import { Loading } from '@/ui/Loading';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { SearchInput } from '@/ui/SearchInput';
import { StateBadge } from '@/ui/StateBadge';
import { VirtualTable } from '@/ui/VirtualTable';
import { BulkBar } from './BulkBar';
import { useColumns } from './columns';
import { ExportMenu } from './ExportMenu';
import { filterOf, isPlain, searchOf, STATES, type Filter, type Row } from './filter';
import { FolderTree } from './FolderTree';
import { ImportDialog } from './ImportDialog';
import { KeysDialog } from './KeysDialog';
import { LabelFilter } from './LabelFilter';
import { SavedFilters } from './SavedFilters';
import { useBeats, useRows } from './useRows';
import { useSelection } from './useSelection';
import classes from './monitors.module.css';

export default function MonitorsPage() {
  const t = useWords('monitors');
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const filter = useMemo(() => filterOf(search), [search]);
  const mayEdit = useMay('editor');
  const mayOperate = useMay('operator');
  const isWide = useMediaQuery('(min-width: 75em)') ?? true;
  const [folders, { toggle: toggleFolders, close: closeFolders }] = useDisclosure(false);
  const [importing, setImporting] = useState(false);
  const [keys, setKeys] = useState(false);
  const searchBox = useRef<HTMLInputElement>(null);
  const summary = useQuery({ queryKey: ['summary'], queryFn: ({ signal }) => ok(api.GET('/api/v1/summary', { signal })) });

  const rows = useRows(filter);
  const [seen, setSeen] = useState<[number, number]>([0, 30]);
  const ids: string[] = [];
  for (let i = seen[0]; i <= seen[1]; ++i) {
    const row = rows.at(i);
    if (row !== undefined) ids.push(row.id);
  }
  const beats = useBeats(isWide || ids.length < 40 ? ids : ids.slice(0, 40));
  const selection = useSelection(rows, filter);
  const columns = useColumns(beats, mayOperate ? selection : null);

  const go = useCallback(
    (change: Partial<Filter>) => void navigate({ to: '/monitors', search: searchOf({ ...filter, ...change }), replace: true }),
    [navigate, filter],
  );
  const see = rows.see;
  const visible = useCallback(
    (first: number, last: number) => {
      setSeen([first, last]);
      see(first, last);
    },
    [see],
  );
  const open = useCallback((row: Row) => void navigate({ to: '/monitors/$id', params: { id: row.id } }), [navigate]);

  async function pause(row: Row): Promise<void> {
    try {
      const path = row.paused_by === null ? ('/api/v1/monitors/{id}/pause' as const) : ('/api/v1/monitors/{id}/resume' as const);
      await ok(api.POST(path, { params: { path: { id: row.id }, header: { 'If-Match': '*' } } }));
      said(t(row.paused_by === null ? 'keys.paused' : 'keys.resumed', { name: row.name }));
      rows.retry();
    } catch (error) {
      failed(error);
    }
  }
  function key(event: KeyboardEvent, row: Row | undefined): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'p' && row !== undefined && mayOperate) void pause(row);
    if (event.key === 'e' && row !== undefined && mayEdit && row.owner === 'api') void navigate({ to: `/monitors/${row.id}/edit` });
  }
  // Of the whole page, unless something is being typed.
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === '/') {
        event.preventDefault();
        searchBox.current?.focus();
      }
      if (event.key === '?') setKeys(true);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);

  const { total } = rows;
  const tree = <FolderTree value={filter.folder} onChange={(folder) => (go({ folder }), closeFolders())} />;
  const apps = summary.data?.apps ?? [];
  return (
    <Stack gap="sm">
      <PageHeader
        title={t('title')}
        description={total === undefined ? undefined : t('total', { n: number(total) })}
        actions={
          <>
            <ExportMenu />
            {mayEdit && (
              <>
                <Button variant="default" onClick={() => setImporting(true)}>
                  {t('import.button')}
                </Button>
                <Button leftSection={<IconPlus size={18} aria-hidden />} renderRoot={(props) => <Link to="/start" {...props} />}>
                  {t('add')}
                </Button>
              </>
            )}
          </>
        }
      />
      <Group gap="xs" align="flex-end">
        <SearchInput inputRef={searchBox} label={t('filter.text')} value={filter.text} onChange={(text) => go({ text })} flex="1 1 14rem" />
        <Select
          aria-label={t('filter.app')}
          placeholder={t('filter.app')}
          data={apps.map((one) => ({ value: one.app, label: `${one.app} (${one.monitors})` }))}
          value={filter.app === '' ? null : filter.app}
          onChange={(app) => go({ app: app ?? '' })}
          searchable
          clearable
          w={190}
        />
        <LabelFilter value={filter.labels} onChange={(labels) => go({ labels })} />
        <SavedFilters search={searchOf(filter)} onPick={(saved) => void navigate({ to: '/monitors', search: saved })} />
        <Button variant="default" className={classes.narrowOnly} leftSection={<IconFolder size={16} aria-hidden />} onClick={toggleFolders}>
          {t('folders.title')}
        </Button>
      </Group>
      <FacetBar
        label={t('filter.state')}
        value={filter.state}
        onChange={(state) => go({ state: state as Filter['state'] })}
        facets={STATES.map((state) => ({
          value: state,
          label: <StateBadge state={state} />,
          ...(summary.data === undefined || !isPlain({ ...filter, state: '' }) ? {} : { count: summary.data.states[state] }),
        }))}
      />
      {mayOperate && <BulkBar selection={selection} filter={filter} total={total ?? 0} onDone={rows.retry} />}
      {rows.error !== null && <ProblemNote error={rows.error} retry={rows.retry} />}
      <div className={classes.columns}>
        <aside className={classes.wideOnly} aria-label={t('folders.title')}>
          {tree}
        </aside>
        {total === undefined ? (
          rows.error === null && <Loading />
        ) : total === 0 ? (
          isPlain(filter) ? (
            <Empty title={t('empty.title')}>{t(mayEdit ? 'empty.editor' : 'empty.viewer')}</Empty>
          ) : (
            <Empty
              title={t('empty.none')}
              action={
                <Button variant="default" onClick={() => void navigate({ to: '/monitors' })}>
                  {t('empty.clear')}
                </Button>
              }
            >
              {t('empty.noneWhat')}
            </Empty>
          )
        ) : (
          <VirtualTable
            label={t('title')}
            rows={rows.at}
            rowKey={(row) => row.id}
            columns={columns}
            total={total}
            onVisible={visible}
            onActivate={open}
            onKey={key}
            {...(mayOperate ? { selection } : {})}
            sort={filter.sort}
            onSort={(sort) => go({ sort })}
          />
        )}
      </div>
      <Text c="dimmed" fz="sm">
        <Button variant="subtle" size="compact-sm" onClick={() => setKeys(true)}>
          {t('keys.show')}
        </Button>
      </Text>
      <Drawer opened={folders} onClose={closeFolders} title={t('folders.title')} closeButtonProps={{ 'aria-label': t('common:actions.close') }}>
        {tree}
      </Drawer>
      <ImportDialog opened={importing} onClose={() => setImporting(false)} />
      <KeysDialog opened={keys} onClose={() => setKeys(false)} />
    </Stack>
  );
}
