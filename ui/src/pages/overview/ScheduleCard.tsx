import { useEffect, useState } from 'react';
import { Card, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLanguage, useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { duration, number } from '@/ui/format';
import { scheduleQuery } from './queries';
import { checksPerSecond, healthOf, lateness99, lost } from './schedule';
import classes from './overview.module.css';

/** The rate between the last two answers. */
function useRate(at: number, run: number | undefined): number | null {
  const [pair, setPair] = useState<{ before?: { at: number; run: number }; now?: { at: number; run: number } }>({});
  useEffect(() => {
    if (run !== undefined) setPair(({ now }) => ({ ...(now && { before: now }), now: { at, run } }));
  }, [at, run]);
  return pair.before && pair.now ? checksPerSecond(pair.before, pair.now) : null;
}

/** Whether checks run when they are due, and whether what they find is kept. */
export function ScheduleCard() {
  const t = useWords('overview');
  const [language] = useLanguage();
  const { data, error, refetch, dataUpdatedAt } = useQuery(scheduleQuery);
  const rate = useRate(dataUpdatedAt, data?.run);
  const late = data && lateness99(data);
  return (
    <Card component="section" aria-label={t('schedule.title')}>
      <Title order={2} size="h4" mb="xs">
        {t('schedule.title')}
      </Title>
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      {data !== undefined && (
        <>
          <Text size="sm" mb={6} fw={600}>
            {t(`schedule.health.${healthOf(data)}`)}
          </Text>
          {data.history.error !== '' && (
            <Text size="sm" mb={6} component="div">
              <Name wrap>{data.history.error}</Name>
            </Text>
          )}
          <dl className={classes.facts}>
            <dt>{t('schedule.rate')}</dt>
            <dd>{rate === null ? '–' : number(Math.round(rate * 10) / 10)}</dd>
            <dt>{t('schedule.inFlight')}</dt>
            <dd>{t('schedule.of', { n: number(data.in_flight), most: number(data.in_flight_limit) })}</dd>
            <dt>{t('schedule.waiting')}</dt>
            <dd>{number(data.waiting)}</dd>
            <dt>{t('schedule.late')}</dt>
            <dd>
              {late === null || late === undefined
                ? '–'
                : late === Infinity
                  ? t('schedule.veryLate')
                  : duration(late, language)}
            </dd>
            <dt>{t('schedule.skipped')}</dt>
            <dd>{t('schedule.of', { n: number(data.skipped), most: number(data.due) })}</dd>
            <dt>{t('schedule.timeouts')}</dt>
            <dd>{number(data.timeouts)}</dd>
            <dt>{t('schedule.stretched')}</dt>
            <dd>{number(data.stretched)}</dd>
            <dt>{t('schedule.lost')}</dt>
            <dd>{number(lost(data))}</dd>
            <dt>{t('schedule.collectors')}</dt>
            <dd>{t('schedule.thisMachine', { n: data.shards.length })}</dd>
          </dl>
        </>
      )}
    </Card>
  );
}
