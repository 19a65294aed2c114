import { describe, expect, test } from 'vitest';
import type { Schemas } from '@/api/client';
import { failuresInARow, percent, spansOfRounds, successShare, upShare, withPresent, type StateSpan } from './states';

const START = Date.parse('2026-01-01T00:00:00Z');
const MINUTE = 60_000;
const at = (minute: number) => START + minute * MINUTE;
const span = { from: at(0), to: at(10) };

function round(minute: number, code: Schemas['Round']['code'] = 'success', set = 'summary', message = ''): Schemas['Round'] {
  return { time: new Date(at(minute)).toISOString(), set, duration_ms: 1, code, message };
}
const every = (codes: Schemas['Round']['code'][]) => codes.map((code, minute) => round(minute, code));
const short = (spans: StateSpan[]) => spans.map(({ from, to, state }) => [(from - START) / MINUTE, (to - START) / MINUTE, state]);

describe('state over time', () => {
  test('is one span as long as nothing changes, in whichever order rounds come', () => {
    const rounds = every(Array<'success'>(10).fill('success')).reverse();
    expect(short(spansOfRounds(rounds, new Set(), MINUTE, span))).toEqual([[0, 10, 'UP']]);
  });
  test('has a span for each change, with its reason', () => {
    const rounds = [...every(['success', 'success']), round(2, 'timeout', 'summary', 'no reply'), round(3), ...[4, 5, 6, 7, 8, 9].map((m) => round(m))];
    const spans = spansOfRounds(rounds, new Set(['summary']), MINUTE, span);
    expect(short(spans)).toEqual([[0, 2, 'UP'], [2, 3, 'DOWN'], [3, 10, 'UP']]);
    expect(spans[1]!.reason).toBe('no reply');
  });
  test('is not known where no checks came', () => {
    const holds = 2 + 10 / 60;
    const spans = short(spansOfRounds([round(1), round(8)], new Set(), MINUTE, span));
    expect(spans).toEqual([[0, 1, 'UNKNOWN'], [1, 1 + holds, 'UP'], [1 + holds, 8, 'UNKNOWN'], [8, 10, 'UP']]);
  });
  test('is not known at all without rounds', () => {
    expect(short(spansOfRounds([], new Set(), MINUTE, span))).toEqual([[0, 10, 'UNKNOWN']]);
  });
  test('is decided by the sets of priority 0 alone, all of which must succeed', () => {
    const rounds = [0, 2, 4, 6, 8].flatMap((minute) => [
      round(minute, 'success', 'a'),
      round(minute, minute === 4 ? 'fail' : 'success', 'b'),
      round(minute, 'fail', 'extra'),
    ]);
    expect(short(spansOfRounds(rounds, new Set(['a', 'b']), 2 * MINUTE, span))).toEqual([[0, 4, 'UP'], [4, 6, 'DOWN'], [6, 10, 'UP']]);
  });
});

describe('the present state', () => {
  const spans: StateSpan[] = [{ from: at(0), to: at(6), state: 'UP' }, { from: at(6), to: at(10), state: 'UNKNOWN' }];
  test('covers what rounds do not tell', () => {
    const present = { state: 'PAUSED' as const, since: new Date(at(5)).toISOString(), reason: 'by root' };
    const shown = withPresent(spans, present, span, at(10));
    expect(short(shown)).toEqual([[0, 5, 'UP'], [5, 10, 'PAUSED']]);
    expect(shown[1]!.reason).toBe('by root');
  });
  test('says nothing of a range that is over', () => {
    const present = { state: 'PAUSED' as const, since: new Date(at(5)).toISOString(), reason: '' };
    expect(withPresent(spans, present, span, at(60))).toEqual(spans);
  });
  test('does not hide gaps of one that is UP', () => {
    const present = { state: 'UP' as const, since: new Date(at(0)).toISOString(), reason: '' };
    expect(withPresent(spans, present, span, at(10))).toEqual(spans);
  });
});

describe('availability', () => {
  test('is a share of the time of which something is known', () => {
    expect(upShare([{ from: 0, to: 30, state: 'UP' }, { from: 30, to: 40, state: 'DOWN' }, { from: 40, to: 99, state: 'UNKNOWN' }])).toBe(0.75);
    expect(upShare([{ from: 0, to: 30, state: 'PAUSED' }])).toBeUndefined();
  });
  test('is a share of the checks where time is not known', () => {
    const beat = (total: number, failed: number): Schemas['Heartbeat'] => ({ start: null, total, failed, code: 'success', avg_duration_ms: 1, message: '' });
    expect(successShare([beat(10, 1), beat(10, 0)])).toBe(0.95);
    expect(successShare([])).toBeUndefined();
  });
  test('is never rounded up to the whole', () => {
    expect(percent(1, 'en')).toBe('100 %');
    expect(percent(0.999999, 'en')).toBe('99.999 %');
    expect(percent(0.95, 'en')).toBe('95 %');
  });
});

test('failures are counted up to the last success, of deciding sets', () => {
  const rounds = [round(5, 'fail'), round(5, 'success', 'extra'), round(4, 'fail'), round(3), round(2, 'fail')];
  expect(failuresInARow(rounds, new Set(['summary']))).toBe(2);
  expect(failuresInARow(rounds, new Set())).toBe(1);
  expect(failuresInARow([], new Set())).toBe(0);
});
