import { useCallback, useEffect, useRef, useState } from 'react';
import { searchOf, type Filter, type Row } from './filter';
import type { Rows } from './useRows';

export interface Selection {
  has: (id: string) => boolean;
  /** With `range`: all between the one before and this one, as far as they are loaded. */
  toggle: (row: Row, range: boolean) => void;
  /** Everything that matches the filter, loaded or not. */
  all: boolean;
  ids: string[];
  selectAll: () => void;
  clear: () => void;
  /** Another one after each change. */
  version: number;
}

const mostRange = 5_000;

/** What is ticked. Another filter forgets it: nobody should change what he does not see. */
export function useSelection(rows: Rows, filter: Filter): Selection {
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [all, setAll] = useState(false);
  const [version, setVersion] = useState(0);
  const before = useRef<string | null>(null);
  const newest = useRef(rows);
  useEffect(() => {
    newest.current = rows;
  });
  const { sort: _, ...rest } = filter;
  const key = JSON.stringify(searchOf({ ...rest, sort: { by: 'name', order: 'asc' } }));
  const clear = useCallback(() => {
    setPicked(new Set());
    setAll(false);
    setVersion((old) => old + 1);
    before.current = null;
  }, []);
  useEffect(clear, [key, clear]);

  const toggle = useCallback((row: Row, range: boolean) => {
    setAll(false);
    setVersion((old) => old + 1);
    setPicked((old) => {
      const next = new Set(old);
      if (range && before.current !== null && before.current !== row.id)
        for (const id of between(newest.current, before.current, row.id)) next.add(id);
      else if (next.has(row.id)) next.delete(row.id);
      else next.add(row.id);
      return next;
    });
    before.current = row.id;
  }, []);

  return {
    has: (id) => all || picked.has(id),
    toggle,
    all,
    ids: [...picked],
    selectAll: () => {
      setAll(true);
      setVersion((old) => old + 1);
    },
    clear,
    version,
  };
}

/** Ids from one row to the other, both included. */
export function between(rows: Pick<Rows, 'at' | 'total'>, a: string, b: string): string[] {
  const ids: string[] = [];
  let ends = 0;
  for (let i = 0; i < Math.min(rows.total ?? 0, mostRange) && ends < 2; ++i) {
    const id = rows.at(i)?.id;
    if (id === a || id === b) ++ends;
    if (ends > 0 && id !== undefined) ids.push(id);
  }
  return ends === 2 ? ids : [b];
}
