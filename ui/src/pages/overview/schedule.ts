import type { Schemas } from '@/api/client';

type Schedule = Schemas['Schedule'];

/**
 * The least bound that 99 of 100 checks have begun within after they were due, in milliseconds; Infinity: beyond the last
 * bound; null: nothing was due yet.
 */
export function lateness99(schedule: Schedule): number | null {
  const buckets = schedule.lateness.buckets;
  const all = buckets.at(-1)?.count ?? 0;
  if (all === 0) return null;
  const found = buckets.find((bucket) => bucket.count >= all * 0.99);
  return found?.up_to_ms ?? Infinity;
}

/** Checks a second between two answers of the server; null where the server has restarted between them. */
export function checksPerSecond(before: { at: number; run: number }, now: { at: number; run: number }): number | null {
  const seconds = (now.at - before.at) / 1000;
  if (seconds <= 0 || now.run < before.run) return null;
  return (now.run - before.run) / seconds;
}

export function lost(schedule: Schedule): number {
  return schedule.history.samples_lost + schedule.queues.reduce((sum, queue) => sum + queue.dropped_rows, 0);
}

export type Health = 'good' | 'behind' | 'broken';

/** In one word, for who does not read the figures. */
export function healthOf(schedule: Schedule): Health {
  if (schedule.history.error !== '') return 'broken';
  const late = lateness99(schedule);
  const waits = schedule.waiting > schedule.queue_capacity / 2;
  return waits || schedule.stretched > 0 || (late !== null && late > 5000) ? 'behind' : 'good';
}
