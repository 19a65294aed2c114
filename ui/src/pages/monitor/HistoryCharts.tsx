import { useMemo } from 'react';
import { Alert, Stack, Text } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { useWords } from '@/i18n';
import { Chart } from '@/ui/Chart';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import type { Range } from '@/ui/range';
import { rowName } from './labels';
import type { Mark } from './marks';
import { historyQuery } from './queries';
import { resolve, shiftOf, zoomed, type Comparison } from './range';
import { colorsOf, drawingsOf, linesOf, MOST_ROWS, type Line, type Pick } from './series';

interface Props {
  picks: readonly Pick[];
  range: Range;
  onRange: (range: Range) => void;
  compare: Comparison | undefined;
  marks: Mark[];
  /** The shortest interval of the monitors. */
  intervalMs: number;
  /** "Gateway · Round-trip time"; the row and the day that it is compared with come behind it. */
  nameOf: (pick: Pick) => string;
}

/** The picked fields over the range: a chart for each unit, with one cursor for all of them. */
export function HistoryCharts({ picks, range, onRange, compare, marks, intervalMs, nameOf }: Props) {
  const t = useWords('monitor');
  const orders = useMemo(() => {
    const shifts = compare === undefined ? [0] : [0, shiftOf(compare)];
    // One question for a field, however many of its rows are picked.
    const fields = new Map(picks.map((pick) => [`${pick.monitor}\n${pick.set}\n${pick.field}`, pick]));
    return [...fields.values()].flatMap((pick) => shifts.map((shift) => ({ pick, shift })));
  }, [picks, compare]);
  const answers = useQueries({
    queries: orders.map(({ pick: { monitor, set, field }, shift }) =>
      historyQuery({ monitor, set, field, range, shift, intervalMs }),
    ),
  });

  const failed = answers.flatMap(({ error, refetch }, index) => (error === null ? [] : [{ error, refetch, index }]));
  const lines = answers.flatMap(({ data }, index): Line[] => {
    if (data === undefined) return [];
    const { pick, shift } = orders[index]!;
    return picks
      .filter((one) => one.monitor === pick.monitor && one.set === pick.set && one.field === pick.field)
      .flatMap((one) => linesOf(data.history, one, shift));
  });
  const spans = answers.flatMap(({ data }) => (data === undefined ? [] : [data.span]));
  const span =
    spans.length === 0
      ? resolve(range, Date.now())
      : { from: Math.min(...spans.map(({ from }) => from)), to: Math.max(...spans.map(({ to }) => to)) };

  const labelOf = (line: Line) =>
    [nameOf(line.pick), rowName(line.labels), line.shift > 0 && compare && t(`compare.${compare}`)]
      .filter(Boolean)
      .join(' · ');
  const waiting = answers.some(({ isPending }) => isPending);
  const { drawings, left } = drawingsOf(lines);
  return (
    <Stack aria-busy={waiting}>
      {failed.map(({ error, refetch, index }) => (
        <ProblemNote key={index} error={error} retry={() => void refetch()} />
      ))}
      {drawings.length === 0 && waiting && <Loading />}
      {drawings.length === 0 && !waiting && failed.length === 0 && (
        <Empty title={t('charts.noData')}>{t('charts.noDataWhat')}</Empty>
      )}
      {drawings.map(({ unit, lines: drawn }, index) => {
        const colors = colorsOf(drawn);
        return (
          <div key={`${unit} ${index}`}>
            <Chart
              series={drawn.map((line, at) => ({
                label: labelOf(line),
                unit,
                color: colors[at]!,
                points: line.points,
                ...(line.shift > 0 && { dashed: true }),
              }))}
              from={span.from}
              to={span.to}
              marks={marks}
              onZoom={(from, to) => onRange(zoomed(from, to))}
              syncKey="history"
              height={260}
            />
            {drawn.every((line) => line.points.length === 0) && <Text c="dimmed">{t('charts.noDataWhat')}</Text>}
          </div>
        );
      })}
      {left > 0 && <Alert color="yellow">{t('charts.left', { n: MOST_ROWS, all: MOST_ROWS + left })}</Alert>}
    </Stack>
  );
}
