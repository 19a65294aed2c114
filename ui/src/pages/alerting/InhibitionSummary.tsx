import { Code, Group, Text } from '@mantine/core';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { textOf, type Document } from './documents';

export function InhibitionSummary({ document: { spec } }: { document: Document }) {
  const t = useWords('alerting');
  return (
    <Group gap="xs">
      <Code maw="100%">
        <Name>{textOf(spec['source'])}</Name>
      </Code>
      <Text span>{t('inhibitions.hides')}</Text>
      <Code maw="100%">
        <Name>{textOf(spec['target'])}</Name>
      </Code>
    </Group>
  );
}
