import type { Incident } from './queries';

/** What people call it: its summary, or the rule and whose it is. */
export function titleOf(incident: Pick<Incident, 'annotations' | 'labels' | 'rule'>): string {
  return incident.annotations['summary'] || [incident.rule, incident.labels['monitor']].filter(Boolean).join(' · ');
}

const MOST_HEAD = 300;

/** For a heading: a name may have any length. */
export function shortened(text: string): string {
  return text.length > MOST_HEAD ? `${text.slice(0, MOST_HEAD)}…` : text;
}

export function isSnoozed(incident: Pick<Incident, 'snoozed_until'>, now = Date.now()): boolean {
  return incident.snoozed_until !== null && Date.parse(incident.snoozed_until) > now;
}
