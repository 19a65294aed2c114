import { useEffect, useRef } from 'react';
import { Alert, Badge } from '@mantine/core';
import { useNetwork } from '@mantine/hooks';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { checkSession } from '@/api/client';
import { liveStream, useConnection, useLive } from '@/api/live';
import { useLanguage, useWords } from '@/i18n';

const probeMs = 15_000;
const probeKey = ['connection'];

/** The time of the last moment at which the stream was there. */
function useLastLive(): Date {
  const connection = useConnection();
  const last = useRef(new Date());
  const was = useRef(connection);
  if (was.current === 'live' && connection !== 'live') last.current = new Date();
  was.current = connection;
  return last.current;
}

/** Whether the server answers although there is no stream; where the session is over, a new one is asked for. */
function useProbe(isOffline: boolean) {
  return useQuery({
    queryKey: probeKey,
    queryFn: () => checkSession(false),
    enabled: isOffline,
    refetchInterval: probeMs,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
}

function loadAnew(client: QueryClient): void {
  void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== probeKey[0] });
}

/** Says that what is shown is old, and asks for all of it anew when the server is back. */
export function ConnectionBanner() {
  const t = useWords('common');
  const [language] = useLanguage();
  const isOffline = useConnection() === 'offline';
  const isLive = useConnection() === 'live';
  const { online } = useNetwork();
  const last = useLastLive();
  const client = useQueryClient();
  const wasOffline = useRef(false);
  const probe = useProbe(isOffline);
  const answers = isOffline && probe.isSuccess && probe.data;

  // The stream of the tab is open as long as the shell is there.
  useLive(['reload'], () => undefined);
  useEffect(() => liveStream.watchGaps(() => loadAnew(client)), [client]);
  useEffect(() => {
    if (isOffline) wasOffline.current = true;
    if (!isLive || !wasOffline.current) return;
    wasOffline.current = false;
    loadAnew(client);
  }, [isOffline, isLive, client]);
  useEffect(() => {
    if (answers) loadAnew(client);
  }, [answers, probe.dataUpdatedAt, client]);

  if (!isOffline) return null;
  const time = last.toLocaleTimeString(language === 'zh' ? 'zh-CN' : 'en-GB');
  return (
    <Alert color="orange" icon={<IconPlugConnectedX aria-hidden />} role="status" mb="md">
      {answers ? t('connection.noStream') : t(online ? 'connection.banner' : 'connection.network', { time })}
    </Alert>
  );
}

export function ConnectionMark() {
  const t = useWords('common');
  const connection = useConnection();
  const color = { live: 'teal', connecting: 'gray', offline: 'orange' }[connection];
  return (
    <Badge variant="dot" color={color} visibleFrom="xs" tt="none" fw={500}>
      {t(`connection.${connection}`)}
    </Badge>
  );
}
