const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const dayMs = 86_400_000;

export interface Week {
  /** Date of its hand-over, "2026-11-30". */
  from: string;
  receiver: string;
}

/**
 * Who has which week, from that of `today` on. Dates only: the time of day and the zone of the hand-over are the server's
 * business. `firstWeek`: a day of the week in which the first one is on call; none: nobody can say yet.
 */
export function weeksOf(receivers: string[], day: string, firstWeek: string, today: string, count: number): Week[] {
  const first = begin(firstWeek, day);
  const now = begin(today, day);
  if (receivers.length === 0 || first === null || now === null) return [];
  return Array.from({ length: count }, (_, i) => {
    const at = now + i * 7 * dayMs;
    const index = Math.round((at - first) / (7 * dayMs));
    return {
      from: new Date(at).toISOString().slice(0, 10),
      receiver: receivers[((index % receivers.length) + receivers.length) % receivers.length] ?? '',
    };
  });
}

/** The hand-over on or before a date, as a time in UTC. */
function begin(date: string, day: string): number | null {
  const at = Date.parse(`${date}T00:00:00Z`);
  const wanted = DAYS.indexOf(day);
  if (Number.isNaN(at) || wanted < 0) return null;
  return at - (((new Date(at).getUTCDay() - wanted + 7) % 7) * dayMs);
}
