import { Button, Group, Text } from '@mantine/core';
import { useWords } from '@/i18n';
import { lengthOf } from '@/ui/range';
import type { ExtraProps } from './documents';

/** From now on, for so long, by one click. */
export function SilenceDurations({ document: { spec }, onChange, readOnly }: ExtraProps) {
  const t = useWords('alerting');
  if (readOnly) return null;
  return (
    <Group gap="xs">
      <Text>{t('silences.for')}</Text>
      {['1h', '4h', '1d', '7d'].map((last) => (
        <Button
          key={last}
          size="xs"
          variant="default"
          onClick={() => onChange({ ...spec, starts: undefined, ends: new Date(Date.now() + (lengthOf(last) ?? 0)).toISOString() })}
        >
          {last}
        </Button>
      ))}
    </Group>
  );
}
