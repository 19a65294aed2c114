import { describe, expect, it } from 'vitest';
import type { Schemas } from '@/api/client';
import { checksPerSecond, healthOf, lateness99, lost } from './schedule';

const schedule = (change: Partial<Schemas['Schedule']> = {}) =>
  ({
    waiting: 0,
    queue_capacity: 1000,
    stretched: 0,
    lateness: {
      sum_ms: 1,
      buckets: [
        { up_to_ms: 10, count: 900 },
        { up_to_ms: 100, count: 995 },
        { up_to_ms: null, count: 1000 },
      ],
    },
    queues: [{ dropped_rows: 2 }, { dropped_rows: 3 }],
    history: { samples_lost: 10, error: '' },
    ...change,
  }) as Schemas['Schedule'];

describe('schedule', () => {
  it('finds within what time 99 of 100 checks have begun', () => {
    expect(lateness99(schedule())).toBe(100);
    expect(lateness99(schedule({ lateness: { sum_ms: 0, buckets: [] } }))).toBeNull();
    expect(
      lateness99(schedule({ lateness: { sum_ms: 0, buckets: [{ up_to_ms: 10, count: 1 }, { up_to_ms: null, count: 99 }] } })),
    ).toBe(Infinity);
  });

  it('knows no rate across a restart', () => {
    expect(checksPerSecond({ at: 1000, run: 50 }, { at: 3000, run: 90 })).toBe(20);
    expect(checksPerSecond({ at: 1000, run: 50 }, { at: 3000, run: 4 })).toBeNull();
    expect(checksPerSecond({ at: 1000, run: 50 }, { at: 1000, run: 50 })).toBeNull();
  });

  it('adds up what was lost on the way', () => {
    expect(lost(schedule())).toBe(15);
  });

  it('says in a word how it goes', () => {
    expect(healthOf(schedule())).toBe('good');
    expect(healthOf(schedule({ waiting: 501 }))).toBe('behind');
    expect(healthOf(schedule({ stretched: 1 }))).toBe('behind');
    expect(healthOf(schedule({ history: { ...schedule().history, error: 'disk full' } }))).toBe('broken');
  });
});
