import { Code, Group, Text } from '@mantine/core';
import { useWords } from '@/i18n';
import { number } from '@/ui/format';
import { Name } from '@/ui/Name';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { textOf, type Document } from './documents';

/** Severity, condition, how many fire, and what is wrong with it. */
export function RuleSummary({ document: { spec, status } }: { document: Document }) {
  const t = useWords('alerting');
  const condition = textOf(spec['expression']) || textOf(spec['query']);
  const firing = status['firing'];
  const error = textOf(status['error']) || textOf(status['finding']);
  return (
    <Group gap="xs">
      <SeverityBadge severity={textOf(spec['severity']) || 'warning'} />
      <Text span fz="sm" c="dimmed">
        {t(`rules.option.kind.${textOf(spec['kind']) || 'realtime'}`)}
      </Text>
      {condition !== '' && (
        <Code maw="100%">
          <Name>{condition}</Name>
        </Code>
      )}
      {typeof firing === 'number' && firing > 0 && (
        <Text span fz="sm" fw={600}>
          {t('rules.firing', { n: number(firing) })}
        </Text>
      )}
      {error !== '' && (
        <Text span fz="sm" c="red">
          <Name wrap>{error}</Name>
        </Text>
      )}
    </Group>
  );
}
