import { Alert, Badge, Group, Paper, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, ok, type Schemas } from '@/api/client';
import { useLive } from '@/api/live';
import { useMay } from '@/api/session';
import { useLanguage, useWords } from '@/i18n';
import { bytes, duration, number } from '@/ui/format';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';
import { AccountBars } from './AccountBars';
import { BudgetForm } from './BudgetForm';
import { LevelHistory } from './LevelHistory';
import { LEVEL_COLORS } from './levels';
import { WhatIf } from './WhatIf';

const everyMs = 5_000;

/** Where the memory is, what is done when it is short, and what still fits. */
export default function MemoryPage() {
  const t = useWords('memory');
  const mayChange = useMay('admin');
  const { data, error, refetch } = useQuery({
    queryKey: ['memory'],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/memory', { signal })),
    refetchInterval: everyMs,
  });
  useLive(['memory.level', 'memory.action', 'memory.budget'], () => void refetch());
  if (data === undefined) return error === null ? <Loading /> : <ProblemNote error={error} retry={() => void refetch()} />;
  const { level } = data;
  return (
    <Stack>
      <PageHeader title={t('title')} description={t('what')} />
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      <Paper withBorder p="md" component="section">
        <Group justify="space-between" mb="sm">
          <Title order={2} size="h4">
            {t('now')}
          </Title>
          <Badge variant="outline" size="lg" tt="none" style={{ color: LEVEL_COLORS[level.name] }}>
            {t(`level.${level.name}`)}
          </Badge>
        </Group>
        <Budget memory={data} />
        <Text c="dimmed" fz="sm" mt="sm">
          {t('cause', { cause: t(`signal.${level.signals.cause}`), percent: number(Math.round(level.signals[level.signals.cause] * 100)) })}
          {level.since !== null && (
            <>
              {' '}
              {t('since')} <Time at={level.since} />
            </>
          )}
        </Text>
      </Paper>
      <Figures memory={data} />
      <Paper withBorder p="md" component="section">
        <Title order={2} size="h4" mb="sm">
          {t('accounts')}
        </Title>
        <AccountBars accounts={data.accounts} limit={data.ledger_limit_bytes} />
      </Paper>
      <Actions actions={data.actions} />
      <Paused paused={data.paused} />
      <LevelHistory level={level} />
      <WhatIf />
      {mayChange && <BudgetForm budget={data.budget_bytes} />}
    </Stack>
  );
}

function Budget({ memory }: { memory: Schemas['Memory'] }) {
  const t = useWords('memory');
  const share = Math.min(1, memory.resident_bytes / memory.budget_bytes);
  const text = t('used', { used: bytes(memory.resident_bytes), budget: bytes(memory.budget_bytes) });
  return (
    <>
      <div
        role="meter"
        aria-label={t('resident')}
        aria-valuemin={0}
        aria-valuemax={memory.budget_bytes}
        aria-valuenow={memory.resident_bytes}
        aria-valuetext={text}
        style={{ height: 18, borderRadius: 4, background: 'light-dark(#e3e6ea, #353b45)', position: 'relative' }}
      >
        <div style={{ height: '100%', width: `${share * 100}%`, borderRadius: 4, background: LEVEL_COLORS[memory.level.name] }} />
        {(['elevated', 'high', 'critical', 'emergency'] as const).map((name) => (
          <div
            key={name}
            title={`${t(`level.${name}`)} ${Math.round(memory.level.from[name] * 100)} %`}
            style={{ position: 'absolute', top: 0, left: `${memory.level.from[name] * 100}%`, width: 1, height: '100%', background: 'var(--mantine-color-text)', opacity: 0.5 }}
          />
        ))}
      </div>
      <Text mt={4}>{text}</Text>
    </>
  );
}

function Figures({ memory }: { memory: Schemas['Memory'] }) {
  const t = useWords('memory');
  const figures: [string, number][] = [
    ['peak', memory.resident_peak_bytes],
    ['least', memory.least_left_bytes],
    ['ledger', memory.ledger_used_bytes],
    ['ledgerLimit', memory.ledger_limit_bytes],
    ['fixed', memory.fixed_bytes],
    ['unexplained', memory.unexplained_bytes],
    ['mapped', memory.allocator.mapped_bytes],
    ['historyResident', memory.history.resident_bytes],
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} component="dl" m={0}>
      {figures.map(([key, value]) => (
        <Paper key={key} withBorder p="sm">
          <Text component="dt" fz="sm" c="dimmed">
            {t(`figure.${key}`)}
          </Text>
          <Text component="dd" m={0} fw={600}>
            {bytes(value)}
          </Text>
        </Paper>
      ))}
    </SimpleGrid>
  );
}

function Actions({ actions }: { actions: Schemas['MemoryAction'][] }) {
  const t = useWords('memory');
  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} size="h4" mb="sm">
        {t('actions')}
      </Title>
      <Table.ScrollContainer minWidth={340}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('action')}</Table.Th>
              <Table.Th>{t('from')}</Table.Th>
              <Table.Th>{t('state')}</Table.Th>
              <Table.Th ta="right">{t('times')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {actions.map((action) => (
              <Table.Tr key={action.name}>
                <Table.Td>
                  {t(`do.${action.name}`, { defaultValue: action.name })}
                  {action.effect !== '' && (
                    <Text fz="xs" c="dimmed">
                      {action.effect}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>{t(`level.${action.level}`)}</Table.Td>
                <Table.Td>
                  {action.active ? <strong>{t('active')}</strong> : t('idle')}
                  {action.since !== null && (
                    <Text fz="xs" c="dimmed">
                      <Time at={action.since} />
                    </Text>
                  )}
                </Table.Td>
                <Table.Td ta="right">{number(action.times)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

function Paused({ paused }: { paused: Schemas['Memory']['paused'] }) {
  const t = useWords('memory');
  const [language] = useLanguage();
  if (paused.count === 0) return null;
  return (
    <Alert color="orange" title={t('paused', { n: number(paused.count) })}>
      <Text mb="sm">{t('pausedWhat', { bytes: bytes(paused.bytes) })}</Text>
      <Table.ScrollContainer minWidth={340}>
        <Table>
          <Table.Tbody>
            {paused.monitors.map((monitor) => (
              <Table.Tr key={monitor.id}>
                <Table.Td>
                  <Link to="/monitors/$id" params={{ id: monitor.id }}>
                    <Name>{monitor.name}</Name>
                  </Link>
                </Table.Td>
                <Table.Td>{t(`criticality.${monitor.criticality}`)}</Table.Td>
                <Table.Td>{bytes(monitor.bytes)}</Table.Td>
                <Table.Td>{monitor.since !== null && duration(Date.now() - Date.parse(monitor.since), language)}</Table.Td>
                <Table.Td>
                  <Name wrap>{monitor.reason}</Name>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Alert>
  );
}
