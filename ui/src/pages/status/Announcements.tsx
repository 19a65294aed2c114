import { Badge, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { Time } from '@/ui/Time';
import type { Announcement } from './queries';

const IMPACTS: Record<Announcement['impact'], string> = { none: 'gray', minor: 'yellow', major: 'orange', critical: 'red' };

interface Props {
  title: string;
  announcements: Announcement[];
  /** Names of components by id. */
  names: Map<string, string>;
}

export function Announcements({ title, announcements, names }: Props) {
  if (announcements.length === 0) return null;
  return (
    <Stack component="section" gap="sm">
      <Title order={2} size="h4">
        {title}
      </Title>
      {announcements.map((one) => (
        <AnnouncementCard key={one.id} announcement={one} names={names} />
      ))}
    </Stack>
  );
}

function AnnouncementCard({ announcement: one, names }: { announcement: Announcement; names: Map<string, string> }) {
  const t = useWords('status');
  const about = one.components.map((id) => names.get(id) ?? id);
  return (
    <Paper withBorder p="md" component="article">
      <Group gap="xs" mb="xs">
        <Title order={3} size="h5" style={{ minWidth: 0 }}>
          <Name wrap>{one.title}</Name>
        </Title>
        <Badge variant="outline" color={IMPACTS[one.impact]} tt="none">
          {one.kind === 'maintenance' ? t('kind.maintenance') : t(`impact.${one.impact}`)}
        </Badge>
      </Group>
      <Text c="dimmed" fz="sm" mb="xs">
        {one.starts !== null && <Time at={one.starts} mode="absolute" />}
        {one.ends !== null && (
          <>
            {' – '}
            <Time at={one.ends} mode="absolute" />
          </>
        )}
        {about.length > 0 && ` · ${about.join(', ')}`}
      </Text>
      <Stack gap="sm">
        {one.updates.map((update) => (
          <div key={update.id}>
            <Text fw={600} fz="sm">
              {t(`progress.${update.state}`)} · {update.time !== null && <Time at={update.time} />}
            </Text>
            <Text>
              <Name wrap>{update.text}</Name>
            </Text>
          </div>
        ))}
      </Stack>
    </Paper>
  );
}
