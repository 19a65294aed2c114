import { Badge, Card, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';
import { eventsQuery } from './queries';
import classes from './overview.module.css';

const SHOWN = 8;
const COLOURS = { info: 'gray', warning: 'orange', critical: 'red', emergency: 'red' } as const;

/** What Holter says of itself: memory, reloads, certificates... States and incidents have cards of their own. */
export function ServerEvents() {
  const t = useWords('overview');
  const { data, error, refetch } = useQuery(eventsQuery);
  const events = data?.filter((event) => !['monitor.state', 'incident', 'job'].includes(event.kind)).slice(0, SHOWN);
  return (
    <Card component="section" aria-label={t('events.title')}>
      <Title order={2} size="h4" mb="xs">
        {t('events.title')}
      </Title>
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      {events === undefined && error === null && <Loading />}
      {events?.length === 0 && <Text c="dimmed">{t('events.none')}</Text>}
      <ul className={classes.rows}>
        {events?.map((event) => (
          <li key={event.id} className={classes.row}>
            <Badge variant="light" color={COLOURS[event.severity]} tt="none">
              {event.kind}
            </Badge>
            <span className={classes.rowMain}>
              <Name>{event.text}</Name>
            </span>
            <Text span size="sm" c="dimmed">
              {event.time !== null && <Time at={event.time} />}
            </Text>
          </li>
        ))}
      </ul>
    </Card>
  );
}
