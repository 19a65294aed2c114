import { useCallback, useEffect, useRef, useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import { ProblemError } from '@/api/problem';
import type { Incident } from './queries';

/** What somebody does about an incident. */
export type Action =
  | { verb: 'acknowledge'; undo?: boolean; text?: string }
  | { verb: 'assign'; assignee: string }
  | { verb: 'comment'; text: string }
  | { verb: 'snooze'; until: string | null; text?: string }
  | { verb: 'resolve'; text?: string }
  | { verb: 'link'; incident: number | null; text?: string };

export function act(id: number, action: Action): Promise<Incident> {
  const params = { path: { name: id } };
  switch (action.verb) {
    case 'acknowledge': {
      const { verb: _, ...body } = action;
      return ok(api.POST('/api/v1/incidents/{name}/acknowledge', { params, body }));
    }
    case 'assign':
      return ok(api.POST('/api/v1/incidents/{name}/assign', { params, body: { assignee: action.assignee } }));
    case 'comment':
      return ok(api.POST('/api/v1/incidents/{name}/comment', { params, body: { text: action.text } }));
    case 'snooze': {
      const { verb: _, ...body } = action;
      return ok(api.POST('/api/v1/incidents/{name}/snooze', { params, body }));
    }
    case 'resolve': {
      const { verb: _, ...body } = action;
      return ok(api.POST('/api/v1/incidents/{name}/resolve', { params, body }));
    }
    case 'link': {
      const { verb: _, ...body } = action;
      return ok(api.POST('/api/v1/incidents/{name}/link', { params, body }));
    }
  }
}

export function useAct(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: Action) => act(id, action),
    // Also after an error: a conflict means that it is not as it was shown.
    onSettled: () => client.invalidateQueries({ queryKey: ['incidents'] }),
  });
}

export interface Bulk {
  /** null: nothing is under way. */
  progress: { done: number; total: number } | null;
  /** Which were not changed, and why. */
  failures: { id: number; error: unknown }[];
  run: (ids: readonly number[], action: Action) => Promise<number>;
  stop: () => void;
}

/** The same action on many incidents, one request each: the server has none for all. */
export function useBulk(): Bulk {
  const client = useQueryClient();
  const [progress, setProgress] = useState<Bulk['progress']>(null);
  const [failures, setFailures] = useState<Bulk['failures']>([]);
  const stopped = useRef(false);
  useEffect(
    () => () => {
      stopped.current = true;
    },
    [],
  );

  const run = useCallback(
    async (ids: readonly number[], action: Action) => {
      stopped.current = false;
      const failed: Bulk['failures'] = [];
      let done = 0;
      let changed = 0;
      let next = 0;
      setFailures([]);
      setProgress({ done, total: ids.length });
      const worker = async () => {
        while (next < ids.length && !stopped.current) {
          const id = ids[next++] as number;
          try {
            await act(id, action);
            changed++;
          } catch (error) {
            failed.push({ id, error });
            // Who is not let in, or has no server, fails with all of them.
            if (!(error instanceof ProblemError) || error.kind !== 'problem' || error.status === 401) stopped.current = true;
          }
          setProgress({ done: ++done, total: ids.length });
        }
      };
      await Promise.all([worker(), worker(), worker(), worker()]);
      setProgress(null);
      setFailures(failed);
      await client.invalidateQueries({ queryKey: ['incidents'] });
      return changed;
    },
    [client],
  );
  const stop = useCallback(() => {
    stopped.current = true;
  }, []);
  return { progress, failures, run, stop };
}
