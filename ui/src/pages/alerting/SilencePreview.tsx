import { useEffect, useState } from 'react';
import { Anchor, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { useMay } from '@/api/session';
import { useWords } from '@/i18n';
import { number } from '@/ui/format';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { textOf, type ExtraProps } from './documents';

const pauseMs = 500;
const shown = 20;

/** Which open incidents the matchers catch now. */
export function SilencePreview({ document: { spec } }: ExtraProps) {
  const t = useWords('alerting');
  const may = useMay('operator');
  const matchers = textOf(spec['matchers']).trim();
  const [wanted, setWanted] = useState(matchers);
  useEffect(() => {
    const timer = setTimeout(() => setWanted(matchers), pauseMs);
    return () => clearTimeout(timer);
  }, [matchers]);
  const { data, error } = useQuery({
    queryKey: ['alerts', 'silences', 'preview', wanted],
    queryFn: ({ signal }) => ok(api.POST('/api/v1/alerts/silences/preview', { body: { matchers: wanted }, signal })),
    enabled: may && wanted !== '',
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (!may) return null;
  return (
    <Paper withBorder p="md" component="section">
      <Stack gap="xs">
        <Title order={2} size="h4">
          {t('silences.preview')}
        </Title>
        {wanted === '' && <Text c="dimmed">{t('silences.previewEmpty')}</Text>}
        {error !== null && <ProblemNote error={error} />}
        {data !== undefined && wanted !== '' && (
          <>
            <Text fw={600} role="status">
              {t('silences.catches', { n: number(data.incidents.length) })}
            </Text>
            {data.incidents.slice(0, shown).map((incident) => (
              <Group key={incident.id} gap="xs" wrap="nowrap">
                <SeverityBadge severity={incident.severity} />
                <Anchor miw={0} renderRoot={(props) => <Link to={`/incidents/${incident.id}`} {...props} />}>
                  <Name>{incident.annotations['summary'] ?? incident.rule}</Name>
                </Anchor>
              </Group>
            ))}
            {data.incidents.length > shown && <Text c="dimmed">{t('silences.more', { n: number(data.incidents.length - shown) })}</Text>}
          </>
        )}
      </Stack>
    </Paper>
  );
}
