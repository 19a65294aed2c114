import { Button, CopyButton, Group, Select } from '@mantine/core';
import { IconLink, IconZoomOut } from '@tabler/icons-react';
import { useWords } from '@/i18n';
import { RangePicker } from '@/ui/RangePicker';
import type { Range } from '@/ui/range';
import { COMPARISONS, readComparison, resolve, widened, type Comparison } from './range';

interface Props {
  range: Range;
  onRange: (range: Range) => void;
  compare: Comparison | undefined;
  onCompare: (compare: Comparison | undefined) => void;
}

/** Range, comparison and the link that shows the same to others. */
export function ChartTools({ range, onRange, compare, onCompare }: Props) {
  const t = useWords('monitor');
  return (
    <Group gap="xs" align="end">
      <RangePicker value={range} onChange={onRange} />
      <Button
        variant="default"
        leftSection={<IconZoomOut size={18} aria-hidden />}
        onClick={() => onRange(widened(resolve(range, Date.now()), Date.now()))}
      >
        {t('charts.wider')}
      </Button>
      <Select
        aria-label={t('compare.label')}
        placeholder={t('compare.none')}
        clearable
        w={180}
        value={compare ?? null}
        onChange={(value) => onCompare(readComparison(value))}
        data={COMPARISONS.map((value) => ({ value, label: t(`compare.with.${value}`) }))}
      />
      <CopyButton value={window.location.href}>
        {({ copied, copy }) => (
          <Button variant="default" leftSection={<IconLink size={18} aria-hidden />} onClick={copy}>
            {t(copied ? 'charts.copied' : 'charts.copy')}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
