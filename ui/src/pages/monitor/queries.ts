import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, ok, okWithTag, type Schemas } from '@/api/client';
import type { Range } from '@/ui/range';
import { isLive, refreshMs, resolve, type Span } from './range';

export type Monitor = Schemas['MonitorDetail'];
export type Results = Schemas['Results'];
export type SetResult = Schemas['SetResult'];
export type Round = Schemas['Round'];
export type Incident = Schemas['Incident'];

const ROUNDS_PAGE = 100;
const MOST_ROUNDS = 500;
/** Pages of MOST_ROUNDS that a state timeline may cost; longer ranges show buckets. */
const MOST_PAGES = 4;
const BUCKETS = 120;
/** Events are the quick way to new states; this is for those who get none. */
const EVERY_MS = 15_000;

/** Where the document knows a table as text, too, which only comes to who asks for it. */
function parsed<T>(answer: T | string): T {
  if (typeof answer === 'string') throw new Error('BUG: text instead of JSON');
  return answer;
}

function path(id: string) {
  return { path: { id } };
}

export function detailQuery(id: string) {
  return queryOptions({
    queryKey: ['monitor', id, 'detail'],
    queryFn: ({ signal }) => okWithTag(api.GET('/api/v1/monitors/{id}', { params: path(id), signal })),
    refetchInterval: (query) => Math.min(Math.max(query.state.data?.data.interval_ms ?? EVERY_MS, 2_000), EVERY_MS),
  });
}

/** The detail tells when there are new ones (useLiveMonitor). */
export function resultsQuery(id: string) {
  return queryOptions({
    queryKey: ['monitor', id, 'results'],
    queryFn: async ({ signal }) =>
      parsed<Results>(await ok(api.GET('/api/v1/monitors/{id}/results', { params: path(id), signal }))),
  });
}

export function definitionQuery(app: string | undefined) {
  return queryOptions({
    queryKey: ['definitions', app, 'names'],
    queryFn: async ({ signal }) =>
      parsed<Schemas['Definition']>(
        await ok(api.GET('/api/v1/definitions/{name}', { params: { path: { name: app! } }, signal })),
      ),
    enabled: app !== undefined && app !== '',
    staleTime: 5 * 60_000,
    retry: false, // names are nicer than keys, but a page does without
  });
}

function times(span: Span): { from: string; to: string } {
  return { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() };
}

function liveInterval(range: Range, intervalMs: number) {
  return () => {
    const now = Date.now();
    return isLive(range, now) && refreshMs(intervalMs, resolve(range, now));
  };
}

export interface HistoryOrder {
  monitor: string;
  set: string;
  field: string;
  range: Range;
  shift: number;
  intervalMs: number;
}

/** A field over the range, measured `shift` ms earlier; `span` is what is drawn. */
export function historyQuery({ monitor, set, field, range, shift, intervalMs }: HistoryOrder) {
  return queryOptions({
    queryKey: ['monitor', monitor, 'history', set, field, range, shift],
    queryFn: async ({ signal }) => {
      const span = resolve(range, Date.now());
      const query = { set, field, ...times({ from: Math.max(span.from - shift, 0), to: span.to - shift }) };
      const answer = await ok(
        api.GET('/api/v1/monitors/{id}/history', { params: { path: { id: monitor }, query }, signal }),
      );
      return { span, history: parsed<Schemas['History']>(answer) };
    },
    // What was yesterday does not change, but its window moves along.
    refetchInterval: liveInterval(range, intervalMs),
    placeholderData: keepPreviousData,
  });
}

export function beatsQuery(id: string, range: Range, intervalMs: number) {
  return queryOptions({
    queryKey: ['monitor', id, 'beats', range],
    queryFn: async ({ signal }) => {
      const span = resolve(range, Date.now());
      const answer = await ok(
        api.GET('/api/v1/monitors/heartbeats', {
          params: { query: { ids: id, buckets: BUCKETS, ...times(span) } },
          signal,
        }),
      );
      return { span, stepMs: answer.step_ms, beats: answer.monitors[0]?.buckets ?? [] };
    },
    refetchInterval: liveInterval(range, intervalMs),
    placeholderData: keepPreviousData,
  });
}

