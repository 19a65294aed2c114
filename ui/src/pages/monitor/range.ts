import { boundsOfRange, rangeOfSearch, rangeToSearch, type Range } from '@/ui/range';

/** From inclusive, to exclusive, in milliseconds since 1970. */
export interface Span {
  from: number;
  to: number;
}

export const COMPARISONS = ['day', 'week'] as const;
export type Comparison = (typeof COMPARISONS)[number];

const DAY_MS = 86_400_000;
const SHIFT_MS: Record<Comparison, number> = { day: DAY_MS, week: 7 * DAY_MS };
/** The API answers in steps of a second at least: below this a chart is a handful of points. */
const LEAST_MS = 10_000;
const LONGEST_MS = 3650 * DAY_MS;

/** The range that an address names; what cannot be read, or asked for, is as if it were not there. */
export function readRange(search: Record<string, unknown>, otherwise: Range): Range {
  const range = rangeOfSearch(search, otherwise);
  const { from, to } = boundsOfRange(range, LONGEST_MS);
  return from >= 0 && to - from >= LEAST_MS && to - from <= LONGEST_MS ? range : otherwise;
}

/** All keys of a range, so that those of the range before go away. */
export function writeRange(range: Range): { last: string | undefined; from: string | undefined; to: string | undefined } {
  return { last: undefined, from: undefined, to: undefined, ...rangeToSearch(range) };
}

export const resolve: (range: Range, now: number) => Span = boundsOfRange;

/** Whether the range gets new data as time passes. */
export function isLive(range: Range, now: number): boolean {
  return 'last' in range || range.to > now;
}

/** What a drag over a chart selects: whole seconds, either direction, never too short to show something. */
export function zoomed(one: number, other: number): Range {
  const from = Math.floor(Math.min(one, other) / 1000) * 1000;
  const to = Math.ceil(Math.max(one, other) / 1000) * 1000;
  const lacking = Math.max(LEAST_MS - (to - from), 0);
  return { from: from - Math.ceil(lacking / 2000) * 1000, to: to + Math.ceil(lacking / 2000) * 1000 };
}

/** Twice as long around the same middle; what would lie in the future is put in front. */
export function widened({ from, to }: Span, now: number): Range {
  const length = Math.min((to - from) * 2, LONGEST_MS);
  const end = Math.min(to + (to - from) / 2, Math.max(now, to));
  return { from: Math.max(Math.floor(end - length), 0), to: Math.ceil(end) };
}

export function readComparison(value: unknown): Comparison | undefined {
  return COMPARISONS.find((known) => known === value);
}

export function shiftOf(comparison: Comparison): number {
  return SHIFT_MS[comparison];
}

/** How often to ask again: each check brings one value, but a wide chart shows none of them before its step is over. */
export function refreshMs(intervalMs: number, span: Span): number {
  return Math.min(Math.max(intervalMs, (span.to - span.from) / 300, 5_000), 3_600_000);
}
