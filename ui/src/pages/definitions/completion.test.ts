import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompletionContext } from '@codemirror/autocomplete';
import { EditorState } from '@codemirror/state';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { blockOf, completeDefinition, schemaAt, VALUES } from './completion';
import { ELEMENT } from './place';
import schema from './schema.json';

/** What is offered at the bar. */
function offered(text: string): string[] {
  const position = text.indexOf('|');
  const state = EditorState.create({ doc: text.replace('|', '') });
  return completeDefinition(new CompletionContext(state, position, true))?.options.map(({ label }) => label) ?? [];
}

test('keys of the whole, without those that are there', () => {
  const keys = offered('app: a\ncategory: custom\n|');
  expect(keys).toContain('metrics');
  expect(keys).not.toContain('app');
});

test('keys of a parameter, in block and in flow style', () => {
  expect(offered('params:\n  - field: host\n    |')).toContain('defaultValue');
  expect(offered('params:\n  - |')).toContain('field');
  expect(offered('params:\n  - {field: host, ty|}')).toContain('type');
  expect(offered('params:\n  - {field: host, ty|}\nmetrics: []')).not.toContain('field');
});

test('values where one of a few is wanted', () => {
  expect(offered('params:\n  - field: a\n    type: |')).toEqual(expect.arrayContaining(['password', 'radio']));
  expect(offered('params:\n  - {field: a, required: |, type: text}')).toEqual(['true', 'false']);
  expect(offered('metrics:\n  - name: a\n    protocol: h|')).toContain('http');
  expect(offered('metrics:\n  - name: a\n    protocol: jdbc\n    jdbc:\n      queryType: |')).toContain('multiRow');
  expect(offered('metrics:\n  - name: a\n    fields:\n      - {field: up, type: |}')).toEqual(['0', '1', '2', '3']);
});

test('the block of the protocol alone', () => {
  const keys = offered('metrics:\n  - name: a\n    protocol: ssl_cert\n    |');
  expect(keys).toContain('http');
  expect(keys).not.toContain('jdbc');
});

test('keys of a block, and parameters in its values', () => {
  const head = 'params:\n  - {field: host, type: host}\n  - {field: pass, type: password}\n';
  expect(offered(`${head}metrics:\n  - name: a\n    protocol: http\n    http:\n      pa|`)).toContain('parseType');
  expect(offered(`${head}metrics:\n  - name: a\n    protocol: http\n    http:\n      host: |`)).toEqual(['^_^host^_^', '^_^pass^_^']);
  expect(offered(`${head}metrics:\n  - name: a\n    protocol: http\n    http: {host: |}`)).toEqual(['^_^host^_^', '^_^pass^_^']);
});

test('languages of texts', () => {
  expect(offered('name:\n  en-US: A\n  |')).toEqual(['zh-CN']);
});

test('nothing in comments, and nothing of keys that nobody knows', () => {
  expect(offered('app: a # see |')).toEqual([]);
  expect(offered('unknown:\n  - |')).toEqual([]);
});

test('a text that is broken elsewhere is completed all the same', () => {
  expect(offered('params:\n  - field: a\n    type: |\nmetrics:\n\t- broken')).toContain('host');
});

const docs = readFileSync('../docs/definitions.md', 'utf8');

test('the schema has the keys of each protocol that the documentation has', () => {
  const table = /## Blocks\n([\s\S]*?)\n\n`timeout`/.exec(docs)?.[1] ?? '';
  const rows = [...table.matchAll(/^\| `(\w+)`(?: \(block `(\w+)`\))? \| (.*) \|$/gm)];
  expect(rows.length).toBeGreaterThan(15);
  for (const [, protocol = '', block = protocol, keys = ''] of rows) {
    expect([protocol, blockOf(protocol)]).toEqual([protocol, block]);
    const known = Object.keys(schemaAt(['metrics', ELEMENT, block])?.properties ?? {});
    const said = keys.replaceAll(/\*\*|†|; of SFTP also/g, (found) => (found.startsWith(';') ? ',' : '')).split(',').map((key) => key.trim());
    expect([protocol, said.filter((key) => !known.includes(key))]).toEqual([protocol, []]);
  }
});

test('values that are offered are documented', () => {
  for (const [key, values] of Object.entries(VALUES)) {
    const [block = '', name = ''] = key.split('.');
    expect([key, schemaAt(['metrics', ELEMENT, block])?.properties?.[name] !== undefined]).toEqual([key, true]);
    for (const value of values) expect([key, new RegExp(`(?<![\\w])${value}(?![\\w])`).test(docs)]).toEqual([key, true]);
  }
});

/** Keys that a definition has and the schema has not. */
function unknown(value: unknown, path: string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => unknown(one, [...path, ELEMENT]));
  if (typeof value !== 'object' || value === null) return [];
  const known = schemaAt(path);
  return Object.entries(value).flatMap(([key, one]) =>
    known?.properties !== undefined && !(key in known.properties) ? [`${path.join('.')}.${key}`] : unknown(one, [...path, key]),
  );
}

test('every key of the definitions that come along is in the schema', () => {
  const files = readdirSync('../definitions', { recursive: true, encoding: 'utf8' }).filter((file) => /^\w+\/[^/]+\.yml$/.test(file));
  expect(files.length).toBeGreaterThan(50);
  for (const file of files) {
    const found = unknown(parse(readFileSync(join('../definitions', file), 'utf8'), { logLevel: 'silent', maxAliasCount: -1 }), []);
    expect([file, found]).toEqual([file, []]);
  }
});

test('it is the schema of definitions', () => {
  expect(schema.title).toMatch(/^Holter definition/);
});
