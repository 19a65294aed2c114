import { Badge, CloseButton, Group, SegmentedControl, Select } from '@mantine/core';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { SearchInput } from '@/ui/SearchInput';
import { LASTS, SEVERITIES, type Filters } from './filters';

interface Props {
  filters: Filters;
  onChange: (filters: Filters) => void;
  /** How many are open, by severity. */
  open: Record<string, number>;
}

export function IncidentFilters({ filters, onChange, open }: Props) {
  const t = useWords('incidents');
  const ui = useWords('ui');
  const set = (change: Partial<Filters>) => onChange({ ...filters, ...change });
  return (
    <Group gap="sm" align="flex-end">
      <SegmentedControl
        aria-label={t('filter.show')}
        value={filters.show}
        onChange={(show) => set({ show: show as Filters['show'] })}
        data={(['open', 'ended', 'all'] as const).map((value) => ({ value, label: t(`filter.${value}`) }))}
      />
      <Select
        aria-label={t('filter.severity')}
        placeholder={t('filter.severity')}
        clearable
        value={filters.severity ?? null}
        onChange={(severity) => set({ severity: (severity ?? undefined) as Filters['severity'] })}
        data={SEVERITIES.map((value) => ({
          value,
          label: `${ui(`severity.${value}`)}${open[value] ? ` (${open[value]})` : ''}`,
        }))}
        w={170}
      />
      <Select
        aria-label={t('filter.last')}
        placeholder={t('filter.last')}
        clearable
        value={filters.last ?? null}
        onChange={(last) => set({ last: (last ?? undefined) as Filters['last'] })}
        data={LASTS.map((value) => ({ value, label: t(`last.${value}`) }))}
        w={170}
      />
      <div style={{ flex: '1 1 200px' }}>
        <SearchInput
          value={filters.text ?? ''}
          onChange={(text: string) => set({ text: text === '' ? undefined : text })}
          label={t('filter.text')}
          placeholder={t('filter.text')}
        />
      </div>
      {filters.monitor !== undefined && (
        <Badge
          size="lg"
          variant="light"
          tt="none"
          rightSection={
            <CloseButton size="xs" aria-label={t('filter.anyMonitor')} onClick={() => set({ monitor: undefined })} />
          }
        >
          {t('filter.monitor')} <Name>{filters.monitor}</Name>
        </Badge>
      )}
    </Group>
  );
}
