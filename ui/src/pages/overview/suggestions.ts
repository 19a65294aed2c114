import { queryOptions } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';

export type Suggestion = Schemas['Suggestion'];

/** What a suggestion becomes once somebody has completed it. */
export interface Draft {
  name: string;
  folder: string;
  params: Record<string, string>;
}

export function fieldsOf(suggestion: Suggestion, draft: Draft): Schemas['MonitorFields'] {
  return {
    name: draft.name.trim(),
    app: suggestion.app,
    params: { ...suggestion.params, ...draft.params },
    ...(draft.folder !== '' && { folder: draft.folder }),
  };
}

/** What stands between a suggestion and a trial of it. */
export function stillMissing(suggestion: Suggestion, draft: Draft): string[] {
  return suggestion.missing.filter((field) => (draft.params[field] ?? '') === '');
}

export function keyOf(suggestion: Suggestion): string {
  return JSON.stringify([suggestion.app, suggestion.port, suggestion.params]);
}

/** The server tries four monitors at once for everybody; two of them leave room for others. */
const AT_ONCE = 2;
let running = 0;
const queue: (() => void)[] = [];

/** Runs `work` when there is a place, or not at all if `signal` ends the waiting before. */
export async function inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (running < AT_ONCE) running++;
  else await place(signal);
  try {
    return await work();
  } finally {
    const next = queue.shift();
    // A place is handed on, so that nobody who comes now is before those who wait.
    if (next) next();
    else running--;
  }
}

function place(signal: AbortSignal): Promise<void> {
  return new Promise((go, stop) => {
    queue.push(go);
    signal.addEventListener(
      'abort',
      () => {
        const at = queue.indexOf(go);
        if (at >= 0) queue.splice(at, 1);
        stop(signal.reason);
      },
      { once: true },
    );
  });
}

export function trialQuery(fields: Schemas['MonitorFields'], enabled: boolean) {
  // Name and folder change nothing about what the target answers.
  const { app, params, ...others } = fields;
  return queryOptions({
    queryKey: ['monitors', 'trial', app, params, others.folder ?? ''],
    queryFn: ({ signal }) =>
      inTurn(signal, () => ok(api.POST('/api/v1/monitors/test', { body: fields, signal }))),
    staleTime: Infinity,
    enabled,
  });
}

/** Whether there is memory and time for it, and whether the name is free. */
export function admissionQuery(fields: Schemas['MonitorFields'], enabled: boolean) {
  return queryOptions({
    queryKey: ['monitors', 'check', fields],
    queryFn: ({ signal }) => ok(api.POST('/api/v1/monitors/check', { body: fields, signal })),
    staleTime: 30_000,
    enabled,
  });
}

export function definitionQuery(app: string, enabled: boolean) {
  return queryOptions({
    queryKey: ['definitions', app],
    queryFn: async ({ signal }) => {
      const answer = await ok(api.GET('/api/v1/definitions/{name}', { params: { path: { name: app } }, signal }));
      return typeof answer === 'string' ? undefined : answer;
    },
    staleTime: 300_000,
    enabled,
  });
}
