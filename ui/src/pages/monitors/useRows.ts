import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useQueries, useQueryClient } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { useConnection, useLive } from '@/api/live';
import { queryOf, type Filter, type Row } from './filter';

export const pageRows = 100;
/** Of one request for heartbeats; the API takes 64. */
const beatRows = 50;
const everyMs = 15_000;
const liveMs = 500;

export interface Rows {
  at: (index: number) => Row | undefined;
  /** undefined: nobody knows yet. */
  total: number | undefined;
  error: Error | null;
  retry: () => void;
  /** To be called with the places that are seen. */
  see: (first: number, last: number) => void;
}

/** Pages from `first` to `last` row, so that what is seen is loaded and nothing else. */
export function pagesOf(first: number, last: number): number[] {
  const from = Math.max(0, Math.floor(first / pageRows));
  const to = Math.max(from, Math.floor(last / pageRows));
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** The monitors of a filter, by place. Only the pages that are seen are asked for, and asked for again. */
export function useRows(filter: Filter): Rows {
  const client = useQueryClient();
  const [range, setRange] = useState<[number, number]>([0, 0]);
  const query = useMemo(() => queryOf(filter), [filter]);
  const key = JSON.stringify(query);
  const pages = pagesOf(...range);
  const answers = useQueries({
    queries: pages.map((page) => ({
      queryKey: ['monitors', 'page', key, page],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        ok(api.GET('/api/v1/monitors', { params: { query: { ...query, offset: page * pageRows, limit: pageRows } }, signal })),
      refetchInterval: everyMs,
      // While a filter is typed the old rows stay until the new ones are here.
      placeholderData: (old: Schemas['MonitorPage'] | undefined) => old,
    })),
  });
  const byPage = new Map(pages.map((page, i) => [page, answers[i]?.data]));
  const known = useRef<number | undefined>(undefined);
  const total = answers.find((one) => one.data !== undefined)?.data?.total;
  if (total !== undefined) known.current = total;

  // A storm of events asks twice a second at most.
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const refresh = useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      void client.invalidateQueries({ queryKey: ['monitors', 'page'] });
    }, liveMs);
  }, [client]);
  useEffect(() => () => void (timer.current !== null && clearTimeout(timer.current)), []);
  useLive(['monitor.state', 'job', 'reload', 'definitions'], refresh);
  const connection = useConnection();
  useEffect(() => {
    if (connection === 'live') refresh();
  }, [connection, refresh]);
  useEffect(() => setRange([0, 0]), [key]);

  return {
    at: (index) => byPage.get(Math.floor(index / pageRows))?.monitors[index % pageRows],
    total: total ?? known.current,
    error: answers.find((one) => one.isError)?.error ?? null,
    retry: () => void client.invalidateQueries({ queryKey: ['monitors', 'page'] }),
    see: useCallback((first: number, last: number) => setRange((old) => (samePages(old, first, last) ? old : [first, last])), []),
  };
}

function samePages(old: [number, number], first: number, last: number): boolean {
  return String(pagesOf(...old)) === String(pagesOf(first, last)) && Math.abs(old[0] - first) < beatRows;
}

export interface Beats {
  from: number;
  to: number;
  step: number;
  beats: Schemas['Heartbeat'][];
}

/** Heartbeats of the last hour of the rows that are seen, by id. */
export function useBeats(ids: string[]): Map<string, Beats> {
  const parts: string[][] = [];
  for (let i = 0; i < ids.length; i += beatRows) parts.push(ids.slice(i, i + beatRows));
  const answers = useQueries({
    queries: parts.map((part) => ({
      queryKey: ['monitors', 'beats', part],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        ok(api.GET('/api/v1/monitors/heartbeats', { params: { query: { ids: part.join(','), from: '-1h', buckets: 30 } }, signal })),
      staleTime: everyMs,
      refetchInterval: 2 * everyMs,
      placeholderData: (old: Schemas['HeartbeatList'] | undefined) => old,
    })),
  });
  const out = new Map<string, Beats>();
  for (const { data } of answers) {
    if (data === undefined) continue;
    const common = { from: Date.parse(data.from ?? ''), to: Date.parse(data.to ?? ''), step: data.step_ms };
    for (const one of data.monitors) out.set(one.id, { ...common, beats: one.buckets });
  }
  return out;
}
