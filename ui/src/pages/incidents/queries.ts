import { infiniteQueryOptions, keepPreviousData, queryOptions, type QueryKey } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { queryOf, type Filters } from './filters';

export type Incident = Schemas['Incident'];
export type IncidentDetail = Schemas['IncidentDetail'];
export type Notification = Schemas['Notification'];

const PAGE = 100;

/** Events are the quick way; this is for those who get none, since they see some folders only. */
const EVERY_MS = 60_000;

export const INCIDENT_KINDS = ['incident'];
export const INCIDENT_KEYS: QueryKey[] = [['incidents']];
export const NOTIFICATION_KINDS = ['notification', 'incident'];
export const NOTIFICATION_KEYS: QueryKey[] = [['notifications']];

export function incidentsQuery(filters: Filters) {
  return infiniteQueryOptions({
    queryKey: ['incidents', 'list', filters],
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/api/v1/incidents', {
          params: { query: { ...queryOf(filters), limit: PAGE, ...(pageParam !== 0 && { before: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    refetchInterval: EVERY_MS,
  });
}

export function incidentQuery(name: string) {
  return queryOptions({
    queryKey: ['incidents', 'one', name],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/incidents/{name}', { params: { path: { name: Number(name) } }, signal })),
    refetchInterval: EVERY_MS,
  });
}

export function caughtQuery(matchers: string, enabled: boolean) {
  return queryOptions({
    queryKey: ['incidents', 'caught', matchers],
    queryFn: ({ signal }) => ok(api.POST('/api/v1/alerts/silences/preview', { body: { matchers }, signal })),
    placeholderData: keepPreviousData,
    enabled,
  });
}

export interface NotificationFilters {
  state?: Notification['state'];
  receiver?: string;
}

export function notificationsQuery(filters: NotificationFilters) {
  return infiniteQueryOptions({
    queryKey: ['notifications', 'list', filters],
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/api/v1/notifications', {
          params: { query: { ...filters, limit: PAGE, ...(pageParam !== 0 && { before: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
}

export function notificationQuery(name: string) {
  return queryOptions({
    queryKey: ['notifications', 'one', name],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/notifications/{name}', { params: { path: { name: Number(name) } }, signal })),
    refetchInterval: 10_000,
  });
}

export const receiversQuery = queryOptions({
  queryKey: ['alerts', 'receivers', 'names'],
  queryFn: ({ signal }) => ok(api.GET('/api/v1/alerts/receivers', { params: { query: { limit: 1000 } }, signal })),
  staleTime: 60_000,
});
