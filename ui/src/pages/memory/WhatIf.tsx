import { useState } from 'react';
import { Alert, Group, NumberInput, Paper, Select, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import { useLanguage, useWords } from '@/i18n';
import { bytes, duration, number } from '@/ui/format';
import { ProblemNote } from '@/ui/ProblemNote';

const pauseMs = 300;
const COLORS = { fits: 'teal', fits_at_interval: 'yellow', does_not_fit: 'red' } as const;

/** What would be if there were so many more. */
export function WhatIf() {
  const t = useWords('memory');
  const [language] = useLanguage();
  const [count, setCount] = useState<number | string>(1000);
  const [app, setApp] = useState('ping');
  const [interval, setInterval_] = useState('60s');
  const [wanted] = useDebouncedValue({ app, interval, count: Number(count) || 1 }, pauseMs);
  const apps = useQuery({
    queryKey: ['definitions', 'apps'],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/definitions', { params: { query: { limit: 1000 } }, signal })),
    staleTime: Infinity,
  });
  const { data, error } = useQuery({
    queryKey: ['admission', wanted],
    queryFn: ({ signal }) => ok(api.GET('/api/v1/admission', { params: { query: wanted }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} size="h4" mb="sm">
        {t('whatIf')}
      </Title>
      <Group align="flex-end" mb="sm">
        <NumberInput label={t('count')} min={1} max={10_000_000} value={count} onChange={setCount} w={130} />
        <Select
          label={t('app')}
          searchable
          allowDeselect={false}
          limit={50}
          data={[...new Set(['ping', ...(apps.data?.definitions ?? []).map((row) => row.app)])]}
          value={app}
          onChange={(next) => next !== null && setApp(next)}
          w={200}
        />
        <Select label={t('interval')} allowDeselect={false} data={['10s', '30s', '60s', '5m', '15m', '1h']} value={interval} onChange={(next) => next !== null && setInterval_(next)} w={110} />
      </Group>
      {error !== null && <ProblemNote error={error} />}
      {data !== undefined && (
        <Alert color={COLORS[data.verdict]} role="status">
          {t(`verdict.${data.verdict}`, {
            bytes: bytes(data.bytes_wanted),
            left: bytes(data.bytes_left),
            most: number(data.most),
            interval: duration(data.fits_at_ms ?? data.interval_ms, language),
          })}
        </Alert>
      )}
    </Paper>
  );
}
