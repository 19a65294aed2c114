import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';

/** Keys of a definition, by the key under which they stand; docs/definitions.md. */
const KEYS: Record<string, string[]> = {
  '': ['app', 'category', 'name', 'help', 'helpLink', 'params', 'metrics', 'extends'],
  params: ['field', 'name', 'type', 'required', 'hide', 'defaultValue', 'range', 'limit', 'placeholder', 'options', 'depend'],
  options: ['label', 'value'],
  metrics: ['name', 'i18n', 'priority', 'visible', 'protocol', 'interval', 'fields', 'aliasFields', 'calculates', 'units', 'filters'],
  fields: ['field', 'i18n', 'type', 'unit', 'label'],
  http: ['host', 'port', 'url', 'ssl', 'method', 'timeout', 'headers', 'params', 'authorization', 'payload', 'parseType', 'parseScript'],
  jdbc: ['host', 'port', 'platform', 'username', 'password', 'database', 'timeout', 'queryType', 'sql', 'url'],
  snmp: ['host', 'port', 'timeout', 'community', 'version', 'operation', 'oids', 'username'],
  ssh: ['host', 'port', 'username', 'password', 'privateKey', 'timeout', 'script', 'parseType'],
};
const VALUES: Record<string, string[]> = {
  type: ['text', 'number', 'host', 'password', 'boolean', 'radio', 'textarea', 'array', 'key-value', 'string', 'time', 'secret'],
  protocol: ['http', 'icmp', 'telnet', 'udp', 'dns', 'ntp', 'ssl_cert', 'jdbc', 'redis', 'mongodb', 'snmp', 'ssh', 'prometheus', 'smtp', 'imap', 'pop3', 'ftp', 'mqtt', 'websocket', 'memcached', 'nginx', 'script'],
  parseType: ['default', 'jsonPath', 'xmlPath', 'prometheus', 'oneRow', 'multiRow', 'columns'],
};
const BOOLEANS = new Set(['required', 'hide', 'visible', 'label']);

const indentOf = (line: string) => /^\s*(?:- )?/.exec(line)?.[0].length ?? 0;

/** The key of the nearest line above that is further out and holds a list or map. */
export function parentOf(lines: string[], at: number): string {
  let indent = indentOf(lines[at] ?? '');
  for (let i = at - 1; i >= 0; --i) {
    const line = lines[i] ?? '';
    if (line.trim() === '' || line.trimStart().startsWith('#') || indentOf(line) >= indent) continue;
    const key = /^\s*(?:- )?([\w-]+):\s*$/.exec(line)?.[1];
    if (key !== undefined) return key;
    indent = indentOf(line);
  }
  return '';
}

/** Keys where a key is written, values where one of a few is wanted. */
export function completeDefinition(context: CompletionContext): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const value = /^\s*(?:- )?([\w-]+):\s*([\w-]*)$/.exec(before);
  if (value !== null) {
    const key = value[1] ?? '';
    const options = BOOLEANS.has(key) ? ['true', 'false'] : VALUES[key];
    return options === undefined ? null : { from: context.pos - (value[2] ?? '').length, options: options.map((label) => ({ label, type: 'enum' })) };
  }
  const word = /^\s*(?:- )?([\w-]*)$/.exec(before)?.[1];
  if (word === undefined || (word === '' && !context.explicit)) return null;
  const lines = context.state.doc.toString().split('\n').slice(0, line.number);
  const known = KEYS[parentOf(lines, line.number - 1)];
  return known === undefined ? null : { from: context.pos - word.length, options: known.map((label) => ({ label, apply: `${label}: `, type: 'property' })) };
}
