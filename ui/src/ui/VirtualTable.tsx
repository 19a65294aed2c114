import { memo, useEffect, useRef, useState, type KeyboardEvent, type ReactNode, type UIEvent } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useWords } from '@/i18n';
import classes from './VirtualTable.module.css';

export interface Column<T> {
  key: string;
  title: ReactNode;
  /** CSS grid track, e.g. "minmax(8rem, 2fr)". */
  width: string;
  cell: (row: T) => ReactNode;
  /** The field that the server sorts by; none: it cannot be sorted by this column. */
  sort?: string;
  align?: 'left' | 'right';
  /** The least screen on which it is shown; none: any. */
  from?: 'tablet' | 'desktop';
}

export interface Sort {
  by: string;
  order: 'asc' | 'desc';
}

interface Props<T> {
  /** Those that are loaded, by place; undefined: it comes. Or a plain list. */
  rows: readonly (T | undefined)[] | ((index: number) => T | undefined);
  rowKey: (row: T) => string;
  columns: Column<T>[];
  /** How many there are in all. */
  total: number;
  rowHeight?: number;
  height?: string;
  /** Which places are seen, to be loaded. */
  onVisible?: (first: number, last: number) => void;
  /** Enter or a double click. */
  onActivate?: (row: T) => void;
  /** A key that the table has no use for, on the row that is current. */
  onKey?: (event: KeyboardEvent, row: T | undefined) => void;
  selection?: { has: (key: string) => boolean; toggle: (row: T, range: boolean) => void };
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  /** Of the table, for screen readers. */
  label: string;
}

const overscan = 8;

/** A grid of any length: only what is seen is drawn. Arrows, Home, End, PageUp and PageDown move, Space selects, Enter opens. */
export function VirtualTable<T>(props: Props<T>) {
  const { rows, rowKey, columns, total, rowHeight = 44, height = '70vh', onVisible, onActivate, onKey, selection, sort, onSort, label } = props;
  const t = useWords('ui');
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const [moved, setMoved] = useState(false);
  const at = (i: number): T | undefined => (typeof rows === 'function' ? rows(i) : rows[i]);
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan,
    initialRect: { width: 1000, height: 700 },
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  const tell = useRef(onVisible);
  useEffect(() => {
    tell.current = onVisible;
  });
  useEffect(() => {
    if (total > 0) tell.current?.(first, last);
  }, [first, last, total]);
  const active = Math.min(current, Math.max(0, total - 1));
  const gridOf = (left: Column<T>['from'][]) => columns.filter((column) => !left.includes(column.from)).map((column) => column.width).join(' ');

  function move(to: number): void {
    const next = Math.max(0, Math.min(total - 1, to));
    setCurrent(next);
    setMoved(true);
    virtual.scrollToIndex(next);
  }
  function key(event: KeyboardEvent<HTMLDivElement>): void {
    const isInside = event.target !== event.currentTarget;
    if (isInside && (event.key === 'Enter' || event.key === ' ')) return; // a button or link in the row
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight) - 1);
    const to = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: total - 1,
    }[event.key];
    const row = at(active);
    if (to !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      move(to);
    } else if (event.key === 'Enter' && row !== undefined && onActivate !== undefined) {
      event.preventDefault();
      onActivate(row);
    } else if (event.key === ' ' && row !== undefined && selection !== undefined) {
      event.preventDefault();
      selection.toggle(row, event.shiftKey);
    } else if (onKey !== undefined) {
      if (event.key === 'j' || event.key === 'k') move(active + (event.key === 'j' ? 1 : -1));
      else onKey(event, row);
    }
  }
  // The head moves sideways with the rows.
  const head = useRef<HTMLDivElement>(null);
  const scrolled = (event: UIEvent<HTMLDivElement>) => {
    if (head.current !== null) head.current.scrollLeft = event.currentTarget.scrollLeft;
  };

  return (
    <>
    {/* The focus stays on the list while arrows move: said aloud, and not shown. */}
    <div className={classes.said} aria-live="polite">
      {moved && t('table.at', { n: active + 1, total })}
    </div>
    <div
      role="grid"
      aria-label={label}
      aria-rowcount={total + 1}
      aria-colcount={columns.length}
      aria-multiselectable={selection === undefined ? undefined : true}
      className={classes.table}
      style={{ '--grid': gridOf([]), '--tablet-grid': gridOf(['desktop']), '--phone-grid': gridOf(['desktop', 'tablet']) } as React.CSSProperties}
    >
      <div role="rowgroup" ref={head} className={classes.head}>
        <div role="row" aria-rowindex={1} className={classes.row}>
          {columns.map((column) => {
            const by = column.sort;
            const isBy = by !== undefined && sort?.by === by;
            const turned = isBy && sort.order === 'asc' ? 'desc' : 'asc';
            return (
              <div
                key={column.key}
                role="columnheader"
                className={classes.cell}
                data-align={column.align}
                data-from={column.from}
                aria-sort={by === undefined ? undefined : isBy ? (sort.order === 'asc' ? 'ascending' : 'descending') : 'none'}
              >
                {by === undefined || onSort === undefined ? (
                  column.title
                ) : (
                  <button type="button" className={classes.sort} onClick={() => onSort({ by, order: turned })}>
                    {column.title}
                    <span aria-hidden>{isBy ? (sort.order === 'asc' ? ' ▲' : ' ▼') : ''}</span>
                  </button>
                )}
              </div>
            );
          })}
        </div>
      </div>
      <div
        ref={scroller}
        role="rowgroup"
        tabIndex={0}
        className={classes.body}
        style={{ maxHeight: height, height: Math.min(total, 1000) * rowHeight }}
        aria-label={t('table.keys')}
        onKeyDown={key}
        onScroll={scrolled}
      >
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
          {items.map((item) => {
            const row = at(item.index);
            const key_ = row === undefined ? undefined : rowKey(row);
            return (
              <Row
                key={item.index}
                id={`${label}-${item.index}`}
                row={row}
                columns={columns as Column<unknown>[]}
                index={item.index}
                top={item.start}
                height={rowHeight}
                current={item.index === active}
                selected={key_ === undefined || selection === undefined ? undefined : selection.has(key_)}
                coming={t('table.coming')}
                onClick={setCurrent}
                onOpen={onActivate as ((row: unknown) => void) | undefined}
              />
            );
          })}
        </div>
      </div>
    </div>
    </>
  );
}

interface RowProps {
  id: string;
  row: unknown;
  columns: Column<unknown>[];
  index: number;
  top: number;
  height: number;
  current: boolean;
  selected: boolean | undefined;
  coming: string;
  onClick: (index: number) => void;
  onOpen: ((row: unknown) => void) | undefined;
}

/** Drawn again only when something of it changes: scrolling by one row draws one row. */
const Row = memo(function Row({ id, row, columns, index, top, height, current, selected, coming, onClick, onOpen }: RowProps) {
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-current={current || undefined}
      data-selected={selected || undefined}
      className={`${classes.row} ${classes.placed}`}
      style={{ height, transform: `translateY(${top}px)` }}
      onClick={() => onClick(index)}
      onDoubleClick={() => row !== undefined && onOpen?.(row)}
    >
      {row === undefined ? (
        <div role="gridcell" className={classes.coming}>
          {coming}
        </div>
      ) : (
        columns.map((column) => (
          <div key={column.key} role="gridcell" className={classes.cell} data-align={column.align} data-from={column.from}>
            {column.cell(row)}
          </div>
        ))
      )}
    </div>
  );
});
