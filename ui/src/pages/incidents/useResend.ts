import { useCallback, useEffect, useRef, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { api, ok } from '@/api/client';
import { failed, said } from '@/app/notify';
import { useWords } from '@/i18n';

/** Has dead notifications tried again, one after the other. */
export function useResend() {
  const t = useWords('incidents');
  const client = useQueryClient();
  const [progress, setProgress] = useState<{ done: number; total: number } | null>(null);
  const stopped = useRef(false);
  useEffect(
    () => () => {
      stopped.current = true;
    },
    [],
  );

  const run = useCallback(
    async (ids: readonly number[]) => {
      stopped.current = false;
      let sent = 0;
      let first: unknown;
      for (const [done, id] of ids.entries()) {
        if (stopped.current) break;
        setProgress({ done, total: ids.length });
        try {
          await ok(api.POST('/api/v1/notifications/{name}/resend', { params: { path: { name: id } } }));
          sent++;
        } catch (error) {
          first ??= error;
        }
      }
      setProgress(null);
      if (sent > 0) said(t('resend.done', { n: sent }));
      if (first !== undefined) failed(first);
      await client.invalidateQueries({ queryKey: ['notifications'] });
    },
    [client, t],
  );
  const stop = useCallback(() => {
    stopped.current = true;
  }, []);
  return { progress, run, stop };
}
