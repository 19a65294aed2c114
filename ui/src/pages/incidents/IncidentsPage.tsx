import { useCallback, useMemo, useState } from 'react';
import { Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMay } from '@/api/session';
import { useWords } from '@/i18n';
import { useRefresh } from '@/pages/overview/refresh';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { BulkBar } from './BulkBar';
import { IncidentFilters } from './IncidentFilters';
import { IncidentRow } from './IncidentRow';
import { readFilters, writeFilters, type Filters } from './filters';
import { INCIDENT_KEYS, INCIDENT_KINDS, incidentsQuery } from './queries';
import classes from './incidents.module.css';

export default function IncidentsPage() {
  const t = useWords('incidents');
  const mayAct = useMay('operator');
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const filters = useMemo(() => readFilters(search), [search]);
  const list = useInfiniteQuery(incidentsQuery(filters));
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  useRefresh(INCIDENT_KINDS, INCIDENT_KEYS);

  const change = useCallback(
    (next: Filters) => void navigate({ to: '/incidents', search: writeFilters(next), replace: true }),
    [navigate],
  );
  const incidents = useMemo(() => list.data?.pages.flatMap((page) => page.incidents) ?? [], [list.data]);
  const open = list.data?.pages[0]?.open ?? {};
  const selectable = mayAct ? incidents.filter((incident) => incident.open) : [];
  // What has ended or is filtered away meanwhile is not acted upon, though it stays selected if it comes back.
  const chosen = selectable.filter((incident) => selected.has(incident.id)).map((incident) => incident.id);
  const clear = () => setSelected(new Set());
  const filtered = Object.keys(writeFilters(filters)).length > 0;

  return (
    <Stack>
      <PageHeader title={t('title')} description={t('description')} />
      <IncidentFilters filters={filters} onChange={change} open={open} />
      {list.error !== null && <ProblemNote error={list.error} retry={() => void list.refetch()} />}
      {mayAct && <BulkBar ids={chosen} onDone={clear} />}
      {list.data === undefined && list.error === null && <Loading />}
      {list.data !== undefined && incidents.length === 0 && (
        <Empty
          title={filtered ? t('list.nothing') : t('list.quiet')}
          action={
            filtered ? (
              <Button variant="default" onClick={() => change({ show: 'open' })}>
                {t('list.clear')}
              </Button>
            ) : undefined
          }
        >
          {filtered ? t('list.nothingWhat') : t('list.quietWhat')}
        </Empty>
      )}
      {incidents.length > 0 && (
        <div aria-busy={list.isPlaceholderData}>
          {selectable.length > 0 && (
            <Checkbox
              px={8}
              py={4}
              label={t('list.selectAll', { n: selectable.length })}
              checked={chosen.length === selectable.length}
              indeterminate={chosen.length > 0 && chosen.length < selectable.length}
              onChange={(event) =>
                setSelected(event.currentTarget.checked ? new Set(selectable.map((one) => one.id)) : new Set())
              }
            />
          )}
          <ul className={classes.rows} aria-label={t('title')}>
            {incidents.map((incident) => (
              <IncidentRow
                key={incident.id}
                incident={incident}
                selected={mayAct && incident.open ? selected.has(incident.id) : undefined}
                onSelect={(on) =>
                  setSelected((before) => {
                    const next = new Set(before);
                    if (on) next.add(incident.id);
                    else next.delete(incident.id);
                    return next;
                  })
                }
              />
            ))}
          </ul>
          <Group justify="center" mt="md">
            {list.hasNextPage ? (
              <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t('list.older')}
              </Button>
            ) : (
              <Text size="sm" c="dimmed">
                {t('list.end')}
              </Text>
            )}
          </Group>
        </div>
      )}
    </Stack>
  );
}
