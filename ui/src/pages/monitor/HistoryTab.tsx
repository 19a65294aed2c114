import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useLanguage, useWords } from '@/i18n';
import { titleOf } from '@/pages/incidents/title';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { Time } from '@/ui/Time';
import { duration } from '@/ui/format';
import { Section } from './Section';
import { isOf } from './events';
import { eventsQuery, incidentsQuery, type Incident, type Monitor } from './queries';
import classes from './monitor.module.css';

/** Incidents and events of the monitor. */
export function HistoryTab({ monitor }: { monitor: Monitor }) {
  return (
    <Stack>
      <Incidents monitor={monitor} />
      <Events monitor={monitor} />
    </Stack>
  );
}

function Incidents({ monitor }: { monitor: Monitor }) {
  const t = useWords('monitor');
  const list = useInfiniteQuery(incidentsQuery(monitor.id));
  const incidents = list.data?.pages.flatMap((page) => page.incidents);
  return (
    <Section title={t('incidents.title')}>
      {list.error !== null && <ProblemNote error={list.error} retry={() => void list.refetch()} />}
      {incidents === undefined && list.error === null && <Loading />}
      {incidents?.length === 0 && <Empty title={t('incidents.none')}>{t('incidents.noneWhat')}</Empty>}
      <ul className={classes.list}>
        {incidents?.map((incident) => (
          <IncidentLine key={incident.id} incident={incident} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('incidents.more')}
        </Button>
      )}
    </Section>
  );
}

function IncidentLine({ incident }: { incident: Incident }) {
  const t = useWords('monitor');
  const [language] = useLanguage();
  const { started, ended } = incident;
  return (
    <li>
      <Group gap="xs">
        <SeverityBadge severity={incident.severity} />
        <Anchor renderRoot={(props) => <Link to="/incidents/$name" params={{ name: String(incident.id) }} {...props} />}>
          <Name>{titleOf(incident)}</Name>
        </Anchor>
        <Text size="sm" c="dimmed" component="span">
          {started !== null && <Time at={started} />} {'· '}
          {ended === null || started === null
            ? t('incidents.open')
            : t('incidents.lasted', { time: duration(Date.parse(ended) - Date.parse(started), language) })}
        </Text>
      </Group>
      {incident.evidence !== '' && (
        <Text size="sm" c="dimmed" component="div">
          <Name wrap>{incident.evidence}</Name>
        </Text>
      )}
    </li>
  );
}

function Events({ monitor }: { monitor: Monitor }) {
  const t = useWords('monitor');
  const { data, error, refetch } = useQuery(eventsQuery);
  const events = data?.filter((event) => isOf(event, monitor));
  return (
    <Section title={t('events.title')}>
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      {events === undefined && error === null && <Loading />}
      {events?.length === 0 && <Text c="dimmed">{t('events.none')}</Text>}
      <ul className={classes.list}>
        {events?.map((event) => (
          <li key={event.id}>
            <Group gap="xs">
              <SeverityBadge severity={event.severity} />
              {event.time !== null && <Time at={event.time} />}
              <Name wrap>{event.text}</Name>
            </Group>
          </li>
        ))}
      </ul>
    </Section>
  );
}
