import { expect, test } from 'vitest';
import { areas } from './areas';
import { parseSearch, stringifySearch } from './router';

test('the address is text and comes back as it was', () => {
  expect(parseSearch('?text=12&open=true&label=a%3Ab&label=c')).toEqual({ text: '12', open: 'true', label: ['a:b', 'c'] });
  expect(stringifySearch({ text: 'a b&c', label: ['x', 'y'], none: undefined, empty: '' })).toBe('?text=a+b%26c&label=x&label=y');
  expect(stringifySearch({})).toBe('');
  const search = { text: '<script>', state: 'DOWN' };
  expect(parseSearch(stringifySearch(search))).toEqual(search);
});

test('no two areas have the same name or page, and each navigation leads to a page', () => {
  expect(new Set(areas.map((area) => area.name)).size).toBe(areas.length);
  const paths = areas.flatMap((area) => area.routes.map((route) => route.path));
  expect(new Set(paths).size).toBe(paths.length);
  for (const area of areas) for (const item of area.nav ?? []) expect(paths).toContain(item.to);
});
