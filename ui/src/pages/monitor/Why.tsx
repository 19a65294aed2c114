import { Anchor, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useLanguage, useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { StateBadge, StateDot } from '@/ui/StateBadge';
import { Time } from '@/ui/Time';
import { duration } from '@/ui/format';
import { CodeBadge } from './CodeBadge';
import { Section } from './Section';
import { lastRoundsQuery, type Monitor, type Results } from './queries';
import { decidingSets, failuresInARow } from './states';
import { useNames } from './useNames';
import classes from './monitor.module.css';

const SHOWN_ROUNDS = 5;

interface Props {
  monitor: Monitor;
  results: Results | undefined;
}

/** Why the monitor is in its state: what decided, the last rounds, and what it depends on. */
export function Why({ monitor, results }: Props) {
  const t = useWords('monitor');
  const names = useNames(monitor.app);
  const deciding = results?.results.filter((set) => set.priority === 0) ?? [];
  const key = monitor.state === 'PAUSED' ? `why.PAUSED_${monitor.paused_by ?? 'user'}` : `why.${monitor.state}`;
  return (
    <Section title={t('why.title')}>
      <Stack gap="sm">
        <Group gap="sm">
          <StateBadge state={monitor.state} />
          {monitor.since !== null && (
            <Text size="sm" c="dimmed" component="span">
              {t('why.since')} <Time at={monitor.since} />
            </Text>
          )}
        </Group>
        <Text size="sm">{t(key)}</Text>
        {monitor.message !== '' && (
          <Text size="sm" fw={600} component="div">
            <Name wrap>{monitor.message}</Name>
          </Text>
        )}
        {monitor.unreachable_because !== null && (
          <Text size="sm" fw={600} component="div">
            <Name wrap>{monitor.unreachable_because}</Name>
          </Text>
        )}
        {monitor.paused_by === 'memory' && (
          <Anchor size="sm" renderRoot={(props) => <Link to="/memory" {...props} />}>
            {t('why.memory')}
          </Anchor>
        )}
        {deciding.length > 0 && (
          <div>
            <Text size="sm" c="dimmed">
              {t('why.deciding')}
            </Text>
            <ul className={classes.list}>
              {deciding.map((set) => (
                <li key={set.set}>
                  <Group gap="xs">
                    {set.code === null ? <Text size="sm">{t('facts.never')}</Text> : <CodeBadge code={set.code} />}
                    <Name>{names.set(set.set)}</Name>
                    {set.time !== null && (
                      <Text size="sm" c="dimmed" component="span">
                        <Time at={set.time} />
                      </Text>
                    )}
                  </Group>
                  {set.message !== '' && set.message !== monitor.message && (
                    <Text size="sm" component="div">
                      <Name wrap>{set.message}</Name>
                    </Text>
                  )}
                </li>
              ))}
            </ul>
          </div>
        )}
        <LastRounds monitor={monitor} results={results} />
        <Parents monitor={monitor} />
      </Stack>
    </Section>
  );
}

function LastRounds({ monitor, results }: Props) {
  const t = useWords('monitor');
  const [language] = useLanguage();
  const { data, error, refetch } = useQuery(lastRoundsQuery(monitor.id));
  if (error !== null) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (data === undefined || data.rounds.length === 0) return null;
  const failures = failuresInARow(data.rounds, decidingSets(results));
  const known = data.rounds.length;
  return (
    <div>
      <Text size="sm" c="dimmed">
        {t('why.rounds')}
      </Text>
      {failures > 1 && (
        <Text size="sm">{t(failures >= known ? 'why.failedAtLeast' : 'why.failed', { n: failures })}</Text>
      )}
      <ul className={classes.list}>
        {data.rounds.slice(0, SHOWN_ROUNDS).map((round) => (
          <li key={`${round.time} ${round.set}`}>
            <Group gap="xs">
              <CodeBadge code={round.code} />
              {round.time !== null && <Time at={round.time} />}
              <Text size="sm" c="dimmed" component="span">
                {duration(round.duration_ms, language)}
              </Text>
              {round.message !== '' && <Name wrap>{round.message}</Name>}
            </Group>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Parents({ monitor }: { monitor: Monitor }) {
  const t = useWords('monitor');
  if (monitor.parents.length === 0) return null;
  return (
    <div>
      <Text size="sm" c="dimmed">
        {t('why.parents')}
      </Text>
      <ul className={classes.list}>
        {monitor.parents.map((parent, index) => (
          <li key={parent.id ?? index}>
            <Group gap="xs">
              <StateDot state={parent.state} />
              {parent.id === null ? (
                <>
                  <Name>{parent.name}</Name>
                  <Text size="sm" c="dimmed">
                    {t('why.noParent')}
                  </Text>
                </>
              ) : (
                <Anchor renderRoot={(props) => <Link to="/monitors/$id" params={{ id: parent.id! }} {...props} />}>
                  <Name>{parent.name || parent.id}</Name>
                </Anchor>
              )}
            </Group>
          </li>
        ))}
      </ul>
    </div>
  );
}
