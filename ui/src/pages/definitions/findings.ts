import { parse } from 'yaml';
import type { Schemas } from '@/api/client';
import type { CodeFault } from '@/ui/CodeEditor';

/** The app that a text names; '' while it names none. */
export function appOf(text: string): string {
  try {
    const read: unknown = parse(text, { logLevel: 'silent' });
    const app = typeof read === 'object' && read !== null ? (read as Record<string, unknown>)['app'] : undefined;
    return typeof app === 'string' || typeof app === 'number' ? String(app) : '';
  } catch {
    // While it is written it is often no YAML; its name may be read all the same.
    return /^app:[ \t]*["']?([\w.-]+)["']?[ \t]*(?:#.*)?$/m.exec(text)?.[1] ?? '';
  }
}

/** What the server found, as marks. What is about the whole stands at its first line. */
export function marksOf(findings: Schemas['Finding'][]): CodeFault[] {
  return findings.map((one) => ({
    line: one.line ?? 1,
    column: one.column ?? undefined,
    message: one.key === '' ? one.message : `${one.key}: ${one.message}`,
    severity: one.severity,
  }));
}
