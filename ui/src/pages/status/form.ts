import type { Schemas } from '@/api/client';
import type { Spec } from './queries';

export type Fields = Schemas['StatusPageFields'];
export type ComponentSpec = Schemas['StatusComponentSpec'];

export const mostLogoBytes = 64 * 1024;

export function emptyPage(): Fields {
  const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  return {
    slug: '',
    logo: null,
    spec: { title: '', public: false, time_zone, history_days: 90, groups: [{ name: '', components: [] }] },
  };
}

/** "My Shop!" -> "my-shop". */
export function slugOf(title: string): string {
  return title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
}

/** A component's id that no other has yet. */
export function freshId(spec: Spec, name: string): string {
  const taken = new Set((spec.groups ?? []).flatMap((group) => (group.components ?? []).map((one) => one.id)));
  const base = slugOf(name).slice(0, 50) || 'component';
  for (let i = 1; ; ++i) {
    const id = i === 1 ? base : `${base}-${i}`;
    if (!taken.has(id)) return id;
  }
}

/** Changes the components of a group, and leaves the rest as it is. */
export function withGroup(spec: Spec, at: number, change: (group: Schemas['StatusGroupSpec']) => Schemas['StatusGroupSpec']): Spec {
  return { ...spec, groups: (spec.groups ?? []).map((group, i) => (i === at ? change(group) : group)) };
}

/** Base64 of a picture; an error in words otherwise, as a key. */
export async function readLogo(file: File): Promise<{ logo: string } | { fault: 'size' | 'kind' }> {
  if (file.size > mostLogoBytes) return { fault: 'size' };
  const bytes = new Uint8Array(await file.arrayBuffer());
  const begins = (...want: number[]) => want.every((byte, i) => bytes[i] === byte);
  const isWebp = begins(0x52, 0x49, 0x46, 0x46) && bytes[8] === 0x57 && bytes[9] === 0x45;
  if (!begins(0x89, 0x50, 0x4e, 0x47) && !begins(0xff, 0xd8, 0xff) && !isWebp) return { fault: 'kind' };
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return { logo: btoa(text) };
}
