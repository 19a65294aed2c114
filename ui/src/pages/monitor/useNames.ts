import { useMemo } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '@/api/client';
import { pick, useLanguage } from '@/i18n';
import { definitionQuery } from './queries';

/** What people call sets, fields and parameters in their language; the keys while nobody knows or where there is no name. */
export interface Names {
  set: (set: string) => string;
  field: (set: string, field: string) => string;
  param: (field: string) => string;
}

/** In the language of the moment. */
export function namesOf(definition: Schemas['Definition'] | undefined): Names {
  const sets = new Map(definition?.results.map((set) => [set.name, set]));
  const params = new Map(definition?.params.map((param) => [param.field, param]));
  return {
    set: (set) => pick(sets.get(set)?.i18n) || set,
    field: (set, field) => pick(sets.get(set)?.fields.find((one) => one.field === field)?.i18n) || field,
    param: (field) => pick(params.get(field)?.name) || field,
  };
}

export function useNames(app: string | undefined): Names {
  const { data } = useQuery(definitionQuery(app));
  const [language] = useLanguage();
  // The language counts, since the names are read in it.
  return useMemo(() => namesOf(data), [data, language]);
}
