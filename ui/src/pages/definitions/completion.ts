import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { ELEMENT, placeAt, type Place } from './place';
import schemaFile from './schema.json';

/** What of JSON Schema `holter definitions schema` writes. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  enum?: (string | number)[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  allOf?: { if: { properties: { protocol: { const: string } } }; then: { required: string[] } }[];
}
const root = schemaFile as unknown as Schema & { definitions: Record<string, Schema> };

/** Values of keys that the schema describes in words: docs/definitions.md. */
export const VALUES: Record<string, string[]> = {
  'http.parseType': ['default', 'jsonPath', 'prometheus', 'PromQL', 'website', 'header', 'xmlPath', 'config', 'sitemap', 'regex', 'csv'],
  'http.method': ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD'],
  'jdbc.platform': ['postgresql', 'greenplum', 'opengauss', 'kingbase', 'vastbase', 'mysql', 'mariadb', 'tidb', 'oceanbase', 'clickhouse', 'sqlserver', 'oracle', 'db2', 'dm', 'xugu', 'odbc'],
  'jdbc.queryType': ['oneRow', 'multiRow', 'columns'],
  'snmp.version': ['v1', 'v2c', 'v3'],
  'snmp.operation': ['get', 'walk'],
  'ssh.parseType': ['oneRow', 'multiRow', 'netcat', 'log'],
  'script.parseType': ['oneRow', 'multiRow', 'netcat', 'log'],
};
const LANGUAGES = ['en-US', 'zh-CN'];
/** Those whose values say what of a protocol's own. */
const isBlock = (key: string) => `block_${key}` in root.definitions;

function resolved(schema: Schema | undefined): Schema | undefined {
  const name = schema?.$ref?.replace('#/definitions/', '');
  return name === undefined ? schema : { ...root.definitions[name], ...(schema?.description === undefined ? {} : { description: schema.description }) };
}

/** What may stand at the end of a path; undefined where nothing is said of it. */
export function schemaAt(path: string[]): Schema | undefined {
  let at: Schema | undefined = root;
  for (const step of path) {
    const more: Schema | undefined = step === ELEMENT ? at?.items : (at?.properties?.[step] ?? (typeof at?.additionalProperties === 'object' ? at.additionalProperties : undefined));
    at = resolved(more);
    if (at === undefined) return undefined;
  }
  return at;
}

/** The block that belongs to a protocol; undefined: that is no protocol. */
export function blockOf(protocol: string): string | undefined {
  return root.definitions['set']?.allOf?.find((one) => one.if.properties.protocol.const === protocol)?.then.required[0];
}

const opens = (schema: Schema | undefined) => schema?.properties !== undefined || schema?.items !== undefined || schema?.type === 'object';

function keysOf({ path, siblings }: Place): Completion[] {
  const schema = schemaAt(path);
  if (schema?.properties === undefined) {
    const isTexts = schema?.description?.startsWith('texts') === true || ['name', 'help', 'helpLink', 'i18n'].includes(path.at(-1) ?? '');
    return isTexts ? LANGUAGES.filter((one) => !(one in siblings)).map((label) => ({ label, apply: `${label}: `, type: 'property' })) : [];
  }
  const own = siblings['protocol'] === undefined ? undefined : blockOf(siblings['protocol']);
  return Object.entries(schema.properties)
    .filter(([key]) => !(key in siblings) && (path[0] !== 'metrics' || path.length !== 2 || own === undefined || !isBlock(key) || key === own))
    .map(([key, one]) => {
      const { description } = resolved(one) ?? {};
      return { label: key, apply: opens(resolved(one)) ? `${key}:` : `${key}: `, type: 'property', ...(description === undefined ? {} : { info: description }) };
    });
}

function valuesOf({ path, params }: Place): Completion[] {
  const schema = schemaAt(path);
  const [block = '', key = ''] = path.slice(-2);
  const types = Array.isArray(schema?.type) ? schema.type : [schema?.type];
  const known = schema?.enum?.map(String) ?? (types.length === 1 && types[0] === 'boolean' ? ['true', 'false'] : (VALUES[`${block}.${key}`] ?? []));
  // Below a block anything may be a parameter's.
  const placeholders = path[0] === 'metrics' && path.slice(2).some(isBlock) ? params.map((field) => `^_^${field}^_^`) : [];
  return [...known, ...placeholders].map((label) => ({ label, type: 'enum' }));
}

/** Keys where a key is written, values where one of a few is wanted. */
export function completeDefinition(context: CompletionContext): CompletionResult | null {
  const place = placeAt(context.state.doc.toString(), context.pos);
  if (place === null || (place.word === '' && !context.explicit && !place.isValue)) return null;
  const options = place.isValue ? valuesOf(place) : keysOf(place);
  return options.length === 0 ? null : { from: context.pos - place.word.length, options };
}
