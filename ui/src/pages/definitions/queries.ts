import { queryOptions } from '@tanstack/react-query';
import { api, ok, okWithTag, type Schemas } from '@/api/client';

export type Definition = Schemas['Definition'];

export const definitionQuery = (name: string) =>
  queryOptions({
    queryKey: ['definitions', name],
    queryFn: async ({ signal }): Promise<Definition> => {
      const answer = await ok(api.GET('/api/v1/definitions/{name}', { params: { path: { name } }, signal }));
      if (typeof answer === 'string') throw new Error('the definition came as a text');
      return answer;
    },
  });

/** The text as it was written, and its tag. `version`: one that the catalog keeps. */
export const textQuery = (name: string, version?: number) =>
  queryOptions({
    queryKey: ['definitions', name, 'text', version ?? 'in force'],
    queryFn: async ({ signal }) => {
      const { data, etag } = await okWithTag(
        api.GET('/api/v1/definitions/{name}', {
          params: { path: { name }, query: { format: 'yaml', ...(version === undefined ? {} : { version }) } },
          parseAs: 'text',
          signal,
        }),
      );
      return { text: String(data), etag };
    },
    refetchOnWindowFocus: false,
  });

export const versionsQuery = (name: string) =>
  queryOptions({
    queryKey: ['definitions', name, 'versions'],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/definitions/{name}/versions', { params: { path: { name } }, signal })),
  });
