import { TagsInput } from '@mantine/core';
import { useWords } from '@/i18n';

interface Props {
  /** "key:value". */
  value: string[];
  onChange: (labels: string[]) => void;
}

/** Labels that all must have. What is no "key:value" is not taken. */
export function LabelFilter({ value, onChange }: Props) {
  const t = useWords('monitors');
  return (
    <TagsInput
      aria-label={t('filter.labels')}
      placeholder={value.length === 0 ? t('filter.labelsHint') : ''}
      value={value}
      onChange={(labels) => onChange(labels.filter((one) => /^[^:]+:/.test(one)))}
      acceptValueOnBlur
      clearable
      flex="0 1 15rem"
    />
  );
}
