import { useMemo } from 'react';
import { Anchor, Group, MultiSelect, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useWords } from '@/i18n';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import { ChartTools } from './ChartTools';
import { HistoryCharts } from './HistoryCharts';
import { Downloads } from './ResultsTab';
import { RowSelect } from './RowSelect';
import { marksOf } from './marks';
import { marksQuery, resultsQuery, type Monitor } from './queries';
import { readComparison, resolve } from './range';
import { isSameField, numericFields, readPicks, writePick, type Pick } from './series';
import { useNames } from './useNames';
import { useAddress, useRange } from './useRange';

export function ChartsTab({ monitor }: { monitor: Monitor }) {
  const t = useWords('monitor');
  const { id } = monitor;
  const [search, setSearch] = useAddress();
  const [range, setRange] = useRange();
  const compare = readComparison(search['compare']);
  const names = useNames(monitor.app);
  const results = useQuery(resultsQuery(id));
  const marks = useQuery(marksQuery(id, range));
  const fields = useMemo(() => (results.data ? numericFields(results.data) : []), [results.data]);
  const named = search['fields'];
  const asked = useMemo(() => readPicks(named, id), [named, id]);
  const first = fields[0];
  const picks = useMemo<Pick[]>(
    () => (asked.length > 0 || !first ? asked : [{ monitor: id, set: first.set, field: first.field }]),
    [asked, first?.set, first?.field, id],
  );

  if (results.data === undefined)
    return results.error !== null ? (
      <ProblemNote error={results.error} retry={() => void results.refetch()} />
    ) : (
      <Loading />
    );
  if (fields.length === 0) return <Empty title={t('charts.noFields')}>{t('charts.noFieldsWhat')}</Empty>;

  const setPicks = (next: readonly Pick[]) =>
    setSearch({ fields: next.length > 0 ? next.map((pick) => writePick(pick, false)) : undefined });
  const nameOf = (pick: Pick) => names.field(pick.set, pick.field);
  const keyOf = (field: { set: string; field: string }) => writePick({ monitor: id, ...field, labels: undefined }, false);
  const picked = fields.filter((field) => picks.some((pick) => isSameField(pick, { monitor: id, ...field })));
  const span = resolve(range, Date.now());
  return (
    <Stack>
      <Group justify="space-between" align="end">
        <MultiSelect
          label={t('charts.fields')}
          searchable
          hidePickedOptions
          miw={240}
          flex={1}
          limit={200}
          data={fields.map((field) => ({
            value: keyOf(field),
            label: `${names.set(field.set)} · ${names.field(field.set, field.field)}${field.unit && ` (${field.unit})`}`,
          }))}
          value={picked.map(keyOf)}
          onChange={(values) => {
            const kept = picks.filter((pick) => values.includes(keyOf(pick)));
            const added = values.filter((value) => !kept.some((pick) => keyOf(pick) === value));
            setPicks([...kept, ...readPicks(added, id)]);
          }}
        />
        <ChartTools
          range={range}
          onRange={setRange}
          compare={compare}
          onCompare={(next) => setSearch({ compare: next })}
        />
      </Group>
      {picked
        .filter((field) => field.rows.length > 1)
        .map((field) => (
          <RowSelect
            key={keyOf(field)}
            field={field}
            name={names.field(field.set, field.field)}
            picks={picks}
            pick={{ monitor: id, set: field.set, field: field.field }}
            onChange={setPicks}
          />
        ))}
      <HistoryCharts
        picks={picks}
        range={range}
        onRange={setRange}
        compare={compare}
        marks={marksOf(marks.data ?? [])}
        intervalMs={monitor.interval_ms}
        nameOf={nameOf}
      />
      <Group justify="space-between">
        <Anchor
          renderRoot={(props) => (
            <Link
              to="/charts"
              search={{ ...rangeOf(search), series: picks.map((pick) => writePick(pick, true)) } as never}
              {...props}
            />
          )}
        >
          {t('charts.withOthers')}
        </Anchor>
        <Group gap="md">
          {picked.map((field) => (
            <Group key={keyOf(field)} gap="xs">
              {names.field(field.set, field.field)}
              <Downloads
                path={`/api/v1/monitors/${id}/history?${new URLSearchParams({
                  set: field.set,
                  field: field.field,
                  from: new Date(span.from).toISOString(),
                  to: new Date(span.to).toISOString(),
                }).toString()}&`}
              />
            </Group>
          ))}
        </Group>
      </Group>
    </Stack>
  );
}

function rangeOf({ last, from, to, compare }: Record<string, unknown>) {
  return { last, from, to, compare };
}
