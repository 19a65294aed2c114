import { Anchor, Card, Group, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';
import { bytes, number } from '@/ui/format';
import { memoryQuery } from './queries';
import classes from './overview.module.css';

const LEVELS = ['elevated', 'high', 'critical', 'emergency'] as const;

/** How much of the budget is used, and what has been given up for want of memory. */
export function MemoryCard() {
  const t = useWords('overview');
  const { data, error, refetch } = useQuery(memoryQuery);
  return (
    <Card component="section" aria-label={t('memory.title')}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {t('memory.title')}
        </Title>
        <Anchor renderRoot={(props) => <Link to="/memory" {...props} />} size="sm">
          {t('memory.more')}
        </Anchor>
      </Group>
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      {data !== undefined && (
        <>
          <div
            role="meter"
            aria-label={t('memory.title')}
            aria-valuemin={0}
            aria-valuemax={data.budget_bytes}
            aria-valuenow={data.resident_bytes}
            aria-valuetext={t('memory.used', { used: bytes(data.resident_bytes), budget: bytes(data.budget_bytes) })}
            className={classes.gauge}
          >
            <div
              className={classes.gaugeFill}
              data-level={data.level.name}
              style={{ width: `${Math.min(100, (100 * data.resident_bytes) / Math.max(1, data.budget_bytes))}%` }}
            />
            {LEVELS.map((level) => (
              <span
                key={level}
                className={classes.gaugeMark}
                style={{ insetInlineStart: `${100 * data.level.from[level]}%` }}
              />
            ))}
          </div>
          <Text size="sm" mt={6}>
            {t('memory.used', { used: bytes(data.resident_bytes), budget: bytes(data.budget_bytes) })}
          </Text>
          <dl className={classes.facts}>
            <dt>{t('memory.level')}</dt>
            <dd>
              {t(`memory.levels.${data.level.name}`)}
              {data.level.since !== null && (
                <>
                  {' · '}
                  <Time at={data.level.since} />
                </>
              )}
            </dd>
            <dt>{t('memory.least')}</dt>
            <dd>{bytes(data.least_left_bytes)}</dd>
            <dt>{t('memory.paused')}</dt>
            <dd>{number(data.paused.count)}</dd>
          </dl>
        </>
      )}
    </Card>
  );
}
