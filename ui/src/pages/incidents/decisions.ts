import type { IncidentDetail } from './queries';

export type Decision = IncidentDetail['decisions'][number];

const VERDICTS = [
  'notified',
  'waiting',
  'repeat not due',
  'silenced',
  'inhibited',
  'snoozed',
  'acknowledged',
  'muted by time',
  'never told',
  'no route',
  'refused',
  'route gone',
];

/** Key of the words for a verdict; 'other' for one of a newer server, whose text says it. */
export function wordOf(verdict: string): string {
  return VERDICTS.includes(verdict) ? verdict.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase()) : 'other';
}

/** The last word on each route: what holds now. The newest first. */
export function lastOfEach(decisions: readonly Decision[]): Decision[] {
  const last = new Map<string, Decision>();
  for (const decision of decisions) {
    const key = decision.route ?? '';
    last.delete(key);
    last.set(key, decision);
  }
  // "no route" of before an alert found one does not hold any more.
  if (last.size > 1 && decisions.at(-1)?.route !== null) last.delete('');
  return [...last.values()].reverse();
}
