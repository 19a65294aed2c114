import { useCallback, useEffect, useRef } from 'react';
import { useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useLive } from '@/api/live';
import { isOf } from './events';
import type { Monitor } from './queries';

const KINDS = ['monitor.state', 'incident', 'reload', 'definitions', 'memory.action'];
/** Where many states change at once, the server names the first ones and counts the others. */
const UNNAMED = 'in the same second';

/** Asks again for what has changed of a monitor: by events that may be about it, and by a new check. */
export function useLiveMonitor(id: string, monitor: Monitor | undefined): void {
  const client = useQueryClient();
  const ask = useCallback(
    (...parts: string[][]) => {
      for (const part of parts) void client.invalidateQueries({ queryKey: ['monitor', id, ...part] satisfies QueryKey });
    },
    [client, id],
  );

  useLive(KINDS, (event) => {
    if (event.kind === 'incident') {
      if (event.incident?.monitor !== id) return;
      void client.invalidateQueries({ queryKey: ['incidents', 'monitor', id] });
    } else if (event.kind === 'monitor.state') {
      if (monitor && !isOf(event, monitor) && !event.text.startsWith(UNNAMED)) return;
    }
    void client.invalidateQueries({ queryKey: ['events', 'latest'] });
    ask(['detail']);
  });

  // What the detail does not tell follows when it tells that there is something new.
  const check = `${monitor?.last_check} ${monitor?.version}`;
  const state = `${monitor?.state} ${monitor?.since}`;
  useOnChange(check, monitor !== undefined, () => ask(['results'], ['rounds', 'last']));
  useOnChange(state, monitor !== undefined, () => ask(['beats'], ['rounds', 'all']));
}

/** Calls `then` when a known value becomes another one; not for the first. */
function useOnChange(value: string, known: boolean, then: () => void): void {
  const before = useRef<string | null>(null);
  useEffect(() => {
    if (!known) return;
    const changed = before.current !== null && before.current !== value;
    before.current = value;
    if (changed) then();
  });
}
