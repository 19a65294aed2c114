import 'uplot/dist/uPlot.min.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Table } from '@mantine/core';
import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import uPlot from 'uplot';
import { useWords } from '@/i18n';
import type { ChartProps } from './Chart';
import { number } from './format';
import { Name } from './Name';
import { PALETTE, plotData, summaryOf } from './plotData';
import classes from './Plot.module.css';

/** What light-dark() means in a canvas, which knows no CSS. */
function plain(color: string, scheme: 'light' | 'dark'): string {
  const both = /^light-dark\((.+?),\s*(.+)\)$/.exec(color);
  return both === null ? color : ((scheme === 'light' ? both[1] : both[2]) ?? color);
}

const MARKS: Record<string, [string, string]> = {
  info: ['#005a8c', '#6cbcf0'],
  warning: ['#6b4f00', '#e8c547'],
  critical: ['#b3261e', '#ff8a80'],
  emergency: ['#8c1d18', '#ffb4ab'],
};
const leastDrag = 5;

export default function Plot({ series, from, to, onZoom, marks, syncKey, height = 220, label }: ChartProps) {
  const t = useWords('ui');
  const scheme = useComputedColorScheme('light');
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const { ref: box, width } = useElementSize<HTMLDivElement>();
  const zoom = useRef(onZoom);
  const bounds = useRef({ from, to });
  const shownMarks = useRef(marks ?? []);
  const [cursor, setCursor] = useState<number | null>(null);
  useEffect(() => {
    zoom.current = onZoom;
    bounds.current = { from, to };
    shownMarks.current = marks ?? [];
  });
  const { data } = useMemo(() => plotData(series), [series]);
  const colors = series.map((one, i) => plain(one.color ?? PALETTE[i % PALETTE.length] ?? 'gray', scheme));
  // A new picture only for other lines; new values are put into the old one.
  const kind = JSON.stringify([series.map((one) => [one.label, one.unit, one.dashed]), colors, scheme, height, syncKey, onZoom === undefined]);

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const text = scheme === 'light' ? '#333a44' : '#c3c9d2';
    const grid = { stroke: scheme === 'light' ? '#e3e6ea' : '#353b45', width: 1 };
    const unit = new Set(series.map((one) => one.unit ?? '')).size === 1 ? series[0]?.unit : undefined;
    const made = new uPlot(
      {
        width: Math.max(100, element.clientWidth),
        height,
        legend: { show: false },
        cursor: {
          ...(syncKey === undefined ? {} : { sync: { key: syncKey } }),
          drag: { x: zoom.current !== undefined, y: false, setScale: false },
          points: { size: 6 },
        },
        scales: { x: { time: true, range: () => [bounds.current.from / 1000, bounds.current.to / 1000] } },
        axes: [
          { stroke: text, grid, ticks: grid },
          { stroke: text, grid, ticks: grid, size: 70, values: (_, ticks) => ticks.map((tick) => number(tick, unit)) },
        ],
        series: [
          {},
          ...series.flatMap((one, i) => {
            const color = colors[i] ?? 'gray';
            const edge = { stroke: 'transparent', width: 0, points: { show: false } };
            return [edge, edge, { label: one.label, stroke: color, width: 1.5, ...(one.dashed === true ? { dash: [6, 4] } : {}), points: { show: false } }];
          }),
        ],
        bands: series.map((_, i) => ({ series: [3 * i + 2, 3 * i + 1] as [number, number], fill: `${colors[i] ?? '#888888'}26` })),
        hooks: {
          setSelect: [
            (u) => {
              if (u.select.width < leastDrag) return;
              const begins = u.posToVal(u.select.left, 'x') * 1000;
              const ends = u.posToVal(u.select.left + u.select.width, 'x') * 1000;
              u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              zoom.current?.(begins, ends);
            },
          ],
          setCursor: [(u) => setCursor(u.cursor.idx ?? null)],
          draw: [(u) => drawMarks(u, shownMarks.current, scheme)],
        },
      },
      plotDataOf(data),
      element,
    );
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [kind]);

  useEffect(() => {
    plot.current?.setData(plotDataOf(data));
  }, [data, from, to, marks]);
  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height });
  }, [width, height]);

  return (
    <div ref={box}>
      <div ref={place} role="img" aria-label={label ?? t('chart.title', { names: series.map((one) => one.label).join(', ') })} />
      <Table className={classes.legend} verticalSpacing={2} withRowBorders={false}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('chart.series')}</Table.Th>
            <Table.Th ta="right">{t(cursor === null ? 'chart.last' : 'chart.here')}</Table.Th>
            <Table.Th ta="right">{t('chart.min')}</Table.Th>
            <Table.Th ta="right">{t('chart.max')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {series.map((one, i) => {
            const sum = summaryOf(one);
            const here = cursor === null ? sum.last : (data[3 * i + 3]?.[cursor] ?? null);
            const show = (value: number | null) => (value === null ? '–' : number(value, one.unit));
            return (
              <Table.Tr key={`${i} ${one.label}`}>
                <Table.Td>
                  <svg width="22" height="8" aria-hidden>
                    <line x1="0" x2="22" y1="4" y2="4" stroke={colors[i]} strokeWidth="2.5" strokeDasharray={one.dashed === true ? '5 3' : undefined} />
                  </svg>{' '}
                  <Name>{one.label}</Name>
                </Table.Td>
                <Table.Td ta="right">{show(here)}</Table.Td>
                <Table.Td ta="right">{show(sum.min)}</Table.Td>
                <Table.Td ta="right">{show(sum.max)}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
      {(marks?.length ?? 0) > 0 && (
        <ul className={classes.marks}>
          {marks?.slice(0, 20).map((mark, i) => (
            <li key={i}>
              <Name>{mark.label}</Name>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function plotDataOf(data: (number | null)[][]): uPlot.AlignedData {
  return data as unknown as uPlot.AlignedData;
}

/** Alerts: a line where one began, a shade for as long as it lasted. */
function drawMarks(u: uPlot, marks: NonNullable<ChartProps['marks']>, scheme: 'light' | 'dark'): void {
  const { ctx } = u;
  const { left, top, width, height } = u.bbox;
  ctx.save();
  for (const mark of marks) {
    const color = (MARKS[mark.severity] ?? MARKS['info'])?.[scheme === 'light' ? 0 : 1] ?? 'gray';
    const x = Math.max(left, u.valToPos(mark.at / 1000, 'x', true));
    const end = Math.min(left + width, u.valToPos((mark.until ?? Date.now()) / 1000, 'x', true));
    if (end < left || x > left + width) continue;
    ctx.globalAlpha = 0.12;
    ctx.fillStyle = color;
    ctx.fillRect(x, top, Math.max(1, end - x), height);
    ctx.globalAlpha = 1;
    ctx.fillRect(x, top, 2, height);
  }
  ctx.restore();
}
