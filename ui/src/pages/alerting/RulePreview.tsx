import { useEffect, useRef, useState } from 'react';
import { Button, Group, Loader, Paper, SegmentedControl, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { useLanguage, useWords } from '@/i18n';
import { duration, number } from '@/ui/format';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { lengthOf } from '@/ui/range';
import { Time } from '@/ui/Time';
import { Timeline } from '@/ui/Timeline';
import type { ExtraProps } from './documents';

type Preview = Schemas['RulePreview'];
const shown = 20;

/** How often the rule would have fired, on real history. It can be left while it is counted. */
export function RulePreview({ document }: ExtraProps) {
  const t = useWords('alerting');
  const [last, setLast] = useState('24h');
  const leaving = useRef<AbortController | null>(null);
  const preview = useMutation({
    mutationFn: () => {
      leaving.current = new AbortController();
      return ok(
        api.POST('/api/v1/alerts/rules/preview', {
          body: { rule: document as unknown as Schemas['AlertRuleFields'], from: `-${last}` },
          signal: leaving.current.signal,
        }),
      ).then((data) => ({ data, to: Date.now(), length: lengthOf(last) ?? 0 }));
    },
  });
  useEffect(() => () => leaving.current?.abort(), []);
  if (document.spec['kind'] === 'builtin') return null;

  return (
    <Paper withBorder p="md" component="section">
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t('preview.title')}
        </Title>
        <Text c="dimmed" fz="sm">
          {t('preview.what')}
        </Text>
        <Group>
          <SegmentedControl size="xs" aria-label={t('preview.last')} data={['6h', '24h', '7d']} value={last} onChange={setLast} />
          {preview.isPending ? (
            <Group role="status" gap="xs">
              <Loader size="sm" />
              <Button
                size="xs"
                variant="default"
                onClick={() => {
                  leaving.current?.abort();
                  preview.reset();
                }}
              >
                {t('common:actions.stop')}
              </Button>
            </Group>
          ) : (
            <Button size="xs" variant="default" onClick={() => preview.mutate()} disabled={document.name === ''}>
              {t('preview.run')}
            </Button>
          )}
        </Group>
        {preview.error !== null && <ProblemNote error={preview.error} />}
        {preview.data !== undefined && <Outcome preview={preview.data.data} from={preview.data.to - preview.data.length} to={preview.data.to} />}
      </Stack>
    </Paper>
  );
}

function Outcome({ preview, from, to }: { preview: Preview; from: number; to: number }) {
  const t = useWords('alerting');
  const [language] = useLanguage();
  const spans = preview.incidents.map((one) => ({
    from: Date.parse(one.from ?? ''),
    to: one.to === null ? to : Date.parse(one.to),
    state: 'DOWN',
    reason: `${one.labels}\n${one.evidence}`,
  }));
  return (
    <Stack gap="xs" aria-live="polite">
      <Text fw={600}>
        {t('preview.outcome', { n: number(preview.incidents.length), monitors: number(preview.monitors), results: number(preview.results) })}
        {preview.cut && ` ${t('preview.cut')}`}
      </Text>
      {spans.length > 0 && <Timeline spans={spans} from={from} to={to} label={t('preview.title')} />}
      {preview.incidents.length > 0 && (
        <Table>
          <Table.Tbody>
            {preview.incidents.slice(-shown).map((one, i) => (
              <Table.Tr key={i}>
                <Table.Td>
                  <Time at={one.from} />
                </Table.Td>
                <Table.Td>
                  {one.to === null ? t('preview.firing') : duration(Date.parse(one.to) - Date.parse(one.from ?? ''), language)}
                </Table.Td>
                <Table.Td>
                  <Name wrap>{`${one.labels} ${one.evidence}`}</Name>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Stack>
  );
}
