import type { Schemas } from '@/api/client';
import { WORST_FIRST, rank, type State, type StateCounts } from './states';

export type WallBy = 'monitor' | 'folder' | 'app';

export interface WallSearch {
  by: WallBy;
  folder?: string;
  app?: string;
}

/** What the address asks for; whatever else stands there is ignored. */
export function wallSearch(search: Record<string, unknown>): WallSearch {
  const text = (value: unknown) => (value === undefined || value === '' ? undefined : String(value));
  const by = search['by'] === 'folder' || search['by'] === 'app' ? search['by'] : 'monitor';
  const folder = text(search['folder']);
  const app = text(search['app']);
  return { by, ...(folder !== undefined && { folder }), ...(app !== undefined && { app }) };
}

export interface Tile {
  key: string;
  name: string;
  state: State;
  since: string | null;
  /** Of a group: how many are in each state. */
  states?: StateCounts;
  to: { to: string; params?: Record<string, string>; search?: Record<string, string> };
}

export function monitorTiles(monitors: readonly Schemas['Monitor'][]): Tile[] {
  const tiles = monitors.map((monitor) => ({
    key: monitor.id,
    name: monitor.name,
    state: monitor.state,
    since: monitor.since,
    to: { to: '/monitors/$id', params: { id: monitor.id } },
  }));
  // Of those in the same state, what has just begun is news.
  return tiles.sort((a, b) => rank(a.state) - rank(b.state) || (b.since ?? '').localeCompare(a.since ?? ''));
}

export function groupTiles(
  by: 'folder' | 'app',
  groups: readonly { name: string; states: StateCounts; worst: State | null }[],
): Tile[] {
  return groups.map((group) => ({
    key: group.name,
    name: group.name,
    state: group.worst ?? 'UNKNOWN',
    since: null,
    states: group.states,
    to: { to: '/monitors', search: { [by]: group.name } },
  }));
}

/** The counts without those of the tiles that are shown. */
export function rest(all: StateCounts, shown: readonly Tile[]): StateCounts {
  const left = { ...all };
  for (const tile of shown)
    for (const state of WORST_FIRST) {
      const count = tile.states ? tile.states[state] : tile.state === state ? 1 : 0;
      left[state] = Math.max(0, left[state] - count);
    }
  return left;
}
