import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';

/**
 * Events tell of monitors that go down and come back, but not of those that are checked for the first time, get stale or
 * are paused, and who sees some folders only gets none: the counts are asked for as well, this often.
 */
const EVERY_MS = 15_000;

export const summaryQuery = queryOptions({
  queryKey: ['summary'],
  queryFn: ({ signal }) => ok(api.GET('/api/v1/summary', { signal })),
  refetchInterval: EVERY_MS,
});

export const changedQuery = queryOptions({
  queryKey: ['monitors', 'changed'],
  queryFn: ({ signal }) =>
    ok(api.GET('/api/v1/monitors', { params: { query: { sort: 'since', order: 'desc', limit: 10 } }, signal })),
  refetchInterval: EVERY_MS,
});

export const openIncidentsQuery = queryOptions({
  queryKey: ['incidents', 'open'],
  queryFn: ({ signal }) =>
    ok(api.GET('/api/v1/incidents', { params: { query: { open: 'true', limit: 8 } }, signal })),
  refetchInterval: 2 * EVERY_MS,
});

/** Whether there is anybody to be told of an incident. */
export const receiversQuery = queryOptions({
  queryKey: ['alerts', 'receivers', 'any'],
  queryFn: ({ signal }) => ok(api.GET('/api/v1/alerts/receivers', { params: { query: { limit: 1 } }, signal })),
  staleTime: 60_000,
});

export const memoryQuery = queryOptions({
  queryKey: ['memory'],
  queryFn: ({ signal }) => ok(api.GET('/api/v1/memory', { signal })),
  refetchInterval: EVERY_MS,
});

export const scheduleQuery = queryOptions({
  queryKey: ['schedule'],
  queryFn: ({ signal }) => ok(api.GET('/api/v1/schedule', { signal })),
  refetchInterval: EVERY_MS,
});

/** The server keeps 500, and gives the oldest first: all of them, since the newest are wanted. */
export const eventsQuery = queryOptions({
  queryKey: ['events', 'latest'],
  queryFn: async ({ signal }): Promise<Schemas['Event'][]> => {
    const answer = await ok(api.GET('/api/v1/events', { params: { query: { limit: 1000 } }, signal }));
    // The document allows a stream of text, too, which is only sent to who asks for it.
    return typeof answer === 'string' ? [] : [...answer.events].reverse();
  },
});

export interface WallScope {
  folder?: string;
  app?: string;
}

export function wallQuery(scope: WallScope, enabled: boolean) {
  return queryOptions({
    queryKey: ['monitors', 'wall', scope],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/monitors', { params: { query: { ...scope, sort: 'state', limit: 400 } }, signal })),
    refetchInterval: EVERY_MS,
    placeholderData: keepPreviousData,
    enabled,
  });
}

export const foldersQuery = queryOptions({
  queryKey: ['folders'],
  queryFn: ({ signal }) => ok(api.GET('/api/v1/folders', { signal })),
});
