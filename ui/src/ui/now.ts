import { useSyncExternalStore } from 'react';

const tickMs = 1000;
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

function watch(changed: () => void): () => void {
  watchers.add(changed);
  if (timer === undefined) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const one of watchers) one();
    }, tickMs);
  }
  return () => {
    watchers.delete(changed);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time as of the last second, from one clock for the whole page. `coarseMs`: changes only that often. */
export function useNow(coarseMs = tickMs): number {
  return useSyncExternalStore(watch, () => (timer === undefined ? Date.now() : now) - ((timer === undefined ? Date.now() : now) % coarseMs));
}
