import { useMemo, useState } from 'react';
import { Button, CloseButton, Group, Select, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useLanguage, useWords } from '@/i18n';
import { Empty } from '@/ui/Empty';
import { MonitorPicker } from '@/ui/MonitorPicker';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { ChartTools } from './ChartTools';
import { HistoryCharts } from './HistoryCharts';
import { rowName } from './labels';
import { marksOf } from './marks';
import { definitionQuery, detailQuery, marksQuery, resultsQuery } from './queries';
import { readComparison } from './range';
import { numericFields, readPicks, writePick, type Pick } from './series';
import { namesOf, useNames } from './useNames';
import { useAddress, useRange } from './useRange';
import classes from './monitor.module.css';

const INTERVAL_MS = 60_000;

/** Fields of several monitors over one another; the address says which, so that a link shows the same to others. */
export default function ChartsPage() {
  const t = useWords('monitor');
  useLanguage(); // names are read in it
  const [search, setSearch] = useAddress();
  const [range, setRange] = useRange();
  const compare = readComparison(search['compare']);
  const named = search['series'];
  const picks = useMemo(() => readPicks(named), [named]);
  const ids = useMemo(() => [...new Set(picks.map((pick) => pick.monitor))], [picks]);
  const monitors = useQueries({ queries: ids.map((id) => ({ ...detailQuery(id), refetchInterval: INTERVAL_MS })) });
  const marks = useQueries({ queries: ids.map((id) => marksQuery(id, range)) });

  const setPicks = (next: readonly Pick[]) =>
    setSearch({ series: next.length > 0 ? next.map((pick) => writePick(pick, true)) : undefined });
  const monitorOf = (id: string) => monitors[ids.indexOf(id)]?.data?.data;
  const apps = [...new Set(monitors.flatMap(({ data }) => (data ? [data.data.app] : [])))];
  const definitions = useQueries({ queries: apps.map(definitionQuery) });
  const nameOf = (pick: Pick) => {
    const monitor = monitorOf(pick.monitor);
    const names = namesOf(monitor && definitions[apps.indexOf(monitor.app)]?.data);
    return `${monitor?.name ?? pick.monitor} · ${names.field(pick.set, pick.field)}`;
  };
  const intervals = monitors.flatMap(({ data }) => (data ? [data.data.interval_ms] : []));
  return (
    <Stack>
      <PageHeader
        title={t('charts.title')}
        description={t('charts.what')}
        actions={
          <ChartTools
            range={range}
            onRange={setRange}
            compare={compare}
            onCompare={(next) => setSearch({ compare: next })}
          />
        }
      />
      <AddSeries
        onAdd={(pick) => {
          const text = writePick(pick, true);
          if (!picks.some((one) => writePick(one, true) === text)) setPicks([...picks, pick]);
        }}
      />
      {picks.length > 0 && (
        <ul className={classes.list} aria-label={t('charts.series')}>
          {picks.map((pick) => {
            const key = writePick(pick, true);
            return (
              <li key={key}>
                <Group gap="xs" wrap="nowrap">
                  <CloseButton
                    size="sm"
                    aria-label={t('charts.remove', { name: nameOf(pick) })}
                    onClick={() => setPicks(picks.filter((one) => one !== pick))}
                  />
                  <Link to="/monitors/$id" params={{ id: pick.monitor }}>
                    <Name>{monitorOf(pick.monitor)?.name ?? pick.monitor}</Name>
                  </Link>
                  <Text size="sm" component="span">
                    <Name>{[pick.set, pick.field, pick.labels && rowName(pick.labels)].filter(Boolean).join(' · ')}</Name>
                  </Text>
                </Group>
              </li>
            );
          })}
        </ul>
      )}
      {monitors.map(({ error, refetch }, index) =>
        error === null ? null : (
          <ProblemNote key={ids[index]} error={error} retry={() => void refetch()} />
        ),
      )}
      {picks.length === 0 ? (
        <Empty title={t('charts.nothing')}>{t('charts.nothingWhat')}</Empty>
      ) : (
        <HistoryCharts
          picks={picks}
          range={range}
          onRange={setRange}
          compare={compare}
          marks={marks.flatMap(({ data }) => marksOf(data ?? []))}
          intervalMs={Math.min(INTERVAL_MS, ...intervals)}
          nameOf={nameOf}
        />
      )}
    </Stack>
  );
}

/** First the monitor, then which of its numbers. */
function AddSeries({ onAdd }: { onAdd: (pick: Pick) => void }) {
  const t = useWords('monitor');
  const [chosen, setChosen] = useState<string[]>([]);
  const [field, setField] = useState<string | null>(null);
  const id = chosen[0];
  const monitor = useQuery({ ...detailQuery(id ?? ''), enabled: id !== undefined });
  const results = useQuery({ ...resultsQuery(id ?? ''), enabled: id !== undefined });
  const names = useNames(monitor.data?.data.app);
  const options = useMemo(() => {
    if (id === undefined || results.data === undefined) return [];
    return numericFields(results.data).flatMap(({ set, field, unit, rows }) => {
      const label = `${names.set(set)} · ${names.field(set, field)}${unit && ` (${unit})`}`;
      const all = { value: writePick({ monitor: id, set, field }, true), label };
      const single = [...new Set(rows)].map((labels) => ({
        value: writePick({ monitor: id, set, field, labels }, true),
        label: `${label} · ${rowName(labels)}`,
      }));
      return rows.length > 1 ? [all, ...single] : [all];
    });
  }, [id, results.data, names]);
  return (
    <Group align="end">
      <MonitorPicker
        value={chosen}
        onChange={(ids) => {
          setChosen(ids.slice(-1));
          setField(null);
        }}
      />
      <Select
        label={t('charts.field')}
        placeholder={t(id === undefined ? 'charts.monitorFirst' : options.length === 0 ? 'charts.noFields' : 'charts.pickField')}
        disabled={options.length === 0}
        searchable
        limit={200}
        miw={260}
        data={options}
        value={field}
        onChange={setField}
      />
      <Button
        disabled={field === null}
        leftSection={<IconPlus size={18} aria-hidden />}
        onClick={() => {
          const [pick] = readPicks(field);
          if (pick) onAdd(pick);
          setField(null);
        }}
      >
        {t('charts.add')}
      </Button>
      {results.error !== null && <ProblemNote error={results.error} retry={() => void results.refetch()} />}
    </Group>
  );
}
