import { useCallback, useMemo, useState } from 'react';
import { Badge, Button, Group, Progress, Select, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMay } from '@/api/session';
import { useWords } from '@/i18n';
import { useRefresh } from '@/pages/overview/refresh';
import { useConfirm } from '@/ui/Confirm';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';
import { COLOURS, readNotificationFilters, STATES } from './notifications';
import {
  NOTIFICATION_KEYS,
  NOTIFICATION_KINDS,
  notificationsQuery,
  receiversQuery,
  type Notification,
  type NotificationFilters,
} from './queries';
import { useResend } from './useResend';
import classes from './incidents.module.css';

/** Who was told what, and what the provider said. */
export default function NotificationsPage() {
  const t = useWords('incidents');
  const mayAct = useMay('operator');
  const confirm = useConfirm();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const filters = useMemo(() => readNotificationFilters(search), [search]);
  const list = useInfiniteQuery(notificationsQuery(filters));
  const receivers = useQuery(receiversQuery);
  const resend = useResend();
  const [asking, setAsking] = useState(false);
  useRefresh(NOTIFICATION_KINDS, NOTIFICATION_KEYS);

  const change = useCallback(
    (next: NotificationFilters) => void navigate({ to: '/notifications', search: { ...next }, replace: true }),
    [navigate],
  );
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.notifications) ?? [], [list.data]);
  const dead = mayAct ? rows.filter((row) => row.state === 'dead') : [];
  const names = new Set(receivers.data?.documents.map((receiver) => receiver.name));
  if (filters.receiver !== undefined) names.add(filters.receiver);

  const resendAll = async () => {
    setAsking(true);
    const sure = await confirm({ title: t('resend.title', { n: dead.length }), body: t('resend.what'), yes: t('resend.do') });
    setAsking(false);
    if (sure) await resend.run(dead.map((row) => row.id));
  };

  return (
    <Stack>
      <PageHeader title={t('sent.title')} description={t('sent.description')} />
      <Group align="flex-end">
        <Select
          label={t('sent.state')}
          placeholder={t('sent.any')}
          clearable
          value={filters.state ?? null}
          onChange={(state) => change({ ...filters, state: (state ?? undefined) as NotificationFilters['state'] })}
          data={STATES.map((value) => ({ value, label: t(`sent.states.${value}`) }))}
        />
        <Select
          label={t('sent.receiver')}
          placeholder={t('sent.any')}
          clearable
          searchable
          value={filters.receiver ?? null}
          onChange={(receiver) => change({ ...filters, receiver: receiver ?? undefined })}
          data={[...names]}
        />
        {dead.length > 0 && resend.progress === null && (
          <Button variant="default" disabled={asking} onClick={() => void resendAll()}>
            {t('resend.all', { n: dead.length })}
          </Button>
        )}
      </Group>
      {resend.progress !== null && (
        <Group role="status">
          <Progress
            style={{ flex: 1 }}
            value={(100 * resend.progress.done) / resend.progress.total}
            aria-label={t('resend.running')}
          />
          <Text size="sm">{t('bulk.of', { ...resend.progress })}</Text>
          <Button size="xs" variant="default" onClick={resend.stop}>
            {t('bulk.stop')}
          </Button>
        </Group>
      )}
      {list.error !== null && <ProblemNote error={list.error} retry={() => void list.refetch()} />}
      {list.data === undefined && list.error === null && <Loading />}
      {list.data !== undefined && rows.length === 0 && (
        <Empty title={t('sent.none')}>{Object.keys(filters).length > 0 ? t('sent.noneHere') : t('sent.noneWhat')}</Empty>
      )}
      <ul className={classes.rows} aria-label={t('sent.title')}>
        {rows.map((row) => (
          <NotificationRow
            key={row.id}
            row={row}
            onResend={mayAct && row.state === 'dead' ? () => void resend.run([row.id]) : undefined}
            busy={resend.progress !== null}
          />
        ))}
      </ul>
      {list.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('list.older')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function NotificationRow({ row, onResend, busy }: { row: Notification; onResend: (() => void) | undefined; busy: boolean }) {
  const t = useWords('incidents');
  return (
    <li className={classes.row}>
      <Badge variant="light" color={COLOURS[row.state]} tt="none">
        {t(`sent.states.${row.state}`)}
      </Badge>
      <div className={classes.main}>
        <Link to="/notifications/$name" params={{ name: String(row.id) }} className={classes.title}>
          <Name>{row.title}</Name>
        </Link>
        <Text component="div" size="sm" c="dimmed" className={classes.under}>
          <Name>{`${row.receiver} (${row.channel})`}</Name>
          <span>{t('sent.attempts', { n: row.attempts })}</span>
          {row.state !== 'delivered' && row.answer !== '' && <Name>{row.answer}</Name>}
        </Text>
      </div>
      <div className={classes.when}>
        <Text component="div" size="sm" c="dimmed">
          {row.created !== null && <Time at={row.created} />}
        </Text>
        {onResend && (
          <Button
            size="compact-sm"
            variant="default"
            disabled={busy}
            onClick={onResend}
            aria-label={t('resend.one', { title: row.title })}
          >
            {t('resend.do')}
          </Button>
        )}
      </div>
    </li>
  );
}
