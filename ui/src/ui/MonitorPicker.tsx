import { useState } from 'react';
import { MultiSelect, Select, type ComboboxItem } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import { useWords } from '@/i18n';

interface Props {
  /** Ids, or names with `by="name"`. */
  value: string[];
  onChange: (value: string[]) => void;
  multiple?: boolean;
  by?: 'id' | 'name';
  label?: string;
  description?: string;
  error?: string | undefined;
  disabled?: boolean;
  max?: number;
}

const shown = 30;
const pauseMs = 150;

/** Monitors, found by text through the API: there may be a hundred thousand. */
export function MonitorPicker({ value, onChange, multiple = false, by = 'id', label, description, error, disabled = false, max }: Props) {
  const t = useWords('ui');
  const [text, setText] = useState('');
  const [wanted] = useDebouncedValue(text, pauseMs);
  const found = useQuery({
    queryKey: ['monitors', 'pick', wanted],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/monitors', { params: { query: { text: wanted, limit: shown, sort: 'name' } }, signal })),
    placeholderData: keepPreviousData,
  });
  // Those that are picked already have ids only.
  const picked = useQueries({
    queries: (by === 'id' ? value : []).map((id) => ({
      queryKey: ['monitor', id],
      queryFn: ({ signal }: { signal: AbortSignal }) => ok(api.GET('/api/v1/monitors/{id}', { params: { path: { id } }, signal })),
    })),
  });
  const known = new Map<string, string>();
  for (const row of found.data?.monitors ?? []) known.set(by === 'id' ? row.id : row.name, row.name);
  value.forEach((one, i) => known.set(one, by === 'name' ? one : (picked[i]?.data?.name ?? known.get(one) ?? one)));
  const data: ComboboxItem[] = [...known].map(([key, name]) => ({ value: key, label: name }));
  const common = {
    label: label ?? t('monitors.title'),
    description,
    error,
    disabled,
    data,
    searchable: true,
    searchValue: text,
    onSearchChange: setText,
    clearable: true,
    limit: shown,
    nothingFoundMessage: found.isFetching ? t('loading') : t('monitors.none'),
    filter: ({ options }: { options: unknown[] }) => options as ComboboxItem[], // the server has filtered
  };
  return multiple ? (
    <MultiSelect {...common} value={value} onChange={onChange} hidePickedOptions {...(max === undefined ? {} : { maxValues: max })} />
  ) : (
    <Select {...common} value={value[0] ?? null} onChange={(one) => onChange(one === null ? [] : [one])} />
  );
}
