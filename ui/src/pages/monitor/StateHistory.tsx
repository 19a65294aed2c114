import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLanguage, useWords } from '@/i18n';
import { Chart } from '@/ui/Chart';
import { Empty } from '@/ui/Empty';
import { HeartbeatBar } from '@/ui/HeartbeatBar';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import { Timeline } from '@/ui/Timeline';
import { Section } from './Section';
import { marksOf } from './marks';
import { allRoundsQuery, beatsQuery, fitsRounds, marksQuery, type Monitor, type Results } from './queries';
import { zoomed } from './range';
import { withGaps } from './series';
import { decidingSets, percent, spansOfRounds, successShare, upShare, withPresent } from './states';
import { useRange } from './useRange';

interface Props {
  monitor: Monitor;
  results: Results | undefined;
}

/** State and response time over the picked range. */
export function StateHistory({ monitor, results }: Props) {
  const t = useWords('monitor');
  const [language] = useLanguage();
  const [range, setRange] = useRange();
  const { id, interval_ms: interval } = monitor;
  const beats = useQuery(beatsQuery(id, range, interval));
  const marks = useQuery(marksQuery(id, range));
  // How many sets there are says how many rounds: without it nobody knows whether they can be read.
  const fits = results !== undefined && fitsRounds(range, interval, results.results.length);
  const rounds = useQuery(allRoundsQuery(id, range, interval, fits));

  if (beats.data === undefined)
    return beats.error !== null ? <ProblemNote error={beats.error} retry={() => void beats.refetch()} /> : <Loading />;
  const { span, stepMs, beats: buckets } = beats.data;
  const known = fits && rounds.data?.rounds ? rounds.data : undefined;
  const spans =
    known?.rounds &&
    withPresent(
      spansOfRounds(known.rounds, decidingSets(results), interval, known.span),
      { state: monitor.state, since: monitor.since, reason: monitor.unreachable_because ?? monitor.message },
      known.span,
      Date.now(),
    );
  const share = spans ? upShare(spans) : successShare(buckets);
  const points = buckets.flatMap((beat) =>
    beat.start === null ? [] : [{ at: Date.parse(beat.start) + stepMs / 2, value: beat.avg_duration_ms }],
  );
  return (
    <Stack>
      {beats.error !== null && <ProblemNote error={beats.error} retry={() => void beats.refetch()} />}
      <Section
        title={t('state.title')}
        actions={
          <Group gap="xs">
            <Text fw={700}>{share === undefined ? t('state.unknown') : percent(share, language)}</Text>
            <Text size="sm" c="dimmed">
              {t(spans ? 'state.ofTime' : 'state.ofChecks')}
            </Text>
          </Group>
        }
      >
        {spans && known ? (
          <Timeline spans={spans} from={known.span.from} to={known.span.to} label={t('state.title')} />
        ) : (
          <HeartbeatBar beats={buckets} from={span.from} to={span.to} step={stepMs} height={32} label={t('state.title')} />
        )}
      </Section>
      <Section title={t('response.title')}>
        {points.length === 0 ? (
          <Empty title={t('response.none')}>{t('response.noneWhat')}</Empty>
        ) : (
          <Chart
            series={[{ label: t('response.line'), unit: 'ms', points: withGaps(points, stepMs) }]}
            from={span.from}
            to={span.to}
            marks={marksOf(marks.data ?? [])}
            onZoom={(from, to) => setRange(zoomed(from, to))}
            syncKey={`monitor-${id}`}
            height={200}
            label={t('response.title')}
          />
        )}
      </Section>
    </Stack>
  );
}
