import { useCallback, useMemo } from 'react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Range } from '@/ui/range';
import { readRange, writeRange } from './range';

type Search = Record<string, unknown>;

/** The address' search, and a way to change some of its keys; undefined takes a key away. */
export function useAddress(): [Search, (change: Search, replace?: boolean) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const set = useCallback(
    (change: Search, replace = false) => {
      const next = (before: Search) =>
        Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined));
      void navigate({ to: '.', search: next as never, replace, resetScroll: false });
    },
    [navigate],
  );
  return [search, set];
}

const DAY: Range = { last: '24h' };

/** The range of the page, which the address keeps; a link without one shows the last day. */
export function useRange(): [Range, (range: Range) => void] {
  const [search, setSearch] = useAddress();
  const { from, to, last } = search;
  // One object as long as the address says the same: it is part of query keys and effects.
  const range = useMemo(() => readRange({ from, to, last }, DAY), [from, to, last]);
  const setRange = useCallback((next: Range) => setSearch(writeRange(next)), [setSearch]);
  return [range, setRange];
}
