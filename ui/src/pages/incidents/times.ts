/** RFC 3339 of the time in so many milliseconds. */
export function inMs(ms: number, now = Date.now()): string {
  return new Date(now + ms).toISOString();
}

/** Nine o'clock of the next day, by the viewer's clock on the wall. */
export function tomorrowMorning(now = Date.now()): string {
  const time = new Date(now);
  time.setDate(time.getDate() + 1);
  time.setHours(9, 0, 0, 0);
  return time.toISOString();
}

/** What `<input type="datetime-local">` gives, which is the viewer's local time; null: it is no time to come. */
export function fromInput(text: string, now = Date.now()): string | null {
  const time = Date.parse(text);
  return Number.isNaN(time) || time <= now ? null : new Date(time).toISOString();
}
