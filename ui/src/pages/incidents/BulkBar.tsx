import { Alert, Button, Group, List, Progress, Text } from '@mantine/core';
import { IconCheck, IconClockPause } from '@tabler/icons-react';
import { said } from '@/app/notify';
import { toProblem } from '@/api/problem';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { useBulk, type Action } from './actions';
import { inMs } from './times';
import classes from './incidents.module.css';

const HOUR_MS = 3_600_000;
const MOST_FAILURES = 20;

interface Props {
  ids: readonly number[];
  onDone: () => void;
}

/** What can be done about several incidents at once. */
export function BulkBar({ ids, onDone }: Props) {
  const t = useWords('incidents');
  const bulk = useBulk();
  const run = async (action: Action) => {
    const changed = await bulk.run(ids, action);
    if (changed > 0) said(t('bulk.done', { n: changed }));
    if (changed === ids.length) onDone();
  };
  if (ids.length === 0 && bulk.progress === null && bulk.failures.length === 0) return null;
  return (
    <div className={classes.bulk} role="region" aria-label={t('bulk.title')}>
      {bulk.progress !== null ? (
        <Group role="status">
          <Progress
            style={{ flex: 1 }}
            value={(100 * bulk.progress.done) / bulk.progress.total}
            aria-label={t('bulk.running')}
          />
          <Text size="sm">{t('bulk.of', { ...bulk.progress })}</Text>
          <Button size="xs" variant="default" onClick={bulk.stop}>
            {t('bulk.stop')}
          </Button>
        </Group>
      ) : (
        ids.length > 0 && (
          <Group gap="xs">
            <Text size="sm" fw={600}>
              {t('bulk.selected', { n: ids.length })}
            </Text>
            <Button
              size="xs"
              leftSection={<IconCheck size={16} aria-hidden />}
              onClick={() => void run({ verb: 'acknowledge' })}
            >
              {t('do.acknowledge')}
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconClockPause size={16} aria-hidden />}
              onClick={() => void run({ verb: 'snooze', until: inMs(HOUR_MS) })}
            >
              {t('bulk.snooze')}
            </Button>
            <Button size="xs" variant="subtle" onClick={onDone}>
              {t('bulk.none')}
            </Button>
          </Group>
        )
      )}
      {bulk.failures.length > 0 && (
        <Alert color="red" mt="xs" title={t('bulk.failed', { n: bulk.failures.length })}>
          {t('bulk.what')}
          <List size="sm">
            {bulk.failures.slice(0, MOST_FAILURES).map(({ id, error }) => (
              <List.Item key={id}>
                #{id}: <Name wrap>{toProblem(error).detail}</Name>
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </div>
  );
}
