import { describe, expect, it } from 'vitest';
import { queryOf, readFilters, writeFilters } from './filters';
import { readNotificationFilters } from './notifications';

describe('filters of the list', () => {
  it('come back from the address as they were written', () => {
    for (const filters of [
      { show: 'open' as const },
      { show: 'all' as const, severity: 'critical' as const, text: 'site=lab', last: '7d' as const },
      { show: 'ended' as const, monitor: '00000000000000ab' },
    ])
      expect(readFilters(writeFilters(filters))).toEqual(filters);
  });

  it('take a number or a truth for the text that was meant', () => {
    expect(readFilters({ text: 12 }).text).toBe('12');
    expect(readFilters({ text: true }).text).toBe('true');
  });

  it('leave out what nobody can read', () => {
    expect(
      readFilters({ show: 'x', severity: 'awful', text: { a: 1 }, monitor: '<script>', last: '1000y' }),
    ).toEqual({ show: 'open' });
    expect(readFilters({ text: 'a'.repeat(10_000) }).text).toHaveLength(256);
  });

  it('ask the server for what they say', () => {
    expect(queryOf({ show: 'open' })).toEqual({ open: 'true' });
    expect(queryOf({ show: 'ended', last: '1h', severity: 'info' })).toEqual({
      open: 'false',
      from: '-1h',
      severity: 'info',
    });
    expect(queryOf({ show: 'all' })).toEqual({});
  });

  it('of notifications know only the states that there are', () => {
    expect(readNotificationFilters({ state: 'dead', receiver: 'ops' })).toEqual({ state: 'dead', receiver: 'ops' });
    expect(readNotificationFilters({ state: 'lost' })).toEqual({});
  });
});
