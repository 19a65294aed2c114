import type { ComponentType, ReactNode } from 'react';
import { api, ok, okWithTag, type Schemas } from '@/api/client';
import type { Role } from '@/api/session';

export type KindName = 'rules' | 'receivers' | 'templates' | 'silences' | 'inhibitions' | 'rotations';

/** What a document says; each kind has its own in openapi.json. */
export type Spec = Record<string, unknown>;

export interface Document {
  id: number;
  name: string;
  enabled: boolean;
  built_in: boolean;
  version: number;
  updated: string | null;
  updated_by: string | null;
  spec: Spec;
  status: Record<string, unknown>;
}
export interface DocumentFields {
  name: string;
  enabled: boolean;
  spec: Spec;
}

/** How one value of a spec is entered. */
export interface SpecField {
  key: string;
  type:
    | 'text'
    | 'textarea'
    | 'duration'
    | 'number'
    | 'choice'
    | 'switch'
    | 'texts'
    | 'labels'
    | 'receivers'
    | 'template'
    | 'zone'
    | 'moment'
    | 'date'
    | 'monitors'
    | 'app'
    | 'set'
    | 'folder';
  required?: boolean;
  options?: string[];
  /** What counts where nothing is entered; shown, not stored. */
  fallback?: string;
  min?: number;
  max?: number;
  /** The member of the spec in which it stands, e.g. "selector". */
  inside?: string;
  when?: (spec: Spec) => boolean;
}

export interface ExtraProps {
  document: DocumentFields;
  /** Of the stored one; null: it is new. */
  id: number | null;
  onChange: (spec: Spec) => void;
  errors: Record<string, string>;
  readOnly: boolean;
}

/** A kind of document: what its pages show beside what all have. */
export interface Kind {
  name: KindName;
  /** Who may change it. */
  role: Role;
  start: Spec;
  groups: { title: string; fields: SpecField[] }[];
  /** One line for the list. */
  Summary: ComponentType<{ document: Document }>;
  /** Above the fields. */
  Head?: ComponentType<ExtraProps>;
  /** Below them: preview, test. */
  Foot?: ComponentType<ExtraProps>;
  /** Something for the head of the list. */
  hint?: ReactNode;
}

// All kinds have the same routes; the types of one stand for all.
const list = (kind: KindName) => `/api/v1/alerts/${kind}` as '/api/v1/alerts/rules';
const one = (kind: KindName) => `/api/v1/alerts/${kind}/{name}` as '/api/v1/alerts/rules/{name}';
type RuleFields = Schemas['AlertRuleFields'];

export function listDocuments(kind: KindName, text: string, after: number | undefined, signal: AbortSignal) {
  const query = { limit: 200, ...(text === '' ? {} : { text }), ...(after === undefined ? {} : { after }) };
  return ok(api.GET(list(kind), { params: { query }, signal })) as Promise<{ total: number; next: number | null; documents: Document[] }>;
}

export async function getDocument(kind: KindName, id: string, signal?: AbortSignal) {
  const { data, etag } = await okWithTag(api.GET(one(kind), { params: { path: { name: id as never } }, ...(signal && { signal }) }));
  return { document: data as unknown as Document, etag };
}

export async function createDocument(kind: KindName, fields: DocumentFields, dryRun = false): Promise<Document> {
  return (await ok(
    api.POST(list(kind), { params: { query: dryRun ? { dry_run: true as never } : {} }, body: fields as unknown as RuleFields }),
  )) as unknown as Document;
}

export async function putDocument(kind: KindName, id: number, fields: DocumentFields, etag: string, dryRun = false): Promise<Document> {
  return (await ok(
    api.PUT(one(kind), {
      params: { path: { name: id as never }, header: { 'If-Match': etag }, query: dryRun ? { dry_run: true as never } : {} },
      body: fields as unknown as RuleFields,
    }),
  )) as unknown as Document;
}

export function deleteDocument(kind: KindName, document: Pick<Document, 'id' | 'version'>) {
  return ok(
    api.DELETE(one(kind), { params: { path: { name: document.id as never }, header: { 'If-Match': `"${document.version}"` } } }),
  );
}

/** Without what is empty: the server's own defaults count then. */
export function cleaned(spec: Spec): Spec {
  const out: Spec = {};
  for (const [key, value] of Object.entries(spec)) {
    if (value === undefined || value === null || value === '') continue;
    if (typeof value === 'object' && !Array.isArray(value)) {
      const inner = cleaned(value as Spec);
      if (Object.keys(inner).length > 0) out[key] = inner;
    } else {
      out[key] = value;
    }
  }
  return out;
}

/** With `value` at `key`, inside of the member `inside` where there is one. */
export function withValue(spec: Spec, field: Pick<SpecField, 'key' | 'inside'>, value: unknown): Spec {
  if (field.inside === undefined) return { ...spec, [field.key]: value };
  return { ...spec, [field.inside]: { ...(spec[field.inside] as Spec | undefined), [field.key]: value } };
}
export function valueOf(spec: Spec, field: Pick<SpecField, 'key' | 'inside'>): unknown {
  return field.inside === undefined ? spec[field.key] : (spec[field.inside] as Spec | undefined)?.[field.key];
}
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
