import { List, Text } from '@mantine/core';
import type { Schemas } from '@/api/client';
import { useWords } from '@/i18n';
import { number } from '@/ui/format';
import { Name } from '@/ui/Name';

interface Props {
  monitors: Schemas['RefusedMonitor'][];
  /** Of which `monitors` are the first ones. */
  count: number;
}

/** Monitors that are in the way, and why. */
export function Refused({ monitors, count }: Props) {
  const t = useWords('definitions');
  if (count === 0) return null;
  return (
    <>
      <Text component="div">{t('edit.refused', { n: number(count) })}</Text>
      <List size="sm">
        {monitors.map((one) => (
          <List.Item key={one.name}>
            <Name wrap>{one.name}</Name>: <Name wrap>{one.reason}</Name>
          </List.Item>
        ))}
      </List>
      {count > monitors.length && <Text fz="sm">{t('edit.more', { n: number(count - monitors.length) })}</Text>}
    </>
  );
}
