import type { Schemas } from '@/api/client';
import type { Span } from './range';

type State = Schemas['Monitor']['state'];
type Round = Schemas['Round'];
type Heartbeat = Schemas['Heartbeat'];

export interface StateSpan extends Span {
  state: State;
  reason?: string;
}

/** A check may be late by this much, as the server has it for STALE. */
const LATE_MS = 10_000;

function extend(spans: StateSpan[], next: StateSpan): void {
  const last = spans.at(-1);
  if (next.to <= next.from) return;
  if (last?.state === next.state && last.to === next.from) last.to = next.to;
  else spans.push(next);
}

/**
 * How the state went, by single rounds (any order): UP while every deciding set succeeded last, as the server decides. Where no
 * round came for two intervals nobody knows: UNKNOWN. `deciding`: names of the sets of priority 0; empty: all of them.
 */
export function spansOfRounds(
  rounds: readonly Round[],
  deciding: ReadonlySet<string>,
  intervalMs: number,
  span: Span,
): StateSpan[] {
  const known = rounds
    .filter((round) => round.time !== null && (deciding.size === 0 || deciding.has(round.set)))
    .map((round) => ({ ...round, at: Date.parse(round.time!) }))
    .sort((a, b) => a.at - b.at);
  const spans: StateSpan[] = [];
  const last = new Map<string, Round>();
  let at = span.from;
  let state: State = 'UNKNOWN';
  let reason: string | undefined;
  const holds = intervalMs > 0 ? 2 * intervalMs + LATE_MS : Infinity;
  const until = (end: number) => {
    const held = state === 'UNKNOWN' ? end : Math.min(end, at + holds);
    extend(spans, { from: at, to: held, state, ...(reason && { reason }) });
    extend(spans, { from: held, to: end, state: 'UNKNOWN' });
  };
  for (const round of known) {
    const time = Math.min(Math.max(round.at, span.from), span.to);
    until(time);
    last.set(round.set, round);
    const failed = [...last.values()].find((one) => one.code !== 'success');
    [at, state, reason] = [time, failed ? 'DOWN' : 'UP', failed?.message];
  }
  until(span.to);
  return spans;
}

export interface Present {
  state: State;
  since: string | null;
  reason: string;
}

/** Rounds tell of UP and DOWN, with their gaps. That a monitor is paused or unreachable stands in none of them. */
export function withPresent(spans: readonly StateSpan[], present: Present, span: Span, now: number): StateSpan[] {
  const { state, reason } = present;
  const since = Math.max(Date.parse(present.since ?? ''), span.from);
  const told = state === 'UP' || state === 'DOWN' || state === 'UNKNOWN';
  if (told || span.to < now - LATE_MS || !(since < span.to)) return [...spans];
  const before = spans.filter((one) => one.from < since).map((one) => ({ ...one, to: Math.min(one.to, since) }));
  return [...before, { from: since, to: span.to, state, ...(reason && { reason }) }];
}

/** Share of the time of which something is known, 0 to 1; undefined: nothing is. */
export function upShare(spans: readonly StateSpan[]): number | undefined {
  let up = 0;
  let all = 0;
  for (const { from, to, state } of spans) {
    if (state !== 'UP' && state !== 'DOWN' && state !== 'UNREACHABLE') continue;
    all += to - from;
    if (state === 'UP') up += to - from;
  }
  return all > 0 ? up / all : undefined;
}

/** Share of the checks that succeeded; undefined: there were none. */
export function successShare(beats: readonly Heartbeat[]): number | undefined {
  let total = 0;
  let failed = 0;
  for (const beat of beats) [total, failed] = [total + beat.total, failed + beat.failed];
  return total > 0 ? (total - failed) / total : undefined;
}

/** "99.95 %": rounded down, since what was not up all the time is not to be shown as 100 %. */
export function percent(share: number, language: string): string {
  const cut = Math.floor(share * 100_000 + 1e-6) / 1000;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: 3 }).format(cut)} %`;
}

/** How many of the newest rounds (newest first) of the deciding sets failed without one that succeeded between. */
export function failuresInARow(rounds: readonly Round[], deciding: ReadonlySet<string>): number {
  const counted = rounds.filter((round) => deciding.size === 0 || deciding.has(round.set));
  const good = counted.findIndex((round) => round.code === 'success');
  return good < 0 ? counted.length : good;
}

export function decidingSets(results: Schemas['Results'] | undefined): ReadonlySet<string> {
  return new Set(results?.results.filter((set) => set.priority === 0).map((set) => set.set));
}
