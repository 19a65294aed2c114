import { describe, expect, it } from 'vitest';
import { present, worstFirst, type StateCounts } from './states';
import { groupTiles, monitorTiles, rest, wallSearch } from './wall';
import type { Schemas } from '@/api/client';

const NONE: StateCounts = { UP: 0, DOWN: 0, UNKNOWN: 0, STALE: 0, PAUSED: 0, UNREACHABLE: 0 };

describe('worstFirst', () => {
  it('puts what needs attention first, then the greater trouble, then the name', () => {
    const groups = [
      { name: 'b', worst: 'UP' as const, states: { ...NONE, UP: 9 } },
      { name: 'a', worst: 'UP' as const, states: { ...NONE, UP: 9 } },
      { name: 'one', worst: 'DOWN' as const, states: { ...NONE, DOWN: 1 } },
      { name: 'none', worst: null, states: NONE },
      { name: 'two', worst: 'DOWN' as const, states: { ...NONE, DOWN: 2 } },
      { name: 'old', worst: 'STALE' as const, states: { ...NONE, STALE: 5 } },
    ];
    expect(worstFirst(groups, (group) => group.name).map((group) => group.name)).toEqual([
      'two',
      'one',
      'old',
      'a',
      'b',
      'none',
    ]);
  });

  it('leaves out states that nothing is in', () => {
    expect(present({ ...NONE, UP: 3, DOWN: 1 })).toEqual([
      { state: 'DOWN', count: 1 },
      { state: 'UP', count: 3 },
    ]);
  });
});

const monitor = (name: string, state: Schemas['Monitor']['state'], since: string) =>
  ({ id: name, name, state, since }) as Schemas['Monitor'];

describe('the wall', () => {
  it('sorts by state, and by the newest within a state', () => {
    const tiles = monitorTiles([
      monitor('fine', 'UP', '2026-01-01T00:00:00Z'),
      monitor('long', 'DOWN', '2026-01-01T00:00:00Z'),
      monitor('new', 'DOWN', '2026-01-02T00:00:00Z'),
    ]);
    expect(tiles.map((tile) => tile.name)).toEqual(['new', 'long', 'fine']);
  });

  it('counts what has no tile', () => {
    const shown = monitorTiles([monitor('a', 'DOWN', ''), monitor('b', 'UP', '')]);
    expect(rest({ ...NONE, DOWN: 1, UP: 10 }, shown)).toEqual({ ...NONE, UP: 9 });
    const groups = groupTiles('app', [{ name: 'ping', worst: 'UP', states: { ...NONE, UP: 4 } }]);
    expect(rest({ ...NONE, UP: 10 }, groups)).toEqual({ ...NONE, UP: 6 });
  });

  it('reads what the address says, and ignores the rest', () => {
    expect(wallSearch({})).toEqual({ by: 'monitor' });
    expect(wallSearch({ by: 'folder', folder: 7, app: '' })).toEqual({ by: 'folder', folder: '7' });
    expect(wallSearch({ by: 'nonsense', app: 'ping' })).toEqual({ by: 'monitor', app: 'ping' });
  });
});
