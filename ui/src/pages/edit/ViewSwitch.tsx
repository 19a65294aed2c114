import { SegmentedControl, Stack, Text } from '@mantine/core';
import { useWords } from '@/i18n';

export type View = 'form' | 'yaml';

interface Props {
  value: View;
  onChange: (view: View) => void;
  /** The text cannot be read, so that there is nothing that the form could show. */
  isLocked: boolean;
}

export function ViewSwitch({ value, onChange, isLocked }: Props) {
  const t = useWords('edit');
  return (
    <Stack gap={4}>
      <SegmentedControl
        aria-label={t('view')}
        w="fit-content"
        data={[
          { value: 'form', label: t('form'), disabled: isLocked },
          { value: 'yaml', label: 'YAML' },
        ]}
        value={value}
        onChange={(view) => onChange(view as View)}
      />
      {isLocked && <Text fz="sm">{t('locked')}</Text>}
    </Stack>
  );
}
