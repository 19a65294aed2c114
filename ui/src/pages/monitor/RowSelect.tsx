import { MultiSelect } from '@mantine/core';
import { useWords } from '@/i18n';
import { rowName } from './labels';
import { isSameField, type NumericField, type Pick } from './series';

interface Props {
  field: NumericField;
  name: string;
  /** One without labels stands for all rows. */
  picks: readonly Pick[];
  pick: Pick;
  onChange: (picks: Pick[]) => void;
}

/** Which rows of a field are drawn; none picked: all. */
export function RowSelect({ field, name, picks, pick, onChange }: Props) {
  const t = useWords('monitor');
  const own = picks.filter((one) => isSameField(one, pick));
  const change = (rows: string[]) => {
    const base: Pick = { monitor: pick.monitor, set: pick.set, field: pick.field };
    const next = rows.length === 0 ? [base] : rows.map((labels) => ({ ...base, labels }));
    const at = picks.findIndex((one) => isSameField(one, pick));
    const others = picks.filter((one) => !isSameField(one, pick));
    onChange([...others.slice(0, at), ...next, ...others.slice(at)]);
  };
  return (
    <MultiSelect
      label={t('charts.rowsOf', { name })}
      placeholder={own.some((one) => one.labels !== undefined) ? '' : t('charts.allRows', { n: field.rows.length })}
      searchable
      clearable
      hidePickedOptions
      limit={200}
      data={[...new Set(field.rows)].map((labels) => ({ value: labels, label: rowName(labels) }))}
      value={own.flatMap((one) => (one.labels === undefined ? [] : [one.labels]))}
      onChange={change}
    />
  );
}
