import type { Schemas } from '@/api/client';

export type State = Schemas['Monitor']['state'];
export type StateCounts = Record<State, number>;

/** What needs attention first, as the server sorts by state. */
export const WORST_FIRST: readonly State[] = ['DOWN', 'UNREACHABLE', 'STALE', 'UNKNOWN', 'PAUSED', 'UP'];

export function rank(state: State | null): number {
  return state === null ? WORST_FIRST.length : WORST_FIRST.indexOf(state);
}

/** The states that there are, the worst first. */
export function present(states: StateCounts): { state: State; count: number }[] {
  return WORST_FIRST.map((state) => ({ state, count: states[state] })).filter(({ count }) => count > 0);
}

/** Those with the worst state first, then those with most monitors in it, then by name. */
export function worstFirst<T extends { worst: State | null; states: StateCounts }>(groups: readonly T[], name: (group: T) => string): T[] {
  const inWorst = (group: T) => (group.worst === null ? 0 : group.states[group.worst]);
  return [...groups].sort(
    (a, b) => rank(a.worst) - rank(b.worst) || inWorst(b) - inWorst(a) || name(a).localeCompare(name(b)),
  );
}
