/** Labels in the form of Alertmanager: `{alertname="Slow", monitor="web-1"}`, as the server itself writes them. */
export function matchersOf(labels: Record<string, string>, names: readonly string[]): string {
  const parts = names.filter((name) => name in labels).map((name) => `${nameOf(name)}=${quoted(labels[name] ?? '')}`);
  return `{${parts.join(', ')}}`;
}

function nameOf(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : quoted(name);
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

/** What tells this alert from others without being so narrow that it catches the next one of its kind no more. */
export function usualNames(labels: Record<string, string>): string[] {
  const wanted = ['alertname', 'monitor', 'set'].filter((name) => name in labels);
  return wanted.length > 0 ? wanted : Object.keys(labels).slice(0, 8);
}
