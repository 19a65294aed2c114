import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { Schemas } from '@/api/client';

export type Connection = 'live' | 'connecting' | 'offline';
type Event = Schemas['Event'];
type Handler = (event: Event) => void;

const firstRetryMs = 1_000;
const lastRetryMs = 30_000;
const closeAfterUnusedMs = 5_000;
/** Browsers allow six connections to a server over all tabs: one that nobody sees gives its own back. */
const closeAfterHiddenMs = 30_000;
/** At first the server sends all events that it still has; what was before the page is in the page already. */
const replayMs = 1_500;
const oldMs = 60_000;

/**
 * The event stream of the tab: opened when the first page listens, closed when nobody does any more or nobody looks.
 * EventSource itself gives up on an answer that is no stream, e.g. while the server starts: then it is made anew, later
 * each time.
 */
export class LiveStream {
  private source: EventSource | null = null;
  private state: Connection = 'connecting';
  private wait = firstRetryMs;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = 0;
  private readonly handlers = new Set<{ kinds: Set<string> | null; handler: Handler }>();
  private readonly watchers = new Set<() => void>();
  private readonly gapWatchers = new Set<() => void>();

  constructor(private readonly path = '/api/v1/events/stream') {
    window.addEventListener('online', () => this.reconnect());
    window.addEventListener('offline', () => this.source !== null && this.lost());
    document.addEventListener('visibilitychange', () => this.seen(!document.hidden));
  }

  /** Of these kinds, or of all; returns what ends it. */
  listen(kinds: string[] | null, handler: Handler): () => void {
    const entry = { kinds: kinds === null ? null : new Set(kinds), handler };
    this.handlers.add(entry);
    if (this.source === null && this.state !== 'offline') this.open();
    return () => {
      this.handlers.delete(entry);
      if (this.handlers.size === 0) this.later(closeAfterUnusedMs, () => this.handlers.size === 0 && this.close());
    };
  }

  watch(changed: () => void): () => void {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  }

  /** Called when events were lost between two that came. */
  watchGaps(lost: () => void): () => void {
    this.gapWatchers.add(lost);
    return () => this.gapWatchers.delete(lost);
  }

  connection(): Connection {
    return this.state;
  }

  /** Now, instead of when it is due: the network is back, or somebody has logged in. */
  reconnect(): void {
    if (this.handlers.size === 0) return;
    this.drop();
    this.wait = firstRetryMs;
    this.open();
  }

  /** Until somebody listens again, from the beginning: the next one may see other events. */
  close(): void {
    this.drop();
    this.wait = firstRetryMs;
    this.last = 0;
    this.set('connecting');
  }

  private drop(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  private later(ms: number, what: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(what, ms);
  }

  private seen(isSeen: boolean): void {
    if (this.handlers.size === 0) return;
    if (!isSeen) {
      this.later(closeAfterHiddenMs, () => {
        this.drop();
        this.set('connecting');
      });
    } else if (this.source === null) {
      this.reconnect();
    } else {
      clearTimeout(this.timer);
    }
  }

  private open(): void {
    clearTimeout(this.timer);
    const source = new EventSource(this.last === 0 ? this.path : `${this.path}?after=${this.last}`);
    const isFirst = this.last === 0;
    let openedAt = Infinity;
    this.source = source;
    source.onopen = () => {
      this.wait = firstRetryMs;
      openedAt = Date.now();
      this.set('live');
    };
    source.onmessage = (message: MessageEvent<string>) => {
      this.set('live');
      const event = parse(message.data);
      if (event === null) return;
      this.last = event.id;
      const isReplay = isFirst && Date.now() - openedAt < replayMs && Date.parse(event.time ?? '') < openedAt - oldMs;
      if (isReplay) return;
      for (const { kinds, handler } of this.handlers) if (kinds === null || kinds.has(event.kind)) handler(event);
    };
    source.addEventListener('gap', () => {
      if (!isFirst) for (const lost of this.gapWatchers) lost();
    });
    source.onerror = () => this.lost();
  }

  private lost(): void {
    this.drop();
    this.set('offline');
    // A server that was restarted counts anew, sees that `last` is none of its ids, and sends all that it has.
    this.later(this.wait, () => this.handlers.size > 0 && this.open());
    this.wait = Math.min(2 * this.wait, lastRetryMs);
  }

  private set(state: Connection): void {
    if (this.state === state) return;
    this.state = state;
    for (const changed of this.watchers) changed();
  }
}

function parse(text: string): Event | null {
  try {
    const event = JSON.parse(text) as Event;
    return typeof event.id === 'number' && typeof event.kind === 'string' ? event : null;
  } catch {
    return null; // no event of ours
  }
}

export const liveStream = new LiveStream();

/** Calls `handler` for each event of these kinds ([]: of all) while the component is there. */
export function useLive(kinds: string[], handler: Handler): void {
  const newest = useRef(handler);
  useEffect(() => {
    newest.current = handler;
  });
  const key = kinds.join(' ');
  useEffect(
    () => liveStream.listen(key === '' ? null : key.split(' '), (event) => newest.current(event)),
    [key],
  );
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (changed) => liveStream.watch(changed),
    () => liveStream.connection(),
  );
}
