import type { Schemas } from '@/api/client';

/** What the server cuts names to in its texts, in bytes of UTF-8. */
const NAME_BYTES = 80;
const LONGEST_CHARACTER = 4;

/** How a text about the state of the monitor begins. A cut name is compared without its last character, which may be torn. */
function beginning(name: string): string {
  const shown = Array.from(name, (c) => {
    const code = c.codePointAt(0)!;
    return code < 0x20 || code === 0x7f ? `\\x${code.toString(16).padStart(2, '0')}` : c;
  });
  const encoder = new TextEncoder();
  if (encoder.encode(name).length <= NAME_BYTES) return `'${shown.join('')}' is `;
  let bytes = 0;
  let text = "'";
  for (const [index, c] of Array.from(name).entries()) {
    bytes += encoder.encode(c).length;
    if (bytes > NAME_BYTES - LONGEST_CHARACTER) break;
    text += shown[index];
  }
  return text;
}

/** Events of states carry names only, those of incidents the id. */
export function isOf(event: Schemas['Event'], monitor: { id: string; name: string }): boolean {
  if (event.incident) return event.incident.monitor === monitor.id;
  return event.kind === 'monitor.state' && event.text.startsWith(beginning(monitor.name));
}
