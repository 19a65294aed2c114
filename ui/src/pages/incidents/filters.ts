import type { Schemas } from '@/api/client';

export type Severity = Schemas['Incident']['severity'];
export const SEVERITIES: readonly Severity[] = ['emergency', 'critical', 'warning', 'info'];
export const LASTS = ['1h', '24h', '7d', '30d', '90d'] as const;

/** What the address of the list says. */
export interface Filters {
  show: 'open' | 'ended' | 'all';
  severity?: Severity;
  text?: string;
  monitor?: string;
  last?: (typeof LASTS)[number];
}

function one<T extends string>(values: readonly T[], value: unknown): T | undefined {
  return values.find((known) => known === value);
}

/** Text of an address: the router reads 12 as a number and true as a truth, which a search may well be for. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const text = String(value).slice(0, 256);
  return text === '' ? undefined : text;
}

/** What cannot be read is left out: an old link still shows a list. */
export function readFilters(search: Record<string, unknown>): Filters {
  const severity = one(SEVERITIES, search['severity']);
  const text = textOf(search['text']);
  const monitor = textOf(search['monitor']);
  const last = one(LASTS, search['last']);
  return {
    show: one(['open', 'ended', 'all'] as const, search['show']) ?? 'open',
    ...(severity && { severity }),
    ...(text !== undefined && { text }),
    ...(monitor !== undefined && /^[0-9a-f]{16}$/i.test(monitor) && { monitor }),
    ...(last && { last }),
  };
}

/** The shortest address that says the same. */
export function writeFilters(filters: Filters): Record<string, string> {
  const search: Record<string, string> = {};
  if (filters.show !== 'open') search['show'] = filters.show;
  for (const key of ['severity', 'text', 'monitor', 'last'] as const) {
    const value = filters[key];
    if (value) search[key] = value;
  }
  return search;
}

export function queryOf(filters: Filters) {
  return {
    ...(filters.show !== 'all' && { open: filters.show === 'open' ? ('true' as const) : ('false' as const) }),
    ...(filters.severity && { severity: filters.severity }),
    ...(filters.text && { text: filters.text }),
    ...(filters.monitor && { monitor: filters.monitor }),
    ...(filters.last && { from: `-${filters.last}` }),
  };
}
