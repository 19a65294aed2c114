import { useState } from 'react';
import { Button, Group, Paper, Text } from '@mantine/core';
import type { Schemas } from '@/api/client';
import { useLive } from '@/api/live';
import { useMay } from '@/api/session';
import { useWords } from '@/i18n';
import { number } from '@/ui/format';
import { JobProgress } from '@/ui/JobProgress';
import { BulkDialog } from './BulkDialog';
import { bulkFilterOf, type BulkFilter, type Filter } from './filter';
import type { Selection } from './useSelection';

interface Props {
  selection: Selection;
  filter: Filter;
  total: number;
  onDone: () => void;
}
export type BulkAction = Schemas['BulkOrder']['action'];

/** What can be done to what is ticked; each is tried dry first. */
export function BulkBar({ selection, filter, total, onDone }: Props) {
  const t = useWords('monitors');
  const mayEdit = useMay('editor');
  const [action, setAction] = useState<BulkAction | null>(null);
  const [job, setJob] = useState<{ job: Schemas['JobProgress']; text: string } | null>(null);
  useLive(['job'], (event) => {
    if (event.job !== undefined && event.job.kind.startsWith('monitors.')) setJob({ job: event.job, text: event.text });
  });
  const count = selection.all ? total : selection.ids.length;
  const wanted: BulkFilter | null = selection.all ? bulkFilterOf(filter) : { ids: selection.ids };
  const running = job !== null && job.job.state !== 'done' ? <JobProgress job={job.job} text={job.text} /> : null;
  if (count === 0) return running;

  return (
    <>
      {running}
      <Paper withBorder p="xs" role="region" aria-label={t('bulk.title')}>
        <Group gap="xs">
          <Text fw={600}>{t('bulk.selected', { n: number(count) })}</Text>
          {!selection.all && total > count && bulkFilterOf(filter) !== null && (
            <Button size="xs" variant="subtle" onClick={selection.selectAll}>
              {t('bulk.all', { n: number(total) })}
            </Button>
          )}
          <Button size="xs" variant="default" onClick={() => setAction('pause')}>
            {t('bulk.pause')}
          </Button>
          <Button size="xs" variant="default" onClick={() => setAction('resume')}>
            {t('bulk.resume')}
          </Button>
          {mayEdit && (
            <>
              <Button size="xs" variant="default" onClick={() => setAction('edit')}>
                {t('bulk.edit')}
              </Button>
              <Button size="xs" variant="default" color="red" onClick={() => setAction('delete')}>
                {t('bulk.delete')}
              </Button>
            </>
          )}
          <Button size="xs" variant="subtle" onClick={selection.clear}>
            {t('bulk.clear')}
          </Button>
        </Group>
      </Paper>
      {action !== null && wanted !== null && (
        <BulkDialog
          action={action}
          filter={wanted}
          onClose={() => setAction(null)}
          onDone={() => {
            setAction(null);
            selection.clear();
            onDone();
          }}
        />
      )}
    </>
  );
}
