import { useCallback, useEffect, useRef } from 'react';
import { useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useConnection, useLive } from '@/api/live';

/** A storm of events asks the server once in this time. */
const PAUSE_MS = 2000;

/**
 * Asks again for what lies under `keys` after events of these kinds, and when the stream of events is back, since nobody
 * knows what it has missed. The first event asks at once; those that follow wait for the pause to end.
 * Both arrays must be constants of a module.
 */
export function useRefresh(kinds: string[], keys: readonly QueryKey[]): void {
  const client = useQueryClient();
  const connection = useConnection();
  const pause = useRef<ReturnType<typeof setTimeout> | null>(null);
  const wanted = useRef(false);

  const ask = useCallback(() => {
    if (pause.current !== null) {
      wanted.current = true;
      return;
    }
    for (const queryKey of keys) void client.invalidateQueries({ queryKey });
    pause.current = setTimeout(() => {
      pause.current = null;
      if (!wanted.current) return;
      wanted.current = false;
      ask();
    }, PAUSE_MS);
  }, [client, keys]);

  useEffect(
    () => () => {
      if (pause.current !== null) clearTimeout(pause.current);
      pause.current = null;
      wanted.current = false;
    },
    [],
  );

  const wasAway = useRef(false);
  useEffect(() => {
    if (connection === 'offline') wasAway.current = true;
    if (connection !== 'live' || !wasAway.current) return;
    wasAway.current = false;
    ask();
  }, [connection, ask]);

  useLive(kinds, ask);
}
