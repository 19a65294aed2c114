import { useEffect, useState } from 'react';
import { Paper, Stack, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { useMay } from '@/api/session';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import type { ExtraProps } from './documents';

const pauseMs = 500;

/** How the texts come out for an example. HTML is shown in a frame that runs nothing and asks nobody. */
export function TemplatePreview({ document }: ExtraProps) {
  const t = useWords('alerting');
  const may = useMay('editor');
  const key = JSON.stringify({ ...document, name: document.name || 'preview' });
  const [wanted, setWanted] = useState(key);
  useEffect(() => {
    const timer = setTimeout(() => setWanted(key), pauseMs);
    return () => clearTimeout(timer);
  }, [key]);
  const { data, error } = useQuery({
    queryKey: ['alerts', 'templates', 'preview', wanted],
    queryFn: ({ signal }) => ok(api.POST('/api/v1/alerts/templates/preview', { body: JSON.parse(wanted) as Schemas['AlertTemplateFields'], signal })),
    enabled: may,
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (!may) return null;
  return (
    <Paper withBorder p="md" component="section">
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t('templates.preview')}
        </Title>
        {error !== null && <ProblemNote error={error} />}
        {data !== undefined && (
          <>
            <Text fw={600}>
              <Name wrap>{data.title}</Name>
            </Text>
            <Text component="div">
              <Name wrap>{data.text}</Name>
            </Text>
            {data.html !== '' && <iframe title={t('templates.html')} sandbox="" srcDoc={data.html} style={{ width: '100%', height: 260, border: '1px solid var(--mantine-color-default-border)', background: '#fff' }} />}
          </>
        )}
      </Stack>
    </Paper>
  );
}
