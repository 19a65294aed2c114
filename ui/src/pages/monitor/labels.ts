/** The labels of a row, written as k="v",k2="v2"; an escaped quote or backslash is one character. */
export function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, key, value] of text.matchAll(/([^=,"]+)="((?:[^"\\]|\\.)*)"/g))
    labels[key!] = value!.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
  return labels;
}

/** "eth0", or "a, b" of several: what tells rows apart, without its keys. */
export function rowName(text: string): string {
  const values = Object.values(readLabels(text));
  return values.length > 0 ? values.join(', ') : text;
}
