import type { Schemas } from '@/api/client';
import { isAskedFor, type FormField } from '@/ui/SchemaForm';

export type MonitorFields = Schemas['MonitorFields'];
export type MonitorPatch = Schemas['MonitorPatch'];
export type Detail = Schemas['MonitorDetail'];
export type Criticality = NonNullable<MonitorFields['criticality']>;

/** What the form holds; texts as they are typed. */
export interface Fields {
  name: string;
  app: string;
  by: 'interval' | 'cron';
  interval: string;
  cron: string;
  timezone: string;
  criticality: Criticality;
  paused: boolean;
  folder: string;
  description: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  dependsOn: string[];
  params: Record<string, string>;
  /** Secrets that stay as they are stored, by name: nobody is shown them. */
  keep: string[];
}

/** What the API takes in the place of what is stored already. */
const KEPT = { set: true };

export function emptyFields(app: string): Fields {
  return {
    name: '',
    app,
    by: 'interval',
    interval: '60s',
    cron: '',
    timezone: '',
    criticality: 'normal',
    paused: false,
    folder: '',
    description: '',
    labels: {},
    annotations: {},
    dependsOn: [],
    params: {},
    keep: [],
  };
}

const UNITS: [string, number][] = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];
/** "90s", "5m", "1h": the greatest unit that leaves no rest. */
export function intervalText(ms: number): string {
  for (const [unit, length] of UNITS) if (ms >= length && ms % length === 0) return `${ms / length}${unit}`;
  return `${ms}ms`;
}

/** Names of those that it depends on; one that there is no memory to load has none. */
function parentsOf(monitor: Detail): string[] {
  return monitor.parents.map((parent) => parent.name).filter((name) => name !== '');
}

/** What is stored, for the form. */
export function fieldsOf(monitor: Detail): Fields {
  const params: Record<string, string> = {};
  const keep: string[] = [];
  for (const [name, value] of Object.entries(monitor.params))
    if (typeof value === 'string') params[name] = value;
    else if (value.set === true) keep.push(name);
  const byCron = monitor.cron !== null;
  return {
    ...emptyFields(monitor.app),
    name: monitor.name,
    by: byCron ? 'cron' : 'interval',
    ...(byCron ? {} : { interval: intervalText(monitor.interval_ms) }),
    cron: monitor.cron ?? '',
    timezone: monitor.timezone ?? '',
    criticality: monitor.criticality,
    paused: monitor.paused_by === 'user',
    folder: monitor.folder,
    description: monitor.description,
    labels: { ...monitor.labels },
    annotations: { ...monitor.annotations },
    dependsOn: parentsOf(monitor),
    params,
    keep,
  };
}

/** As the server has it: what is no host by its type may be one by its name. */
function isAddress(field: FormField): boolean {
  return field.type === 'host' || /(port|host|url)$/i.test(field.name);
}

/** What the server reads: what is not asked for, or empty, has its default. */
function valueOf(field: FormField, params: Record<string, string>, form: FormField[]): string {
  const text = isAskedFor(field, params, form) ? (params[field.name] ?? '').trim() : '';
  return text === '' ? (field.default ?? '') : text;
}

/** Whether stored secrets would be sent elsewhere than where they are sent now: the server wants them again, then. */
export function isMoved(fields: Fields, form: FormField[], stored: Detail | null): boolean {
  if (stored === null) return true;
  if (stored.app !== fields.app) return true;
  const before = fieldsOf(stored).params;
  return form.some((field) => isAddress(field) && valueOf(field, fields.params, form) !== ((before[field.name] ?? '') || (field.default ?? '')));
}

/** Secrets that stay: stored, nothing typed in their place, and sent to where they are sent now. */
export function keptSecrets(fields: Fields, form: FormField[], stored: Detail | null): string[] {
  return isMoved(fields, form, stored) ? [] : fields.keep.filter((name) => (fields.params[name] ?? '') === '');
}

