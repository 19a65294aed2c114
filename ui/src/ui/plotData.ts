import type { ChartSeries } from './Chart';

/** Told apart by people who see red and green alike, on white and on black. */
export const PALETTE = ['light-dark(#00664a,#3ddc97)', 'light-dark(#005a8c,#6cbcf0)', 'light-dark(#a34700,#f0a35e)', 'light-dark(#7b3fa0,#d39bf0)', 'light-dark(#6b4f00,#e8c547)', 'light-dark(#8c1d4f,#f59bc0)'];

export interface Plotted {
  /** Seconds, then three columns for each series: least, greatest, value. */
  data: (number | null)[][];
}

/** All series over the union of their times; where one has no point it has a gap of its own, as uPlot wants it. */
export function plotData(series: ChartSeries[]): Plotted {
  const times = [...new Set(series.flatMap((one) => one.points.map((point) => point.at)))].sort((a, b) => a - b);
  const place = new Map(times.map((time, i) => [time, i]));
  const columns: (number | null | undefined)[][] = [times.map((time) => time / 1000)];
  for (const one of series) {
    // undefined: no point of this series, the line goes on; null: a gap.
    const least = new Array<number | null | undefined>(times.length).fill(undefined);
    const greatest = new Array<number | null | undefined>(times.length).fill(undefined);
    const value = new Array<number | null | undefined>(times.length).fill(undefined);
    for (const point of one.points) {
      const i = place.get(point.at) ?? 0;
      least[i] = point.min ?? point.value;
      greatest[i] = point.max ?? point.value;
      value[i] = point.value;
    }
    columns.push(least, greatest, value);
  }
  return { data: columns as (number | null)[][] };
}

/** Of one series: what a screen reader is told instead of the picture. */
export function summaryOf(series: ChartSeries): { last: number | null; min: number | null; max: number | null } {
  let min: number | null = null;
  let max: number | null = null;
  let last: number | null = null;
  for (const point of series.points) {
    const low = point.min ?? point.value;
    const high = point.max ?? point.value;
    if (low !== null && low !== undefined && (min === null || low < min)) min = low;
    if (high !== null && high !== undefined && (max === null || high > max)) max = high;
    if (point.value !== null) last = point.value;
  }
  return { last, min, max };
}
