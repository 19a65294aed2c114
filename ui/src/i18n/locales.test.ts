import { describe, expect, test } from 'vitest';
import { uiWords } from '@/ui/words';
import common from './en.json';
import commonZh from './zh.json';

type Words = Record<string, unknown>;
const files = import.meta.glob<Words>(['../pages/*/en.json', '../pages/*/zh.json'], { import: 'default', eager: true });
const sources = import.meta.glob<string>(['../**/*.ts', '../**/*.tsx', '!../**/*.test.ts', '!../**/*.test.tsx'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** "a.b" -> text, of nested words. */
function flat(words: Words, prefix = ''): Map<string, string> {
  const out = new Map<string, string>();
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === 'string') out.set(prefix + key, value);
    else for (const [below, text] of flat(value as Words, `${prefix}${key}.`)) out.set(below, text);
  }
  return out;
}
const placeholders = (text: string) => [...text.matchAll(/{{\s*(\w+)/g)].map((found) => found[1]).sort();
// English has words of its own for one and for many.
const plural = /_(one|other|zero)$/;
const bare = (keys: Iterable<string>) => [...new Set([...keys].map((key) => key.replace(plural, '')))].sort();

const areas: [string, Words, Words][] = [
  ['common', common, commonZh],
  ['ui', uiWords.en, uiWords.zh],
];
for (const path of Object.keys(files)) {
  const area = /pages\/([^/]+)\/en\.json$/.exec(path)?.[1];
  if (area !== undefined) areas.push([area, files[path] ?? {}, files[`../pages/${area}/zh.json`] ?? {}]);
}

describe.each(areas)('words of %s', (area, en, zh) => {
  const english = flat(en);
  const chinese = flat(zh);

  test('are the same in both languages', () => {
    expect(english.size).toBeGreaterThan(2);
    expect(bare(chinese.keys())).toEqual(bare(english.keys()));
  });

  test('have the same values in them', () => {
    for (const [key, text] of chinese) {
      const other = english.get(key) ?? english.get(`${key.replace(plural, '')}_other`);
      expect([key, ...placeholders(text)]).toEqual([key, ...placeholders(other ?? '')]);
    }
  });

  test('are none of them empty, and no Chinese one is left in English', () => {
    for (const [key, text] of [...english, ...chinese]) expect([key, text.trim()]).not.toEqual([key, '']);
    const latin = [...chinese].filter(([key, text]) => /[a-z]{4,} [a-z]{3,} [a-z]{3,}/i.test(text) && !/[\u4e00-\u9fff]/.test(text) && english.get(key) === text);
    expect(latin.filter(([, text]) => !/[="`/\\]/.test(text))).toEqual([]);
  });

  test('that are asked for literally are there', () => {
    const missing: string[] = [];
    for (const [path, source] of Object.entries(sources)) {
      const isOwn = area === 'ui' ? path.startsWith('../ui/') : area === 'common' ? path.startsWith('../app/') : path.includes(`/pages/${area}/`);
      if (isOwn && new RegExp(`useWords\\('${area}'\\)`).test(source)) {
        const name = new RegExp(`const (\\w+) = useWords\\('${area}'\\)`).exec(source)?.[1] ?? 't';
        for (const found of source.matchAll(new RegExp(`(?<![\\w.])${name}\\('([\\w.]+)'[,)]`, 'g'))) {
          const key = found[1] ?? '';
          if (!english.has(key) && !english.has(`${key}_other`)) missing.push(`${path}: ${key}`);
        }
      }
    }
    expect(missing).toEqual([]);
  });
});

/** Keys that no source has: neither whole, nor as a template whose places something is put into. */
function unused(keys: Iterable<string>, text: string): string[] {
  const templates = [...text.matchAll(/`(?:common:)?((?:[\w.-]|\$\{[^}`]*\})+)`/g)]
    .map((found) => found[1] ?? '')
    .filter((one) => one.includes('${') && /\.\w|\w\./.test(one.replace(/\$\{[^}]*\}/g, '')))
    .map((one) => new RegExp(`^${one.split(/\$\{[^}]*\}/).map((part) => part.replaceAll('.', '\\.')).join('[\\w.-]+')}$`));
  const begun = new Set([...text.matchAll(/['"](?:\w+:)?([\w.]+\.)['"]/g)].map((found) => found[1] ?? ''));
  return [...keys].filter((key) => {
    const name = key.replace(plural, '');
    const isWhole = new RegExp(`[\`'":]${name.replaceAll('.', '\\.')}[\`'"]`).test(text);
    return !isWhole && !templates.some((one) => one.test(name)) && ![...begun].some((start) => name.startsWith(start));
  });
}

test('there is no word that nothing says', () => {
  const all = Object.entries(sources);
  const textOf = (part: string) => all.filter(([path]) => path.includes(part)).map(([, source]) => source).join('\n');
  for (const [area, words] of areas) {
    const text = textOf(area === 'common' ? '' : area === 'ui' ? '../ui/' : `/pages/${area}/`);
    // Those of buttons are there so that all areas use the same; each may be the first to need one.
    const keys = [...flat(words).keys()].filter((key) => area !== 'common' || !key.startsWith('actions.'));
    expect([area, ...unused(keys, text)]).toEqual([area]);
  }
});

test('words of all that areas take from "common" are there', () => {
  const english = flat(common);
  const missing: string[] = [];
  for (const [path, source] of Object.entries(sources))
    for (const found of source.matchAll(/\('common:([\w.]+)'[,)]/g)) if (!english.has(found[1] ?? '')) missing.push(`${path}: ${found[1]}`);
  expect(missing).toEqual([]);
});
