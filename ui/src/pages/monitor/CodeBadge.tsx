import { Badge } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import type { Schemas } from '@/api/client';
import { useWords } from '@/i18n';

/** How a check ended, by sign and word. */
export function CodeBadge({ code }: { code: Schemas['Round']['code'] }) {
  const t = useWords('monitor');
  const good = code === 'success';
  return (
    <Badge
      variant="outline"
      color={good ? 'gray' : 'red'}
      tt="none"
      leftSection={good ? <IconCheck size={12} aria-hidden /> : <IconX size={12} aria-hidden />}
    >
      {t(`code.${code}`)}
    </Badge>
  );
}
