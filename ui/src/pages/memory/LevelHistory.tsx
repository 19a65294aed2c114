import { Paper, Table, Text, Title } from '@mantine/core';
import type { Schemas } from '@/api/client';
import { useLanguage, useWords } from '@/i18n';
import { duration } from '@/ui/format';
import { Time } from '@/ui/Time';
import { LEVEL_COLORS, LEVELS } from './levels';

const shown = 20;

/** How long it was at each level, and the last changes. */
export function LevelHistory({ level }: { level: Schemas['MemoryLevel'] }) {
  const t = useWords('memory');
  const [language] = useLanguage();
  const total = LEVELS.reduce((sum, name) => sum + level.seconds[name], 0);
  const changes = level.history.toReversed().slice(0, shown);
  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} size="h4" mb="sm">
        {t('levels')}
      </Title>
      <div style={{ display: 'flex', height: 14, borderRadius: 4, overflow: 'hidden' }} role="img" aria-label={LEVELS.map((name) => `${t(`level.${name}`)} ${duration(level.seconds[name] * 1000, language)}`).join(', ')}>
        {LEVELS.map((name) => (
          <div key={name} style={{ width: `${(100 * level.seconds[name]) / Math.max(1, total)}%`, background: LEVEL_COLORS[name] }} />
        ))}
      </div>
      <Text fz="sm" c="dimmed" mt={4}>
        {LEVELS.filter((name) => level.seconds[name] > 0)
          .map((name) => `${t(`level.${name}`)} ${duration(level.seconds[name] * 1000, language)}`)
          .join(' · ')}
      </Text>
      {changes.length === 0 ? (
        <Text mt="sm">{t('noChanges')}</Text>
      ) : (
        <Table mt="sm">
          <Table.Tbody>
            {changes.map((change, i) => (
              <Table.Tr key={i}>
                <Table.Td>
                  <Time at={change.time} />
                </Table.Td>
                <Table.Td>
                  {t(`level.${change.from}`)} → {t(`level.${change.to}`)}
                </Table.Td>
                <Table.Td>
                  {t(`signal.${change.signals.cause}`)} {Math.round(change.signals[change.signals.cause] * 100)} %
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Paper>
  );
}
