import { Button, Group, Loader, Text } from '@mantine/core';
import { IconPlayerPlay, IconRefresh } from '@tabler/icons-react';
import type { Schemas } from '@/api/client';
import { useLanguage, useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { StateBadge } from '@/ui/StateBadge';
import { duration, number } from '@/ui/format';

const MOST_CELLS = 6;

interface Props {
  trial: Schemas['Trial'] | undefined;
  error: unknown;
  running: boolean;
  possible: boolean;
  run: () => void;
}

/** What the target has answered just now. */
export function TrialResult({ trial, error, running, possible, run }: Props) {
  const t = useWords('overview');
  const [language] = useLanguage();
  if (running)
    return (
      <Group gap="xs" role="status">
        <Loader size="xs" /> <Text size="sm">{t('start.trying')}</Text>
      </Group>
    );
  if (error) return <ProblemNote error={error} retry={run} />;
  if (trial === undefined)
    return (
      <Button
        size="xs"
        variant="default"
        disabled={!possible}
        leftSection={<IconPlayerPlay size={16} aria-hidden />}
        onClick={run}
      >
        {t('start.try')}
      </Button>
    );
  const first = trial.results.find((result) => result.code !== 'success') ?? trial.results[0];
  const cells = trial.results.flatMap((result) => result.rows.flatMap((row) => row.cells)).filter((cell) => cell.value !== null);
  return (
    <div>
      <Group gap="xs">
        <StateBadge state={trial.state} />
        {first?.duration_ms != null && <Text size="sm">{duration(first.duration_ms, language)}</Text>}
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<IconRefresh size={14} aria-hidden />}
          onClick={run}
          disabled={!possible}
        >
          {t('start.again')}
        </Button>
      </Group>
      {first !== undefined && first.message !== '' && (
        <Text size="sm" component="div">
          <Name wrap>{first.message}</Name>
        </Text>
      )}
      <Text size="sm" c="dimmed" component="div">
        {cells.slice(0, MOST_CELLS).map((cell, index) => (
          <span key={`${cell.series} ${cell.field} ${index}`}>
            {index > 0 && ' · '}
            <Name>{cell.field}</Name>{' '}
            {typeof cell.value === 'number' ? number(cell.value, cell.unit) : <Name>{String(cell.value)}</Name>}
          </span>
        ))}
        {cells.length > MOST_CELLS && ` · ${t('start.more', { n: cells.length - MOST_CELLS })}`}
      </Text>
    </div>
  );
}
