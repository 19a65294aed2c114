import { Card, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { StateBadge } from '@/ui/StateBadge';
import { Time } from '@/ui/Time';
import { changedQuery } from './queries';
import classes from './overview.module.css';

/** The monitors whose state is the youngest. */
export function Changes() {
  const t = useWords('overview');
  const { data, error, refetch } = useQuery(changedQuery);
  return (
    <Card component="section" aria-label={t('changes.title')}>
      <Title order={2} size="h4" mb="xs">
        {t('changes.title')}
      </Title>
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      <ul className={classes.rows}>
        {data?.monitors.map((monitor) => (
          <li key={monitor.id}>
            <Link to="/monitors/$id" params={{ id: monitor.id }} className={classes.row}>
              <StateBadge state={monitor.state} />
              <span className={classes.rowMain}>
                <Name>{monitor.name}</Name>
                {monitor.message !== '' && (
                  <Text size="sm" c="dimmed" component="span" display="block">
                    <Name>{monitor.message}</Name>
                  </Text>
                )}
              </span>
              <Text span size="sm" c="dimmed">
                {monitor.since !== null && <Time at={monitor.since} />}
              </Text>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
