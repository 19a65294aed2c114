import { useState } from 'react';
import { Alert, Button, Group, Stack } from '@mantine/core';
import { IconDeviceTv, IconPlus } from '@tabler/icons-react';
import { useQuery, type QueryKey } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMay } from '@/api/session';
import { useWords } from '@/i18n';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { Changes } from './Changes';
import { Groups } from './Groups';
import { MemoryCard } from './MemoryCard';
import { OpenIncidents } from './OpenIncidents';
import { ScheduleCard } from './ScheduleCard';
import { ServerEvents } from './ServerEvents';
import { StateCounts } from './StateCounts';
import { StartPanel } from './StartPanel';
import { summaryQuery } from './queries';
import { useRefresh } from './refresh';
import classes from './overview.module.css';

const KINDS = [
  'monitor.state',
  'incident',
  'notification',
  'memory.level',
  'memory.action',
  'memory.alert',
  'memory.budget',
  'reload',
  'certificate',
  'definitions',
  'network',
];
const KEYS: QueryKey[] = [['summary'], ['monitors', 'changed'], ['incidents', 'open'], ['memory'], ['events', 'latest']];

export default function OverviewPage() {
  const t = useWords('overview');
  const mayEdit = useMay('editor');
  const summary = useQuery(summaryQuery);
  const [starting, setStarting] = useState(false);
  useRefresh(KINDS, KEYS);

  const data = summary.data;
  if (data === undefined)
    return summary.error !== null ? (
      <ProblemNote error={summary.error} retry={() => void summary.refetch()} />
    ) : (
      <Loading />
    );
  if (mayEdit && (data.monitors === 0 || starting))
    return <StartPanel onBusy={setStarting} onDone={() => setStarting(false)} />;
  if (data.monitors === 0) return <Empty title={t('empty.title')}>{t('empty.viewer')}</Empty>;

  return (
    <Stack>
      <PageHeader
        title={t('title')}
        actions={
          <Group gap="xs">
            <Button
              variant="default"
              leftSection={<IconDeviceTv size={18} aria-hidden />}
              renderRoot={(props) => <Link to="/wall" {...props} />}
            >
              {t('nav.wall')}
            </Button>
            {mayEdit && (
              <Button
                leftSection={<IconPlus size={18} aria-hidden />}
                renderRoot={(props) => <Link to="/start" {...props} />}
              >
                {t('nav.start')}
              </Button>
            )}
          </Group>
        }
      />
      {summary.error !== null && <ProblemNote error={summary.error} retry={() => void summary.refetch()} />}
      <StateCounts states={data.states} monitors={data.monitors} />
      {data.history?.running === false && (
        <Alert color="red" title={t('history.down')}>
          {t('history.what')}
        </Alert>
      )}
      <div className={classes.columns}>
        <OpenIncidents />
        <Changes />
        <Groups
          title={t('groups.folders')}
          by="folder"
          cut={data.cut}
          groups={data.folders.map(({ path, ...counts }) => ({ name: path, ...counts }))}
        />
        <Groups
          title={t('groups.apps')}
          by="app"
          cut={data.cut}
          groups={data.apps.map(({ app, ...counts }) => ({ name: app, ...counts }))}
        />
        {/* null: whoever sees some folders only may not know what the whole needs. */}
        {data.memory !== null && (
          <>
            <MemoryCard />
            <ScheduleCard />
            <ServerEvents />
          </>
        )}
      </div>
    </Stack>
  );
}
