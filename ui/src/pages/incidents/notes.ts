import type { IncidentDetail } from './queries';

export type Note = IncidentDetail['notes'][number];

/** A line of the time line, in parts that can be said in any language. */
export interface Line {
  id: number;
  time: string | null;
  /** Key of what happened. */
  word: string;
  who: string | null;
  /** What somebody wrote, or a server said. */
  said: string;
  until?: string;
  incident?: number;
  /** Whom a notification was made for. */
  receiver?: string;
  resolution?: string;
}

const WORDS: Record<string, string> = {
  opened: 'opened',
  closed: 'closed',
  acknowledged: 'acknowledged',
  assigned: 'assigned',
  comment: 'comment',
  snoozed: 'snoozed',
  notified: 'notified',
  failed: 'failed',
  linked: 'linked',
  'resolved by hand': 'resolvedByHand',
};
const UNDONE = 'not any more';

/** Reads what the server has written down; what it does not know stays as it is. */
export function lineOf(note: Note): Line {
  const word = WORDS[note.kind] ?? 'other';
  const line: Line = { id: note.id, time: note.time, word, who: note.who, said: word === 'other' ? `${note.kind} ${note.text}` : note.text };
  if (note.text.startsWith(UNDONE) && ['acknowledged', 'snoozed', 'linked'].includes(word))
    return { ...line, word: `${word}Undone`, said: note.text.slice(UNDONE.length).replace(/^: /, '') };
  if (word === 'assigned' && note.text === 'nobody') return { ...line, word: 'assignedUndone', said: '' };
  if (word === 'closed') return { ...line, resolution: note.text, said: '' };
  const until = /^until (\S+)$/.exec(note.text)?.[1];
  if (word === 'snoozed' && until !== undefined && !Number.isNaN(Date.parse(until))) return { ...line, until, said: '' };
  const other = /^to (\d+)$/.exec(note.text)?.[1];
  if (word === 'linked' && other !== undefined) return { ...line, incident: Number(other), said: '' };
  const queued = /^queued for '(.*?)' by (\S+): ([^]*)$/.exec(note.text);
  if (word === 'notified' && queued !== null) return { ...line, receiver: queued[1], said: queued[3] ?? '' };
  return line;
}

/** The newest first. */
export function linesOf(notes: readonly Note[]): Line[] {
  return notes.map(lineOf).reverse();
}
