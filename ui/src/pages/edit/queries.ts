import { queryOptions } from '@tanstack/react-query';
import { api, ok, okWithTag } from '@/api/client';

export const definitionQuery = (app: string) =>
  queryOptions({
    queryKey: ['definitions', app],
    queryFn: async ({ signal }) => {
      const answer = await ok(api.GET('/api/v1/definitions/{name}', { params: { path: { name: app } }, signal }));
      if (typeof answer === 'string') throw new Error('the definition came as a text');
      return answer;
    },
    enabled: app !== '',
  });

export const storedQuery = (id: string) =>
  queryOptions({
    queryKey: ['monitor', id, 'edit'],
    queryFn: ({ signal }) => okWithTag(api.GET('/api/v1/monitors/{id}', { params: { path: { id } }, signal })),
    // While somebody edits, what he began with stays.
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });

export const foldersQuery = queryOptions({
  queryKey: ['folders'],
  queryFn: ({ signal }) => ok(api.GET('/api/v1/folders', { signal })),
});
