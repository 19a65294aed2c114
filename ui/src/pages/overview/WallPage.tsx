import { useEffect, useMemo, useState } from 'react';
import { ActionIcon, Anchor, SegmentedControl, Text, VisuallyHidden } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconMaximize, IconMinimize } from '@tabler/icons-react';
import { useQuery, type QueryKey } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useConnection } from '@/api/live';
import { useLanguage, useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import { StateBadge } from '@/ui/StateBadge';
import { duration, number } from '@/ui/format';
import type { StateGroup } from './Groups';
import { foldersQuery, summaryQuery, wallQuery } from './queries';
import { useRefresh } from './refresh';
import { present, worstFirst, type StateCounts } from './states';
import { useAwake, useClock, useFullScreen } from './useScreen';
import { groupTiles, monitorTiles, rest, wallSearch, type WallBy } from './wall';
import { wallLayout } from './wallLayout';
import { Counts, WallTile } from './WallTile';
import classes from './wall.module.css';

const KINDS = ['monitor.state', 'incident', 'reload'];
const KEYS: QueryKey[] = [['summary'], ['monitors', 'wall'], ['folders']];
/** Four answers of the server that did not come. */
const OLD_MS = 60_000;

export default function WallPage() {
  const t = useWords('overview');
  const search = wallSearch(useSearch({ strict: false }) as Record<string, unknown>);
  const { by, ...scope } = search;
  const summary = useQuery(summaryQuery);
  const monitors = useQuery(wallQuery(scope, by === 'monitor'));
  const folders = useQuery({ ...foldersQuery, enabled: scope.folder !== undefined });
  const { ref, width, height } = useElementSize<HTMLDivElement>();
  useRefresh(KINDS, KEYS);
  useAwake();

  const shown = by === 'monitor' ? monitors : summary;
  const states = scopeStates(scope, summary.data, folders.data?.folders);
  const tiles = useMemo(() => {
    if (by === 'monitor') return monitorTiles(monitors.data?.monitors ?? []);
    const groups: StateGroup[] =
      by === 'folder'
        ? (summary.data?.folders ?? []).map((group) => ({ ...group, name: group.path }))
        : (summary.data?.apps ?? []).map((group) => ({ ...group, name: group.app }));
    return groupTiles(by, worstFirst(groups, (group) => group.name));
  }, [by, monitors.data, summary.data]);
  const total = by === 'monitor' ? (monitors.data?.total ?? 0) : tiles.length;

  const layout = wallLayout(total, width || window.innerWidth - 16, height || window.innerHeight - 80);
  // The last place is for all that have none.
  const visible = total > layout.shown || total > tiles.length ? tiles.slice(0, layout.shown - 1) : tiles;
  const hidden = total - visible.length;
  const old = useOld(shown.dataUpdatedAt);

  return (
    <main className={classes.wall}>
      <WallHead by={by} scope={scope} states={states} updatedAt={shown.dataUpdatedAt} />
      {/* Measured from the start: what is in it comes later. */}
      <div ref={ref} className={classes.body}>
        {shown.data === undefined ? (
          shown.error !== null ? (
            <ProblemNote error={shown.error} retry={() => void shown.refetch()} />
          ) : (
            <Loading />
          )
        ) : (
          <ul
            className={classes.tiles}
            data-old={old || undefined}
            aria-label={t('wall.tiles')}
            style={{
              gridTemplateColumns: `repeat(${layout.columns}, minmax(0, 1fr))`,
              gridTemplateRows: `repeat(${layout.rows}, minmax(0, 1fr))`,
              fontSize: layout.font,
            }}
          >
            {visible.map((tile) => (
              <li key={tile.key}>
                <WallTile tile={tile} />
              </li>
            ))}
            {hidden > 0 && (
              <li>
                <Link to="/monitors" search={scope} className={classes.tile}>
                  <span className={classes.name}>{t('wall.more', { n: number(hidden) })}</span>
                  {states && by === 'monitor' && <Counts states={rest(states, visible)} />}
                </Link>
              </li>
            )}
            {total === 0 && (
              <li>
                <Text size="xl">{t('wall.none')}</Text>
              </li>
            )}
          </ul>
        )}
      </div>
    </main>
  );
}

interface HeadProps {
  by: WallBy;
  scope: { folder?: string; app?: string };
  states: StateCounts | undefined;
  updatedAt: number;
}

function WallHead({ by, scope, states, updatedAt }: HeadProps) {
  const t = useWords('overview');
  const [language] = useLanguage();
  const navigate = useNavigate();
  const connection = useConnection();
  const now = useClock();
  const screen = useFullScreen();
  return (
    <header className={classes.head}>
      <VisuallyHidden component="h1">{t('wall.title')}</VisuallyHidden>
      <ul className={classes.counts} aria-label={t('counts.title')}>
        {states &&
          present(states).map(({ state, count }) => (
            <li key={state}>
              {number(count)} <StateBadge state={state} />
            </li>
          ))}
      </ul>
      <div className={classes.right}>
        <Text role="status" aria-live="off">
          {updatedAt === 0
            ? t(`wall.connection.${connection}`)
            : t('wall.updated', { ago: duration(Math.max(0, now - updatedAt), language) })}
          {updatedAt !== 0 && connection !== 'live' && ` · ${t(`wall.connection.${connection}`)}`}
        </Text>
        <time className={classes.clock} dateTime={new Date(now).toISOString()}>
          {new Date(now).toLocaleTimeString(language)}
        </time>
        {!screen.on && (
          <>
            <SegmentedControl
              size="xs"
              aria-label={t('wall.by')}
              value={by}
              onChange={(value) => void navigate({ to: '/wall', search: { ...scope, by: value }, replace: true })}
              data={(['monitor', 'folder', 'app'] as const).map((value) => ({ value, label: t(`wall.${value}`) }))}
            />
            <Anchor renderRoot={(props) => <Link to="/" {...props} />}>{t('wall.back')}</Anchor>
          </>
        )}
        {screen.possible && (
          <ActionIcon
            variant="default"
            size="lg"
            onClick={screen.toggle}
            aria-label={screen.on ? t('wall.window') : t('wall.full')}
          >
            {screen.on ? <IconMinimize size={20} aria-hidden /> : <IconMaximize size={20} aria-hidden />}
          </ActionIcon>
        )}
      </div>
    </header>
  );
}

/** Whether what is shown is older than it may be. */
function useOld(updatedAt: number): boolean {
  const [old, setOld] = useState(false);
  useEffect(() => {
    setOld(false);
    if (updatedAt === 0) return undefined;
    const timer = setTimeout(() => setOld(true), Math.max(0, updatedAt + OLD_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [updatedAt]);
  return old;
}

/** The counts of what the wall is about; undefined where the server does not count that. */
function scopeStates(
  scope: { folder?: string; app?: string },
  summary: { states: StateCounts; apps: { app: string; states: StateCounts }[] } | undefined,
  folders: readonly { path: string; states: StateCounts }[] | undefined,
): StateCounts | undefined {
  if (scope.folder !== undefined && scope.app !== undefined) return undefined;
  if (scope.folder !== undefined) return folders?.find((folder) => folder.path === scope.folder)?.states;
  if (scope.app !== undefined) return summary?.apps.find((group) => group.app === scope.app)?.states;
  return summary?.states;
}