/** Whether single rounds of so many sets over the range are few enough to be read. */
export function fitsRounds(range: Range, intervalMs: number, sets: number): boolean {
  const { from, to } = resolve(range, Date.now());
  return intervalMs > 0 && ((to - from) / intervalMs) * Math.max(sets, 1) < MOST_PAGES * MOST_ROUNDS;
}

/** All rounds of the range; null: there are more than can be read. */
export function allRoundsQuery(id: string, range: Range, intervalMs: number, enabled: boolean) {
  return queryOptions({
    queryKey: ['monitor', id, 'rounds', 'all', range],
    queryFn: async ({ signal }) => {
      const span = resolve(range, Date.now());
      const rounds: Round[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < MOST_PAGES; page++) {
        const query: { from: string; to: string; limit: number; cursor?: string } = { ...times(span), limit: MOST_ROUNDS };
        if (cursor !== null) query.cursor = cursor;
        const answer: Schemas['RoundPage'] = await ok(
          api.GET('/api/v1/monitors/{id}/rounds', { params: { path: { id }, query }, signal }),
        );
        rounds.push(...answer.rounds);
        cursor = answer.next_cursor;
        if (cursor === null) return { span, rounds };
      }
      return { span, rounds: null };
    },
    refetchInterval: liveInterval(range, intervalMs),
    placeholderData: keepPreviousData,
    enabled,
  });
}

export function lastRoundsQuery(id: string) {
  return queryOptions({
    queryKey: ['monitor', id, 'rounds', 'last'],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/monitors/{id}/rounds', { params: { path: { id }, query: { limit: 20 } }, signal })),
  });
}

/** Pages behind one another, of a span that stands still while somebody reads. */
export function roundsQuery(id: string, span: Span) {
  return infiniteQueryOptions({
    queryKey: ['monitor', id, 'rounds', 'pages', span],
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/api/v1/monitors/{id}/rounds', {
          params: { path: { id }, query: { ...times(span), limit: ROUNDS_PAGE, ...(pageParam !== '' && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    gcTime: 30_000, // each look at the newest ones is of another span
  });
}

/** The newest incidents of the monitor that began before the end of the range. */
export function marksQuery(id: string, range: Range) {
  return queryOptions({
    queryKey: ['incidents', 'monitor', id, 'marks', range],
    queryFn: async ({ signal }) => {
      const span = resolve(range, Date.now());
      const { incidents } = await ok(
        api.GET('/api/v1/incidents', { params: { query: { monitor: id, to: times(span).to, limit: 200 } }, signal }),
      );
      return incidents.filter((one) => one.ended === null || Date.parse(one.ended) >= span.from);
    },
    placeholderData: keepPreviousData,
  });
}

export function incidentsQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ['incidents', 'monitor', id, 'pages'],
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/api/v1/incidents', {
          params: { query: { monitor: id, limit: 50, ...(pageParam !== 0 && { before: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
  });
}

/** All that the server keeps, newest first: it has no filter by monitor. */
export const eventsQuery = queryOptions({
  queryKey: ['events', 'latest'],
  queryFn: async ({ signal }) => {
    const answer = await ok(api.GET('/api/v1/events', { params: { query: { limit: 1000 } }, signal }));
    return parsed<Schemas['Events']>(answer).events.toReversed();
  },
});

export function admissionQuery(monitor: Pick<Monitor, 'app' | 'interval_ms' | 'criticality'>) {
  const query = {
    app: monitor.app,
    criticality: monitor.criticality,
    ...(monitor.interval_ms > 0 && { interval: `${monitor.interval_ms}ms` }),
  };
  return queryOptions({
    queryKey: ['memory', 'admission', query],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/admission', { params: { query }, signal })),
  });
}
