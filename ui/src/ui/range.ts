/** A stretch of time that is looked at: the last so long, or from one moment to another (milliseconds since 1970). */
export type Range = { last: string } | { from: number; to: number };

export const LASTS = ['15m', '1h', '6h', '24h', '7d', '30d', '90d'] as const;
const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of "6h"; null for what is none. */
export function lengthOf(last: string): number | null {
  const found = /^(\d{1,5})([mhd])$/.exec(last);
  const unit = UNITS[found?.[2] ?? ''];
  return found === null || unit === undefined ? null : Number(found[1]) * unit;
}

export function boundsOfRange(range: Range, now: number): { from: number; to: number } {
  if (!('last' in range)) return { from: range.from, to: range.to };
  return { from: now - (lengthOf(range.last) ?? 3_600_000), to: now };
}

/** For the address: {last: "6h"}, or {from, to} as whole seconds. */
export function rangeToSearch(range: Range): { last?: string; from?: string; to?: string } {
  if ('last' in range) return { last: range.last };
  return { from: String(Math.floor(range.from / 1000)), to: String(Math.ceil(range.to / 1000)) };
}

/** What an address says, if that can be; `fallback` otherwise. */
export function rangeOfSearch(search: Record<string, unknown>, fallback: Range = { last: '6h' }): Range {
  const from = Number(search['from']) * 1000;
  const to = Number(search['to']) * 1000;
  if (Number.isFinite(from) && Number.isFinite(to) && to > from) return { from, to };
  const last = search['last'];
  return typeof last === 'string' && lengthOf(last) !== null ? { last } : fallback;
}
