import { queryOptions } from '@tanstack/react-query';
import { api, ok, okWithTag, type Schemas } from '@/api/client';

export type View = Schemas['StatusView'];
export type Component = View['groups'][number]['components'][number];
export type Spec = Schemas['StatusPageSpec'];
export type Announcement = Schemas['StatusViewAnnouncement'];
export type AnnouncementState = Announcement['state'];

/** The server's own answers are a few seconds old at most. */
const everyMs = 60_000;

export const pagesQuery = queryOptions({
  queryKey: ['status', 'pages'],
  queryFn: ({ signal }) => ok(api.GET('/api/v1/status-pages', { signal })),
});

export const pageQuery = (slug: string) =>
  queryOptions({
    queryKey: ['status', 'page', slug],
    queryFn: ({ signal }) => okWithTag(api.GET('/api/v1/status-pages/{slug}', { params: { path: { slug } }, signal })),
    refetchOnWindowFocus: false, // it is being edited
  });

export const announcementsQuery = (slug: string) =>
  queryOptions({
    queryKey: ['status', 'announcements', slug],
    queryFn: ({ signal }) =>
      ok(api.GET('/api/v1/status-pages/{slug}/announcements', { params: { path: { slug }, query: { limit: 50 } }, signal })),
  });

export const viewQuery = (slug: string) =>
  queryOptions({
    queryKey: ['status', 'view', slug],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/status/{slug}', { params: { path: { slug } }, signal })),
    refetchInterval: everyMs,
  });

export const historyQuery = (slug: string) =>
  queryOptions({
    queryKey: ['status', 'history', slug],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/status/{slug}/history', { params: { path: { slug } }, signal })),
    refetchInterval: 5 * everyMs,
  });
