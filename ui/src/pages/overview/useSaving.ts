import { useCallback, useEffect, useRef, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import { fieldsOf, keyOf, type Draft, type Suggestion } from './suggestions';

export interface Saving {
  saved: Record<string, string>;
  failed: Record<string, unknown>;
  /** null: nothing is being saved. */
  progress: { done: number; total: number } | null;
  save: (wanted: { suggestion: Suggestion; draft: Draft }[]) => Promise<void>;
  stop: () => void;
}

/** Makes monitors of suggestions, one after the other: one that is refused holds up no other. */
export function useSaving(): Saving {
  const client = useQueryClient();
  const [saved, setSaved] = useState<Record<string, string>>({});
  const [failed, setFailed] = useState<Record<string, unknown>>({});
  const [progress, setProgress] = useState<Saving['progress']>(null);
  const stopped = useRef(false);
  useEffect(
    () => () => {
      stopped.current = true;
    },
    [],
  );

  const save = useCallback(
    async (wanted: { suggestion: Suggestion; draft: Draft }[]) => {
      stopped.current = false;
      setFailed({});
      for (const [done, { suggestion, draft }] of wanted.entries()) {
        if (stopped.current) break;
        setProgress({ done, total: wanted.length });
        const key = keyOf(suggestion);
        try {
          const made = await ok(api.POST('/api/v1/monitors', { body: fieldsOf(suggestion, draft) }));
          setSaved((before) => ({ ...before, [key]: made.id }));
        } catch (error) {
          setFailed((before) => ({ ...before, [key]: error }));
        }
      }
      setProgress(null);
      void client.invalidateQueries({ queryKey: ['summary'] });
      void client.invalidateQueries({ queryKey: ['monitors'], predicate: ({ queryKey }) => queryKey[1] !== 'trial' });
    },
    [client],
  );
  const stop = useCallback(() => {
    stopped.current = true;
  }, []);
  return { saved, failed, progress, save, stop };
}
