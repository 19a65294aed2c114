import { describe, expect, test } from 'vitest';
import type { Schemas } from '@/api/client';
import { PALETTE } from '@/ui/plotData';
import { colorsOf, drawingsOf, linesOf, MOST_ROWS, numericFields, readPicks, withGaps, writePick, type Line } from './series';

const ID = '00000000000000a1';
const HOSTILE = '<script>alert(1)</script>/\u202e"%2F&';

describe('a picked field in the address', () => {
  test.each([
    { monitor: ID, set: 'summary', field: 'responseTime' },
    { monitor: ID, set: HOSTILE, field: HOSTILE, labels: 'disk="/"' },
    { monitor: ID, set: 's', field: 'f', labels: '' },
  ])('comes back as it was written: %j', (pick) => {
    expect(readPicks([writePick(pick, true)])).toEqual([pick]);
    expect(readPicks(writePick(pick, false), ID)).toEqual([pick]);
  });
  test('is left out where it cannot be read, and taken once', () => {
    expect(readPicks(['', '/', 's', 'x/s/f', `${ID}/s/f/l/more`, '%E0%A4%A/s/f', 7, null])).toEqual([]);
    expect(readPicks([`${ID}/s/f`, `${ID}/s/f`])).toHaveLength(1);
    expect(readPicks(undefined)).toEqual([]);
  });
  test('is one of 40 at most', () => {
    expect(readPicks(Array.from({ length: 200 }, (_, i) => `${ID}/s/f${i}`))).toHaveLength(40);
  });
});

describe('gaps', () => {
  const at = (...times: number[]) => times.map((time) => ({ at: time, value: 1 }));
  const empty = (points: { at: number; value: number | null }[]) =>
    points.filter(({ value }) => value === null).map(({ at }) => at);

  test('are where values are missing', () => {
    expect(empty(withGaps(at(0, 60, 120, 600, 660), 60))).toEqual([180]);
  });
  test('are not where values come seldom: checks are further apart than the step', () => {
    expect(empty(withGaps(at(0, 60, 120, 180), 12))).toEqual([]);
  });
  test('are not where one value is late', () => {
    expect(empty(withGaps(at(0, 60, 180, 240), 60))).toEqual([]);
  });
  test('are not in nothing and not around one value', () => {
    expect(withGaps([], 60)).toEqual([]);
    expect(withGaps(at(5), 60)).toEqual(at(5));
  });
});

function history(series: Partial<Schemas['Series']>[]): Schemas['History'] {
  return {
    monitor: ID,
    from: '2026-01-01T00:00:00Z',
    to: '2026-01-01T01:00:00Z',
    step_ms: 60_000,
    series: series.map((one) => ({ series: '1', set: 's', field: 'f', unit: 'ms', labels: '', points: [], ...one })),
  };
}

describe('lines of an answer', () => {
  const pick = { monitor: ID, set: 's', field: 'f' };
  test('keep least, greatest and middle, and say nothing where there is no number', () => {
    const [line] = linesOf(
      history([
        {
          points: [
            { time: '2026-01-01T00:00:00Z', min: 1, avg: 2, max: 3, count: 4 },
            { time: '2026-01-01T00:01:00Z', min: null, avg: null, max: null, count: 0 },
            { time: null, min: 1, avg: 1, max: 1, count: 1 },
          ],
        },
      ]),
      pick,
    );
    const start = Date.parse('2026-01-01T00:00:00Z');
    expect(line!.points).toEqual([
      { at: start, value: 2, min: 1, max: 3 },
      { at: start + 60_000, value: null, min: null, max: null },
    ]);
  });
  test('of another day lie over those of today', () => {
    const points = [{ time: '2026-01-01T00:00:00Z', min: 1, avg: 1, max: 1, count: 1 }];
    const [line] = linesOf(history([{ points }]), pick, 86_400_000);
    expect(line).toMatchObject({ shift: 86_400_000, points: [{ at: Date.parse('2026-01-02T00:00:00Z') }] });
  });
  test('are those of the picked row only', () => {
    const answer = history([{ series: '1', labels: 'a="1"' }, { series: '2', labels: 'a="2"' }]);
    expect(linesOf(answer, { ...pick, labels: 'a="2"' }).map(({ labels }) => labels)).toEqual(['a="2"']);
    expect(linesOf(answer, pick)).toHaveLength(2);
    expect(linesOf(answer, { ...pick, labels: 'gone' })).toEqual([]);
  });
});

function line(labels: string, unit = 'ms', shift = 0): Line {
  return { key: `${labels}${shift}`, pick: { monitor: ID, set: 's', field: 'f' }, labels, unit, points: [], shift };
}

const shape = (lines: Line[]) => drawingsOf(lines).drawings.map(({ unit, lines: of }) => [unit, of.length]);

test('each unit has a chart of its own', () => {
  expect(shape([line('a', 'ms'), line('b', '%'), line('c', 'ms')])).toEqual([['ms', 2], ['%', 1]]);
});

test('a chart has no more rows than colours, each with what it is compared with', () => {
  const lines = Array.from({ length: PALETTE.length + 1 }, (_, row) => [line(`${row}`), line(`${row}`, 'ms', 5)]).flat();
  expect(shape(lines)).toEqual([['ms', 2 * PALETTE.length], ['ms', 2]]);
  expect(colorsOf([line('a'), line('b'), line('a', 'ms', 5)])).toEqual([PALETTE[0], PALETTE[1], PALETTE[0]]);
});

test('too many rows are cut', () => {
  const lines = Array.from({ length: 64 }, (_, row) => line(`${row}`));
  expect(drawingsOf(lines).left).toBe(64 - MOST_ROWS);
  expect(drawingsOf([]).drawings).toEqual([]);
});

test('numbers that history keeps can be drawn, those that decide on the state first', () => {
  const cell = (field: string, more: object = {}) => ({ field, unit: '', type: 'number' as const, value: 1, series: '1', ...more });
  const set = (name: string, priority: number, rows: Schemas['ResultRow'][]) => ({
    set: name, priority, time: null, duration_ms: null, code: null, message: '', rows,
  });
  const fields = numericFields({
    monitor: ID,
    results: [
      set('later', 1, [{ labels: 'd="a"', cells: [cell('used')] }, { labels: 'd="b"', cells: [cell('used')] }]),
      set('first', 0, [{ labels: '', cells: [cell('text', { type: 'text', value: 'x' }), cell('lost', { series: '' }), cell('time', { unit: 'ms' })] }]),
    ],
  });
  expect(fields).toEqual([
    { set: 'first', field: 'time', unit: 'ms', rows: [''] },
    { set: 'later', field: 'used', unit: '', rows: ['d="a"', 'd="b"'] },
  ]);
});
