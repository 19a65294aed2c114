import { Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useWords } from '@/i18n';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import { SetTable } from './SetTable';
import type { Monitor, Results } from './queries';
import { useNames } from './useNames';

interface Props {
  monitor: Monitor;
  query: UseQueryResult<Results>;
  compact?: boolean;
}

/** The newest result of each set; those that decide on the state first, as the server sends them. */
export function Sets({ monitor, query, compact }: Props) {
  const t = useWords('monitor');
  const names = useNames(monitor.app);
  if (query.data === undefined)
    return query.error !== null ? (
      <ProblemNote error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading />
    );
  const sets = query.data.results;
  return (
    <Stack>
      {query.error !== null && <ProblemNote error={query.error} retry={() => void query.refetch()} />}
      {sets.length === 0 && <Empty title={t('results.none')}>{t('results.noneWhat')}</Empty>}
      {sets.map((set) => (
        <SetTable key={set.set} set={set} names={names} monitor={monitor.id} most={compact ? 10 : 100} />
      ))}
    </Stack>
  );
}
