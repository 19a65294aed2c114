import { Alert, Anchor, Card, Group, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMay } from '@/api/session';
import { useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { Time } from '@/ui/Time';
import { number } from '@/ui/format';
import { openIncidentsQuery, receiversQuery } from './queries';
import classes from './overview.module.css';

/** The newest open incidents, and how many there are of each severity. */
export function OpenIncidents() {
  const t = useWords('overview');
  const { data, error, refetch } = useQuery(openIncidentsQuery);
  // Only for those who can do something about it.
  const receivers = useQuery({ ...receiversQuery, enabled: useMay('editor') });
  const open = Object.values(data?.open ?? {}).reduce((sum, count) => sum + count, 0);
  return (
    <Card component="section" aria-label={t('incidents.title')}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {t('incidents.title')}
        </Title>
        <Anchor renderRoot={(props) => <Link to="/incidents" {...props} />} size="sm">
          {t('incidents.all', { n: number(open) })}
        </Anchor>
      </Group>
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      {data !== undefined && data.incidents.length === 0 && <Text c="dimmed">{t('incidents.none')}</Text>}
      {receivers.data?.documents.length === 0 && (
        <Alert color="yellow" mb="xs">
          {t('incidents.nobody')}{' '}
          <Anchor renderRoot={(props) => <Link to="/alerting/receivers/new" {...props} />}>{t('start.tell')}</Anchor>
        </Alert>
      )}
      <ul className={classes.rows}>
        {data?.incidents.map((incident) => (
          <li key={incident.id}>
            <Link to="/incidents/$name" params={{ name: String(incident.id) }} className={classes.row}>
              <SeverityBadge severity={incident.severity} />
              <span className={classes.rowMain}>
                <Name>{incident.annotations['summary'] || `${incident.rule} ${incident.labels['monitor'] ?? ''}`}</Name>
              </span>
              <Text span size="sm" c="dimmed">
                {incident.started !== null && <Time at={incident.started} />}
              </Text>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
