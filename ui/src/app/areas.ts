import type { ComponentType } from 'react';
import type { Role } from '@/api/session';

/** A page of an area. */
export interface AreaRoute {
  /** As TanStack Router has it, e.g. "/monitors/$id". */
  path: string;
  load: () => Promise<{ default: ComponentType }>;
  /** Who may see it; the least role, in some folder at least. */
  role: Role;
  /** Without navigation and header. With role "none" it needs no session either. */
  bare?: boolean;
}

export interface AreaNav {
  to: string;
  /** Key of a word of the area. */
  label: string;
  icon: ComponentType<{ size?: number | string; stroke?: number | string }>;
  role: Role;
}

/** Something that Ctrl-K finds. Texts are shown as they are. */
export interface PaletteHit {
  label: string;
  description?: string;
  to: string;
}

/** A folder of src/pages: what it adds to the program. */
export interface Area {
  /** Name of the folder, and the namespace of its words. */
  name: string;
  /** Place in the navigation. */
  order: number;
  nav?: AreaNav[];
  routes: AreaRoute[];
  palette?: (text: string, signal: AbortSignal) => Promise<PaletteHit[]>;
}

const found = import.meta.glob<{ default: Area }>('../pages/*/area.ts', { eager: true });

export const areas: Area[] = Object.values(found)
  .map((module) => module.default)
  .sort((a, b) => a.order - b.order);
