import { Group, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { StateBadge } from '@/ui/StateBadge';
import { ChartsTab } from './ChartsTab';
import { ConfigTab } from './ConfigTab';
import { HistoryTab } from './HistoryTab';
import { MonitorActions } from './MonitorActions';
import { ResultsTab } from './ResultsTab';
import { RoundsTab } from './RoundsTab';
import { SummaryTab } from './SummaryTab';
import { TraceTab } from './TraceTab';
import { detailQuery } from './queries';
import { useLiveMonitor } from './useLiveMonitor';
import { useAddress } from './useRange';
import classes from './monitor.module.css';

const TABS = {
  summary: SummaryTab,
  charts: ChartsTab,
  results: ResultsTab,
  rounds: RoundsTab,
  trace: TraceTab,
  incidents: HistoryTab,
  config: ConfigTab,
};
type Tab = keyof typeof TABS;
const ORDER = Object.keys(TABS) as Tab[];

export default function MonitorPage() {
  const t = useWords('monitor');
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const [search, setSearch] = useAddress();
  const tab = ORDER.find((known) => known === search['tab']) ?? 'summary';
  const { data, error, refetch } = useQuery(detailQuery(id));
  useLiveMonitor(id, data?.data);

  const note = error !== null && <ProblemNote error={error} retry={() => void refetch()} />;
  if (data === undefined) return note || <Loading />;
  const { data: monitor, etag } = data;
  const Shown = TABS[tab];
  return (
    <>
      <PageHeader
        back="/monitors"
        title={monitor.name}
        description={monitor.description !== '' ? <Name wrap>{monitor.description}</Name> : undefined}
        actions={
          <Group gap="sm">
            <StateBadge state={monitor.state} />
            <MonitorActions monitor={monitor} etag={etag} />
          </Group>
        }
      />
      {note}
      <Tabs value={tab} onChange={(value) => setSearch({ tab: value === 'summary' ? undefined : value })} keepMounted={false}>
        <Tabs.List className={classes.tabs} aria-label={t('tabs.label')}>
          {ORDER.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`tabs.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} pt="md">
          <Shown key={id} monitor={monitor} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
