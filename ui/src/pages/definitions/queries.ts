import { queryOptions } from '@tanstack/react-query';
import { api, ok, okWithTag, type Schemas } from '@/api/client';

export type Definition = Schemas['Definition'];
/** A text as it was written, and the tag of what is in force. */
export interface Written {
  text: string;
  etag: string | null;
}

export const definitionQuery = (name: string) =>
  queryOptions({
    queryKey: ['definitions', name],
    queryFn: async ({ signal }): Promise<Definition> => {
      const answer = await ok(api.GET('/api/v1/definitions/{name}', { params: { path: { name } }, signal }));
      if (typeof answer === 'string') throw new Error('the definition came as a text');
      return answer;
    },
  });

/** `version`: one that the catalog keeps; else what is in force. */
export async function readText(name: string, version?: number, signal?: AbortSignal): Promise<string> {
  const text = await ok(
    api.GET('/api/v1/definitions/{name}', {
      params: { path: { name }, query: { format: 'yaml', ...(version === undefined ? {} : { version }) } },
      parseAs: 'text',
      ...(signal === undefined ? {} : { signal }),
    }),
  );
  return String(text);
}

/**
 * A text has no tag of its own. The tag is asked for first: of two that do not belong together the tag is the older one then,
 * and what is saved on it is refused.
 */
export async function readWritten(name: string, signal?: AbortSignal): Promise<Written> {
  const { etag } = await okWithTag(api.GET('/api/v1/definitions/{name}', { params: { path: { name } }, ...(signal === undefined ? {} : { signal }) }));
  return { etag, text: await readText(name, undefined, signal) };
}

export const textQuery = (name: string, version?: number) =>
  queryOptions({
    queryKey: ['definitions', name, 'text', version ?? 'in force'],
    queryFn: ({ signal }) => readText(name, version, signal),
    refetchOnWindowFocus: false,
  });

export const versionsQuery = (name: string) =>
  queryOptions({
    queryKey: ['definitions', name, 'versions'],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/definitions/{name}/versions', { params: { path: { name } }, signal })),
  });

/** The tag of what is in force: the version of the catalog, 0 where a file's counts. */
export const tagOf = (definition: Definition) => `"${definition.version ?? 0}"`;

export function put(name: string, text: string, tag: string | null): Promise<Schemas['DefinitionReport']> {
  const header = tag === null ? {} : { 'If-Match': tag };
  return ok(api.PUT('/api/v1/definitions/{name}', { params: { path: { name }, header }, body: { text } }));
}
