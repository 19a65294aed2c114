import { useEffect, useState } from 'react';
import { Button, Group, Stack, Switch, Table, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useLanguage, useWords } from '@/i18n';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { RangePicker } from '@/ui/RangePicker';
import { Time } from '@/ui/Time';
import { duration } from '@/ui/format';
import { CodeBadge } from './CodeBadge';
import { Wide } from './Wide';
import { roundsQuery, type Monitor } from './queries';
import { isLive, refreshMs, resolve } from './range';
import { useNames } from './useNames';
import { useAddress, useRange } from './useRange';
import classes from './monitor.module.css';

export function RoundsTab({ monitor }: { monitor: Monitor }) {
  const t = useWords('monitor');
  const [language] = useLanguage();
  const [search, setSearch] = useAddress();
  const [range, setRange] = useRange();
  const names = useNames(monitor.app);
  const onlyFailed = String(search['failed']) === 'true';
  // A cursor belongs to one range: it moves on only as a whole.
  const [now, setNow] = useState(() => Date.now());
  const list = useInfiniteQuery(roundsQuery(monitor.id, resolve(range, now)));
  const pages = list.data?.pages ?? [];

  const renews = pages.length <= 1 && isLive(range, now);
  useEffect(() => {
    if (!renews) return;
    const timer = setInterval(() => setNow(Date.now()), refreshMs(monitor.interval_ms, { from: 0, to: 0 }));
    return () => clearInterval(timer);
  }, [renews, monitor.interval_ms]);

  const all = pages.flatMap((page) => page.rounds);
  const rounds = onlyFailed ? all.filter((round) => round.code !== 'success') : all;
  return (
    <Stack>
      <Group justify="space-between">
        <Switch
          label={t('rounds.onlyFailed')}
          checked={onlyFailed}
          onChange={({ currentTarget }) => setSearch({ failed: currentTarget.checked || undefined }, true)}
        />
        <Group gap="xs">
          <Button
            variant="default"
            leftSection={<IconRefresh size={18} aria-hidden />}
            loading={list.isFetching && !list.isFetchingNextPage}
            onClick={() => setNow(Date.now())}
          >
            {t('rounds.newest')}
          </Button>
          <RangePicker value={range} onChange={setRange} />
        </Group>
      </Group>
      {list.error !== null && <ProblemNote error={list.error} retry={() => void list.refetch()} />}
      {list.data === undefined && list.error === null && <Loading />}
      {list.data !== undefined && rounds.length === 0 && (
        <Empty title={t(onlyFailed && all.length > 0 ? 'rounds.noneFailed' : 'rounds.none')}>
          {t(onlyFailed && all.length > 0 ? 'rounds.noneFailedWhat' : 'rounds.noneWhat', { n: all.length })}
        </Empty>
      )}
      {rounds.length > 0 && (
        <Wide label={t('tabs.rounds')}>
          <Table striped aria-label={t('tabs.rounds')}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('rounds.time')}</Table.Th>
                <Table.Th>{t('rounds.how')}</Table.Th>
                <Table.Th>{t('rounds.set')}</Table.Th>
                <Table.Th className={classes.number}>{t('rounds.took')}</Table.Th>
                <Table.Th>{t('rounds.message')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rounds.map((round, index) => (
                <Table.Tr key={`${round.time} ${round.set} ${index}`}>
                  <Table.Td>{round.time !== null && <Time at={round.time} mode="absolute" />}</Table.Td>
                  <Table.Td>
                    <CodeBadge code={round.code} />
                  </Table.Td>
                  <Table.Td>
                    <Name>{names.set(round.set)}</Name>
                  </Table.Td>
                  <Table.Td className={classes.number}>{duration(round.duration_ms, language)}</Table.Td>
                  <Table.Td className={classes.cell}>
                    <Name wrap>{round.message}</Name>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Wide>
      )}
      {list.hasNextPage ? (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('rounds.more')}
        </Button>
      ) : (
        all.length > 0 && (
          <Text size="sm" c="dimmed" ta="center">
            {t('rounds.end', { n: all.length })}
          </Text>
        )
      )}
    </Stack>
  );
}
