import { Anchor, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useLanguage, useWords } from '@/i18n';
import { Labels } from '@/ui/Labels';
import { Name } from '@/ui/Name';
import { RangePicker } from '@/ui/RangePicker';
import { Time } from '@/ui/Time';
import { duration } from '@/ui/format';
import { Facts } from './Facts';
import { Section } from './Section';
import { Sets } from './Sets';
import { StateHistory } from './StateHistory';
import { Why } from './Why';
import { resultsQuery, type Monitor } from './queries';
import { useRange } from './useRange';
import classes from './monitor.module.css';

export function SummaryTab({ monitor }: { monitor: Monitor }) {
  const t = useWords('monitor');
  const [range, setRange] = useRange();
  const results = useQuery(resultsQuery(monitor.id));
  return (
    <Stack>
      <div className={classes.columns}>
        <Why monitor={monitor} results={results.data} />
        <Section title={t('facts.title')}>
          <MonitorFacts monitor={monitor} />
        </Section>
      </div>
      <Group justify="flex-end">
        <RangePicker value={range} onChange={setRange} />
      </Group>
      <StateHistory monitor={monitor} results={results.data} />
      <Sets monitor={monitor} query={results} compact />
    </Stack>
  );
}

function MonitorFacts({ monitor }: { monitor: Monitor }) {
  const t = useWords('monitor');
  const [language] = useLanguage();
  return (
    <Facts
      facts={[
        [t('facts.lastCheck'), monitor.last_check === null ? t('facts.never') : <Time at={monitor.last_check} />],
        [t('facts.nextCheck'), monitor.next_check === null ? t('facts.notPlanned') : <Time at={monitor.next_check} />],
        [t('facts.took'), monitor.duration_ms !== null && duration(monitor.duration_ms, language)],
        [t('facts.every'), monitor.cron === null ? duration(monitor.interval_ms, language) : <Name>{monitor.cron}</Name>],
        [
          t('facts.app'),
          <Anchor key="app" renderRoot={(props) => <Link to="/definitions/$name" params={{ name: monitor.app }} {...props} />}>
            <Name>{monitor.app}</Name>
          </Anchor>,
        ],
        [t('facts.folder'), monitor.folder === '' ? <Text span c="dimmed">{t('facts.root')}</Text> : <Name>{monitor.folder}</Name>],
        [t('facts.criticality'), t(`criticality.${monitor.criticality}`)],
        [t('facts.labels'), Object.keys(monitor.labels).length > 0 && <Labels labels={monitor.labels} />],
      ].map(([word, value]) => [word as string, value === false ? null : value])}
    />
  );
}
