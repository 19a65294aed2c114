import { useMemo } from 'react';
import { Checkbox } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useLanguage, useWords } from '@/i18n';
import { duration } from '@/ui/format';
import { HeartbeatBar } from '@/ui/HeartbeatBar';
import { Name } from '@/ui/Name';
import { StateBadge } from '@/ui/StateBadge';
import { Time } from '@/ui/Time';
import type { Column } from '@/ui/VirtualTable';
import type { Row } from './filter';
import type { Beats } from './useRows';
import type { Selection } from './useSelection';
import classes from './monitors.module.css';

export function useColumns(beats: Map<string, Beats>, selection: Selection | null): Column<Row>[] {
  const t = useWords('monitors');
  const [language] = useLanguage();
  // Rows are drawn again when the columns are others: only when something in them is.
  const version = selection?.version ?? 0;
  return useMemo(() => {
    const columns: Column<Row>[] = [];
    if (selection !== null)
      columns.push({
        key: 'select',
        title: '',
        width: '28px',
        cell: (row) => (
          <Checkbox
            size="xs"
            checked={selection.has(row.id)}
            onChange={(event) => selection.toggle(row, (event.nativeEvent as MouseEvent).shiftKey)}
            aria-label={t('select', { name: row.name })}
            tabIndex={-1}
          />
        ),
      });
    columns.push(
      { key: 'state', title: t('column.state'), width: 'minmax(7rem, 0.7fr)', sort: 'state', cell: (row) => <StateBadge state={row.state} /> },
      {
        key: 'name',
        title: t('column.name'),
        width: 'minmax(8rem, 2fr)',
        sort: 'name',
        cell: (row) => (
          <div className={classes.name}>
            <Link to="/monitors/$id" params={{ id: row.id }} tabIndex={-1}>
              <Name>{row.name}</Name>
            </Link>
            {row.message !== '' && (
              <span className={classes.message}>
                <Name>{row.message}</Name>
              </span>
            )}
          </div>
        ),
      },
      {
        key: 'beats',
        title: t('column.beats'),
        width: 'minmax(8rem, 1.4fr)',
        from: 'tablet',
        cell: (row) => {
          const known = beats.get(row.id);
          return known === undefined ? null : <HeartbeatBar beats={known.beats} from={known.from} to={known.to} step={known.step} label={row.name} />;
        },
      },
      { key: 'app', title: t('column.app'), width: 'minmax(5rem, 0.7fr)', sort: 'app', from: 'tablet', cell: (row) => <Name>{row.app}</Name> },
      { key: 'since', title: t('column.since'), width: 'minmax(5rem, 0.6fr)', sort: 'since', from: 'desktop', cell: (row) => <Time at={row.since} /> },
      {
        key: 'last',
        title: t('column.last'),
        width: 'minmax(5rem, 0.6fr)',
        sort: 'last_check',
        from: 'tablet',
        cell: (row) => (row.last_check === null ? t('never') : <Time at={row.last_check} />),
      },
      { key: 'next', title: t('column.next'), width: 'minmax(5rem, 0.6fr)', from: 'desktop', cell: (row) => (row.next_check === null ? '–' : <Time at={row.next_check} />) },
      {
        key: 'duration',
        title: t('column.duration'),
        width: 'minmax(4.5rem, 0.5fr)',
        sort: 'duration',
        align: 'right',
        from: 'tablet',
        cell: (row) => (row.duration_ms === null ? '–' : duration(row.duration_ms, language)),
      },
    );
    return columns;
  }, [t, language, beats, selection === null, version]);
}
