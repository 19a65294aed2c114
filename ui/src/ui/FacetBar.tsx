import type { ReactNode } from 'react';
import { Chip, Group } from '@mantine/core';
import { number } from './format';

export interface Facet {
  value: string;
  label: ReactNode;
  count?: number;
}

interface Props {
  label: string;
  facets: Facet[];
  /** '' where none is picked. */
  value: string;
  onChange: (value: string) => void;
}

/** Values to filter by, with how many there are; picking one again takes it back. */
export function FacetBar({ label, facets, value, onChange }: Props) {
  return (
    <Group gap={6} role="group" aria-label={label}>
      {facets.map((facet) => (
        <Chip key={facet.value} size="xs" checked={facet.value === value} onChange={(on) => onChange(on ? facet.value : '')}>
          {facet.label}
          {facet.count !== undefined && ` ${number(facet.count)}`}
        </Chip>
      ))}
    </Group>
  );
}
