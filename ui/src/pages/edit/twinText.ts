import { Document, LineCounter, isMap, isScalar, parseDocument, visit } from 'yaml';
import type { CodeFault } from '@/ui/CodeEditor';
import type { FormField } from '@/ui/SchemaForm';
import { bodyOf, emptyFields, type Criticality, type Fields } from './fields';

// The form as a text and back. Scalars are read as they stand there, as the server does: 1.10 is not 1.1, and on is not true.
const schema = 'failsafe';

/** As in a file of monitors. A stored secret is {set: true}; one that was typed is left out. */
export function writeTwin(fields: Fields, form: FormField[], kept: string[]): string {
  const secrets = new Set(form.filter((field) => field.secret).map((field) => field.name));
  const { params, paused, ...rest } = bodyOf(fields, form, kept);
  const shown = Object.entries(params ?? {}).filter(([name]) => kept.includes(name) || !secrets.has(name));
  const plain = shown.map(([name, value]) => [name, typeof value === 'string' ? value : { set: 'true' }]);
  const document = new Document(
    { ...rest, ...(paused ? { paused: 'true' } : {}), ...(plain.length === 0 ? {} : { params: Object.fromEntries(plain) as unknown }) },
    { schema },
  );
  visit(document, {
    // Elsewhere these are no texts.
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && /^(~|null|Null|NULL)?$/.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0 });
}

type Map = Record<string, unknown>;
const isMapping = (value: unknown): value is Map => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A map of texts; null where it is none. */
function texts(value: unknown): Record<string, string> | null {
  if (value === undefined || value === '') return {};
  if (!isMapping(value)) return null;
  return Object.values(value).every((one) => typeof one === 'string') ? (value as Record<string, string>) : null;
}

/** Values of parameters as texts, as the server makes them of lists and maps; stored secrets that stay are told apart. */
function paramsOf(value: unknown): { params: Record<string, string>; keep: string[] } | null {
  if (value === undefined || value === '') return { params: {}, keep: [] };
  if (!isMapping(value)) return null;
  const params: Record<string, string> = {};
  const keep: string[] = [];
  for (const [name, one] of Object.entries(value)) {
    if (isMapping(one) && Object.keys(one).join() === 'set') {
      if (one['set'] === 'true') keep.push(name);
    } else params[name] = typeof one === 'string' ? one : Array.isArray(one) && one.every((item) => typeof item === 'string') ? one.join(',') : JSON.stringify(one);
  }
  return { params, keep };
}

/** Which of its keys cannot be used; '' for the whole. */
class Unusable extends Error {}

function fieldsOfMap(map: Map, before: Fields, form: FormField[]): Fields {
  const known = ['name', 'app', 'interval', 'cron', 'timezone', 'criticality', 'paused', 'folder', 'description', 'labels', 'annotations', 'depends_on', 'params'];
  const need = <T>(key: string, value: T | null): T => {
    if (value === null) throw new Unusable(key);
    return value;
  };
  for (const key of Object.keys(map)) if (!known.includes(key)) throw new Unusable(key);
  const text = (key: string) => {
    const value = map[key];
    if (value !== undefined && typeof value !== 'string') throw new Unusable(key);
    return value === undefined || value === '~' || value === 'null' ? '' : value;
  };
  const criticality = text('criticality') || 'normal';
  if (!['critical', 'normal', 'low'].includes(criticality)) throw new Unusable('criticality');
  const paused = text('paused') || 'false';
  if (!['true', 'false'].includes(paused)) throw new Unusable('paused');
  if (text('cron') !== '' && text('interval') !== '') throw new Unusable('cron');
  const parents = map['depends_on'] === undefined || map['depends_on'] === '' ? [] : map['depends_on'];
  if (!Array.isArray(parents) || parents.some((one) => typeof one !== 'string')) throw new Unusable('depends_on');
  const read = need('params', paramsOf(map['params']));
  const typed = form.filter((field) => field.secret && (before.params[field.name] ?? '') !== '').map((field) => [field.name, before.params[field.name] ?? '']);
  return {
    name: text('name'),
    app: text('app') || before.app,
    by: text('cron') === '' ? 'interval' : 'cron',
    interval: text('interval') || (text('cron') === '' ? emptyFields('').interval : before.interval),
    cron: text('cron'),
    timezone: text('timezone'),
    criticality: criticality as Criticality,
    paused: paused === 'true',
    folder: text('folder'),
    description: text('description'),
    labels: need('labels', texts(map['labels'])),
    annotations: need('annotations', texts(map['annotations'])),
    dependsOn: parents as string[],
    // What was typed into the form is not in the text, and stays.
    params: { ...(Object.fromEntries(typed) as Record<string, string>), ...read.params },
    keep: read.keep,
  };
}

/** What a text says. `wrong(key)` puts into words that a key cannot be used. */
export function readTwin(text: string, before: Fields, form: FormField[], wrong: (key: string) => string): { fields: Fields } | { fault: CodeFault } {
  const lines = new LineCounter();
  const document = parseDocument(text, { schema, lineCounter: lines });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const broken = document.errors[0];
  if (broken !== undefined) return { fault: { ...place(broken.pos[0]), message: (broken.message.split('\n')[0] ?? '').replace(/:$/, ''), severity: 'error' } };
  try {
    const map: unknown = document.toJS();
    if (!isMapping(map)) throw new Unusable('');
    return { fields: fieldsOfMap(map, before, form) };
  } catch (error) {
    // A text of aliases upon aliases is too much for the reader.
    if (!(error instanceof Unusable)) return { fault: { line: 1, message: String(error), severity: 'error' } };
    const key = error.message;
    const pairs = isMap(document.contents) ? document.contents.items : [];
    const at = pairs.map((pair) => pair.key).find((node) => isScalar(node) && node.value === key);
    return { fault: { ...place(isScalar(at) ? (at.range?.[0] ?? 0) : 0), message: wrong(key), severity: 'error' } };
  }
}
