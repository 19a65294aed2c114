import { Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { textOf, type ExtraProps } from './documents';
import { weeksOf } from './weeks';

const shown = 8;

/** The next weeks, as the form has it. */
export function RotationCalendar({ document: { spec } }: ExtraProps) {
  const t = useWords('alerting');
  const receivers = Array.isArray(spec['receivers']) ? spec['receivers'].map(String) : [];
  const weeks = weeksOf(receivers, textOf(spec['day']) || 'monday', textOf(spec['first_week']), new Date().toISOString().slice(0, 10), shown);
  return (
    <Paper withBorder p="md" component="section">
      <Stack gap="xs">
        <Title order={2} size="h4">
          {t('rotations.calendar')}
        </Title>
        {weeks.length === 0 ? (
          <Text c="dimmed">{t('rotations.calendarEmpty')}</Text>
        ) : (
          <Table>
            <Table.Tbody>
              {weeks.map((week) => (
                <Table.Tr key={week.from}>
                  <Table.Td>{week.from}</Table.Td>
                  <Table.Td>
                    <Name>{week.receiver}</Name>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Stack>
    </Paper>
  );
}
