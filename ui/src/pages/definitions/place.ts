import { isMap, isScalar, isSeq, parseDocument, type Node, type Pair } from 'yaml';

/** Where something is typed: the keys that lead there, [] for elements of lists; then a key, or the value of one. */
export interface Place {
  path: string[];
  isValue: boolean;
  /** What is typed of it already. */
  word: string;
  /** Keys of the map that it stands in, with their values where these are scalars. */
  siblings: Record<string, string>;
  /** Fields of all parameters of the definition. */
  params: string[];
}

export const ELEMENT = '[]';
const mark = '__here__';

function siblingsOf(node: Node | undefined): Record<string, string> {
  const siblings: Record<string, string> = {};
  for (const pair of isMap(node) ? node.items : []) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    if (key !== '' && key !== mark) siblings[key] = isScalar(pair.value) ? String(pair.value.value) : '';
  }
  return siblings;
}

/** The way to the mark; null: it is not below this node. */
function find(node: unknown, path: string[]): { path: string[]; isValue: boolean; map: Node | undefined } | null {
  if (isSeq(node)) {
    for (const item of node.items) {
      const found = find(item, [...path, ELEMENT]);
      if (found !== null) return found;
    }
    return null;
  }
  if (isScalar(node)) return node.value === mark ? { path, isValue: true, map: undefined } : null;
  if (!isMap(node)) return null;
  for (const pair of node.items as Pair[]) {
    if (isScalar(pair.key) && pair.key.value === mark) return { path, isValue: false, map: node };
    const found = find(pair.value, [...path, isScalar(pair.key) ? String(pair.key.value) : '']);
    if (found !== null) return { ...found, map: found.map ?? node };
  }
  return null;
}

function paramsOf(root: unknown): string[] {
  const params = isMap(root) ? root.get('params') : undefined;
  if (!isSeq(params)) return [];
  return params.items.flatMap((item) => (isMap(item) && typeof item.get('field') === 'string' ? [String(item.get('field'))] : []));
}

/**
 * Of a position in a text that need not be whole. The text is read with a mark in the place of what is being typed, so that
 * block and flow style are told by who knows them.
 */
export function placeAt(text: string, position: number): Place | null {
  const begin = text.lastIndexOf('\n', position - 1) + 1;
  const end = text.indexOf('\n', position) === -1 ? text.length : text.indexOf('\n', position);
  const before = text.slice(begin, position);
  if (/(^|\s)#/.test(before)) return null;
  const value = /(?:^|[\s{,])[\w.$-]+:\s+(?:"|')?([^\s{}[\],"']*)$/.exec(before);
  const element = /^\s*-\s+([^\s{}:]*)$/.exec(before) ?? /\[(?:[^\]]*,)?\s*([^\s{}[\],]*)$/.exec(before);
  const key = /(?:^|[\s{,])([\w.$-]*)$/.exec(before);
  const wordOf = (found: RegExpExecArray) => found[1] ?? '';
  const read = (word: string, put: string) => {
    const rest = text.slice(position, end).replace(/^[^{},\]]*/, '');
    const document = parseDocument(text.slice(0, position - word.length) + put + rest + text.slice(end), { schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' });
    const found = find(document.contents, []);
    return found === null
      ? null
      : { path: found.path, isValue: found.isValue, word, siblings: siblingsOf(found.map), params: paramsOf(document.contents) };
  };
  if (value !== null) return read(wordOf(value), mark);
  // An element of a list of maps begins with a key; of a list of texts it is one.
  const asKey = key === null ? null : read(wordOf(key), `${mark}: `);
  return asKey ?? (element === null ? null : read(wordOf(element), mark));
}
