import { describe, expect, test } from 'vitest';
import type { Range } from '@/ui/range';
import { isLive, readRange, refreshMs, resolve, shiftOf, widened, writeRange, zoomed } from './range';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const otherwise: Range = { last: '24h' };

describe('a range in the address', () => {
  test('comes back as it was written', () => {
    for (const range of [{ last: '1h' }, { from: 1_000_000, to: 2_000_000 }] as Range[])
      expect(readRange(writeRange(range), otherwise)).toEqual(range);
  });
  test('is read from digits and numbers', () => {
    const wanted = { from: 1_700_000_000_000, to: 1_700_000_600_000 };
    expect(readRange({ from: '1700000000', to: 1_700_000_600 }, otherwise)).toEqual(wanted);
  });
  test.each([
    [{ last: 'yesterday' }],
    [{ last: '0h' }],
    [{ last: '99999d' }],
    [{ last: ['1h', '6h'] }],
    [{ from: 'x', to: 'y' }],
    [{ from: '2000', to: '1000' }],
    [{ from: '1000', to: '1001' }],
    [{ from: '-100', to: '1000' }],
    [{ from: '0', to: '9e99' }],
    [{ from: 1_000_000 }],
    [{}],
  ])('that makes no sense is as if there were none: %j', (search) => {
    expect(readRange(search, otherwise)).toEqual(otherwise);
  });
  test('takes the keys of the other kind away', () => {
    expect(writeRange({ last: '1h' } as Range)).toEqual({ last: '1h', from: undefined, to: undefined });
    expect(writeRange({ from: 1000, to: 2000 })).toEqual({ last: undefined, from: '1', to: '2' });
  });
});

test('a relative range moves with the clock, a fixed one stays', () => {
  expect(resolve({ last: '1h' } as Range, 10 * HOUR)).toEqual({ from: 9 * HOUR, to: 10 * HOUR });
  expect(resolve({ from: 5, to: 20_000 }, 10 * HOUR)).toEqual({ from: 5, to: 20_000 });
});

test('only what gets new data is asked for again', () => {
  expect(isLive({ last: '1h' } as Range, HOUR)).toBe(true);
  expect(isLive({ from: 0, to: 2 * HOUR }, HOUR)).toBe(true);
  expect(isLive({ from: 0, to: HOUR }, HOUR)).toBe(false);
});

describe('zooming', () => {
  test('gives whole seconds around the selection, drawn in either direction', () => {
    expect(zoomed(100_400, 160_600)).toEqual({ from: 100_000, to: 161_000 });
    expect(zoomed(160_600, 100_400)).toEqual({ from: 100_000, to: 161_000 });
  });
  test('never gets so short that the address would not be read', () => {
    const range = zoomed(100_000, 100_001);
    expect(readRange(writeRange(range), otherwise)).toEqual(range);
    const { from, to } = resolve(range, 0);
    expect(from).toBeLessThanOrEqual(100_000);
    expect(to).toBeGreaterThanOrEqual(100_001);
  });
  test('out doubles around the middle', () => {
    expect(widened({ from: 4 * HOUR, to: 6 * HOUR }, DAY)).toEqual({ from: 3 * HOUR, to: 7 * HOUR });
  });
  test('out does not lead into the future', () => {
    expect(widened({ from: 10 * HOUR, to: 12 * HOUR }, 12 * HOUR)).toEqual({ from: 8 * HOUR, to: 12 * HOUR });
  });
});

test('comparisons lie a day or a week back', () => {
  expect(shiftOf('day')).toBe(DAY);
  expect(shiftOf('week')).toBe(7 * DAY);
});

test('a short range is asked for at the interval, a long one at its step', () => {
  expect(refreshMs(60_000, { from: 0, to: HOUR })).toBe(60_000);
  expect(refreshMs(1_000, { from: 0, to: HOUR })).toBe(12_000);
  expect(refreshMs(0, { from: 0, to: 0 })).toBe(5_000);
  expect(refreshMs(60_000, { from: 0, to: 30 * DAY })).toBe(HOUR);
});