function paramsOf(fields: Fields, form: FormField[], kept: string[]): NonNullable<MonitorFields['params']> {
  const params: Record<string, unknown> = {};
  const names = new Set(form.map((field) => field.name));
  for (const field of form) {
    if (!isAskedFor(field, fields.params, form)) continue;
    const text = fields.params[field.name];
    if (kept.includes(field.name)) params[field.name] = KEPT;
    // A text that was stored as an empty one counts as given.
    else if (text !== undefined && (text !== '' || (field.required === true && (field.default ?? '') === ''))) params[field.name] = text;
  }
  // What the definition does not ask for is said by the server, not dropped here.
  for (const [name, text] of Object.entries(fields.params)) if (!names.has(name)) params[name] = text;
  for (const name of kept) if (!names.has(name)) params[name] = KEPT;
  return params as NonNullable<MonitorFields['params']>;
}

/** All that is given, and nothing that is not. */
export function bodyOf(fields: Fields, form: FormField[], kept: string[]): MonitorFields {
  const params = paramsOf(fields, form, kept);
  const when: MonitorFields =
    fields.by === 'interval'
      ? { interval: fields.interval }
      : { cron: fields.cron, ...(fields.timezone === '' ? {} : { timezone: fields.timezone }) };
  return {
    name: fields.name,
    app: fields.app,
    ...when,
    criticality: fields.criticality,
    ...(fields.paused ? { paused: true } : {}),
    ...(fields.folder === '' ? {} : { folder: fields.folder }),
    ...(fields.description === '' ? {} : { description: fields.description }),
    ...(Object.keys(fields.labels).length === 0 ? {} : { labels: fields.labels }),
    ...(Object.keys(fields.annotations).length === 0 ? {} : { annotations: fields.annotations }),
    ...(fields.dependsOn.length === 0 ? {} : { depends_on: fields.dependsOn }),
    ...(Object.keys(params).length === 0 ? {} : { params }),
  };
}

const same = (a: string[], b: string[]) => a.length === b.length && a.every((one, i) => one === b[i]);

/** For a PUT. Parents that stay are not named: the name of one may not be known here. */
export function putOf(body: MonitorFields, stored: Detail): MonitorFields {
  const now = Array.isArray(body.depends_on) ? body.depends_on : [];
  const stays = stored.parents.length > 0 && same(now, parentsOf(stored));
  return stays ? { ...body, depends_on: KEPT } : body;
}

/** Where something was and is no more, a patch says null (RFC 7396). */
function taken<T>(now: Record<string, T> | undefined, before: object): Record<string, T | null> {
  return { ...Object.fromEntries(Object.keys(before).map((name) => [name, null])), ...now };
}

/** For a clone: what is other than of the original, so that its secrets come along without being known. */
export function patchOf(body: MonitorFields, original: Detail): MonitorPatch {
  const put = putOf(body, original);
  const params = taken(body.params, original.params);
  for (const [name, value] of Object.entries(params)) if (typeof value === 'object' && value !== null) delete params[name];
  const { depends_on: parents, ...rest } = put;
  return {
    ...rest,
    ...(body.cron === undefined ? {} : { timezone: body.timezone ?? null }),
    paused: body.paused ?? false,
    folder: body.folder ?? '',
    description: body.description ?? '',
    labels: taken(body.labels, original.labels),
    annotations: taken(body.annotations, original.annotations),
    params,
    ...(parents === KEPT ? {} : { depends_on: parents ?? [] }),
  };
}

/** For questions that know nothing of what is stored: any text stands for a secret, and parents have names. */
export function questionOf(body: MonitorFields): MonitorFields {
  const { depends_on: parents, params, ...rest } = body;
  const plain = Object.entries(params ?? {}).map(([name, value]) => [name, (value as unknown) === KEPT ? 'stored' : value]);
  const names = Array.isArray(parents) ? parents : [];
  return {
    ...rest,
    ...(names.length === 0 ? {} : { depends_on: names }),
    ...(plain.length === 0 ? {} : { params: Object.fromEntries(plain) as NonNullable<MonitorFields['params']> }),
  };
}

/** For a draft: what was typed into fields for secrets is left out. */
export function withoutSecrets(fields: Fields, form: FormField[]): Fields {
  const secrets = new Set(form.filter((field) => field.secret).map((field) => field.name));
  return { ...fields, params: Object.fromEntries(Object.entries(fields.params).filter(([name]) => !secrets.has(name))) };
}
