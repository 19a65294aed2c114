import type { Schemas } from '@/api/client';
import type { Sort } from '@/ui/VirtualTable';

export type Row = Schemas['Monitor'];
export type State = Row['state'];
export const STATES: State[] = ['DOWN', 'UNREACHABLE', 'STALE', 'UNKNOWN', 'PAUSED', 'UP'];
const SORTS = ['name', 'state', 'since', 'last_check', 'duration', 'app', 'folder'] as const;
type SortBy = (typeof SORTS)[number];

export interface Filter {
  text: string;
  state: State | '';
  app: string;
  /** null: all; '' would be the root, which holds all. */
  folder: string;
  /** "key:value". */
  labels: string[];
  sort: Sort;
}

const defaultSort: Sort = { by: 'name', order: 'asc' };

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What the address says; what it cannot say is left out. */
export function filterOf(search: Record<string, unknown>): Filter {
  const state = textOf(search['state']).toUpperCase() as State;
  const by = textOf(search['sort']) as SortBy;
  const label = search['label'];
  const labels = (Array.isArray(label) ? label : [label]).filter((one): one is string => typeof one === 'string' && one.includes(':'));
  return {
    text: textOf(search['text']),
    state: STATES.includes(state) ? state : '',
    app: textOf(search['app']),
    folder: textOf(search['folder']),
    labels,
    sort: SORTS.includes(by) ? { by, order: search['order'] === 'desc' ? 'desc' : 'asc' } : defaultSort,
  };
}

/** For the address: only what differs from the list of all, by name. */
export function searchOf(filter: Filter): Record<string, string | string[]> {
  const search: Record<string, string | string[]> = {};
  for (const key of ['text', 'state', 'app', 'folder'] as const) if (filter[key] !== '') search[key] = filter[key];
  if (filter.labels.length > 0) search['label'] = filter.labels;
  if (filter.sort.by !== defaultSort.by || filter.sort.order !== defaultSort.order) {
    search['sort'] = filter.sort.by;
    search['order'] = filter.sort.order;
  }
  return search;
}

/** For the API's list. */
export function queryOf(filter: Filter) {
  return {
    ...(filter.text === '' ? {} : { text: filter.text }),
    ...(filter.state === '' ? {} : { state: filter.state }),
    ...(filter.app === '' ? {} : { app: filter.app }),
    ...(filter.folder === '' ? {} : { folder: filter.folder }),
    ...(filter.labels.length === 0 ? {} : { label: filter.labels }),
    sort: filter.sort.by as SortBy,
    order: filter.sort.order,
  };
}

export type BulkFilter = Schemas['BulkOrder']['filter'];

/** The same monitors, for a change of all of them. Null: it would be all that there are, which a filter cannot say. */
export function bulkFilterOf(filter: Filter): BulkFilter | null {
  const labels = Object.fromEntries(
    filter.labels.map((one) => {
      const colon = one.indexOf(':');
      return [one.slice(0, colon), one.slice(colon + 1)];
    }),
  );
  const out: BulkFilter = {
    ...(filter.text === '' ? {} : { text: filter.text }),
    ...(filter.state === '' ? {} : { state: filter.state }),
    ...(filter.app === '' ? {} : { app: filter.app }),
    ...(filter.folder === '' ? {} : { folder: filter.folder }),
    ...(filter.labels.length === 0 ? {} : { labels }),
  };
  return Object.keys(out).length === 0 ? null : out;
}

export function isPlain(filter: Filter): boolean {
  return bulkFilterOf(filter) === null;
}
