import type { Schemas } from '@/api/client';
import { PALETTE } from '@/ui/plotData';

/** A field of a monitor that is to be drawn; without labels all rows of its set. */
export interface Pick {
  monitor: string;
  set: string;
  field: string;
  labels?: string;
}

/** More than these nobody looks at, and each costs the browser a drawing. */
export const MOST_ROWS = 24;
const MOST_PICKS = 40;
const ID = /^[0-9a-f]{16}$/i;

/** "set/field" or "set/field/labels", each part percent-encoded; with the monitor in front where a page has several. */
export function writePick(pick: Pick, withMonitor: boolean): string {
  const parts = [...(withMonitor ? [pick.monitor] : []), pick.set, pick.field];
  if (pick.labels !== undefined) parts.push(pick.labels);
  return parts.map(encodeURIComponent).join('/');
}

function partsOf(text: string): string[] {
  try {
    return text.split('/').map(decodeURIComponent);
  } catch {
    return []; // no valid percent-encoding
  }
}

/** What an address names, each once; what cannot be read is left out. `monitor`: whose they are if they do not say. */
export function readPicks(value: unknown, monitor?: string): Pick[] {
  const texts = Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
  const picks = new Map<string, Pick>();
  for (const text of texts) {
    if (typeof text !== 'string' || picks.size >= MOST_PICKS) continue;
    const parts = partsOf(text);
    if (monitor !== undefined) parts.unshift(monitor);
    const [id, set, field, labels] = parts;
    if (parts.length > 4 || !id || !set || !field || !ID.test(id)) continue;
    picks.set(text, { monitor: id, set, field, ...(labels !== undefined && { labels }) });
  }
  return [...picks.values()];
}

export function isSameField(a: Pick, b: Pick): boolean {
  return a.monitor === b.monitor && a.set === b.set && a.field === b.field;
}

export interface LinePoint {
  at: number;
  value: number | null;
  min?: number | null;
  max?: number | null;
}

export interface Line {
  key: string;
  pick: Pick;
  labels: string;
  unit: string;
  points: LinePoint[];
  /** How much earlier than drawn it was measured. */
  shift: number;
}

function numberOf(value: number | string | null): number | null {
  const number = value === null || value === '' ? NaN : Number(value);
  return Number.isFinite(number) ? number : null;
}

/** Middle of the distances between neighbours: how far apart values usually are. */
function usualDistance(points: readonly LinePoint[]): number {
  const distances = points.slice(1).map((point, index) => point.at - points[index]!.at);
  distances.sort((a, b) => a - b);
  return distances[Math.floor(distances.length / 2)] ?? 0;
}

/** Puts a point without value wherever values are missing, so that no line leads over what nobody has measured. */
export function withGaps(points: readonly LinePoint[], stepMs: number): LinePoint[] {
  const usual = Math.max(usualDistance(points), stepMs);
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    const missing = before !== undefined && point.at - before.at > 2.5 * usual;
    return missing ? [{ at: before.at + usual, value: null, min: null, max: null }, point] : [point];
  });
}

function pointsOf(points: readonly Schemas['Point'][], stepMs: number, shift: number): LinePoint[] {
  const read = points.flatMap((point) => {
    if (point.time === null) return [];
    return [{ at: Date.parse(point.time) + shift, value: numberOf(point.avg), min: numberOf(point.min), max: numberOf(point.max) }];
  });
  return withGaps(read, stepMs);
}

/** Lines of one answer, in its order; of all rows, or of the one that was picked. */
export function linesOf(history: Schemas['History'], pick: Pick, shift = 0): Line[] {
  return history.series
    .filter((series) => pick.labels === undefined || series.labels === pick.labels)
    .map((series) => ({
      key: `${pick.monitor}/${series.series}/${shift}`,
      pick,
      labels: series.labels,
      unit: series.unit,
      points: pointsOf(series.points, history.step_ms, shift),
      shift,
    }));
}

export interface Drawing {
  unit: string;
  lines: Line[];
}

function rowOf(line: Line): string {
  return [line.pick.monitor, line.pick.set, line.pick.field, line.labels].join('\n');
}

/** Rows in the order of their first line, each with what it is compared with. */
function rowsOf(lines: readonly Line[]): Line[][] {
  const rows = new Map<string, Line[]>();
  for (const line of lines) rows.set(rowOf(line), [...(rows.get(rowOf(line)) ?? []), line]);
  return [...rows.values()];
}

/**
 * How lines are shared among charts: those of one unit lie over one another, since one axis cannot serve two, but not more rows
 * in a chart than there are colours. `left`: rows that are not drawn.
 */
export function drawingsOf(lines: readonly Line[]): { drawings: Drawing[]; left: number } {
  const rows = rowsOf(lines);
  const shown = rows.slice(0, MOST_ROWS);
  const drawings: Drawing[] = [];
  for (const unit of new Set(shown.map((row) => row[0]!.unit))) {
    const of = shown.filter((row) => row[0]!.unit === unit);
    for (let at = 0; at < of.length; at += PALETTE.length)
      drawings.push({ unit, lines: of.slice(at, at + PALETTE.length).flat() });
  }
  return { drawings, left: rows.length - shown.length };
}

/** The colour of each line of a chart: what is compared has the same. */
export function colorsOf(lines: readonly Line[]): string[] {
  const rows = [...new Set(lines.map(rowOf))];
  return lines.map((line) => PALETTE[rows.indexOf(rowOf(line)) % PALETTE.length]!);
}

/** A field that can be drawn, with the rows that it has. */
export interface NumericField {
  set: string;
  field: string;
  unit: string;
  rows: string[];
}

/** Those that decide on the state first. */
export function numericFields(results: Schemas['Results']): NumericField[] {
  const found = new Map<string, NumericField>();
  for (const set of [...results.results].sort((a, b) => a.priority - b.priority))
    for (const row of set.rows)
      for (const cell of row.cells) {
        if (cell.type !== 'number' || cell.series === '') continue;
        const key = `${set.set}\n${cell.field}`;
        const field = found.get(key) ?? { set: set.set, field: cell.field, unit: cell.unit, rows: [] };
        field.rows.push(row.labels);
        found.set(key, field);
      }
  return [...found.values()];
}
