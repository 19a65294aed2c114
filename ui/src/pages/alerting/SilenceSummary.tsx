import { Badge, Code, Group, Text } from '@mantine/core';
import { useWords } from '@/i18n';
import { number } from '@/ui/format';
import { Name } from '@/ui/Name';
import { Time } from '@/ui/Time';
import { textOf, type Document } from './documents';

const COLORS: Record<string, string> = { active: 'teal', pending: 'blue', expired: 'gray' };

export function SilenceSummary({ document: { spec, status } }: { document: Document }) {
  const t = useWords('alerting');
  const state = textOf(status['state']);
  const caught = status['catches'];
  return (
    <Group gap="xs">
      {state in COLORS && (
        <Badge variant="outline" color={COLORS[state]} tt="none">
          {t(`silences.state.${state}`)}
        </Badge>
      )}
      <Code maw="100%">
        <Name>{textOf(spec['matchers'])}</Name>
      </Code>
      {typeof caught === 'number' && <Text span>{t('silences.caught', { n: number(caught) })}</Text>}
      {textOf(spec['ends']) !== '' && (
        <Text span>
          {t('silences.until')} <Time at={textOf(spec['ends'])} />
        </Text>
      )}
      {textOf(spec['comment']) !== '' && (
        <Text span c="dimmed">
          <Name>{textOf(spec['comment'])}</Name>
        </Text>
      )}
    </Group>
  );
}
