import { useEffect, useState } from 'react';
import type { QueryClient } from '@tanstack/react-query';
import { api, ok, setCsrfToken } from '@/api/client';
import { sessionKey, toSession } from '@/api/session';
import type { Entered } from './EntryForm';

/** Only a path of this server: whoever sends somebody here must not choose where he goes afterwards. */
export function localPath(wanted: string | undefined, origin: string = window.location.origin): string {
  if (wanted === undefined || !wanted.startsWith('/')) return '/';
  try {
    const url = new URL(wanted, origin);
    return url.origin === origin ? url.pathname + url.search + url.hash : '/';
  } catch {
    return '/';
  }
}

/** Logs in; the session is known then. */
export async function logIn(client: QueryClient, entered: Entered): Promise<void> {
  const who = await ok(api.POST('/api/v1/login', { body: entered }));
  setCsrfToken(who.csrf_token);
  client.setQueryData(sessionKey, toSession(who));
}

/**
 * The token behind the '#' of a link, where no server or proxy on the way has it in a log. It leaves the address, and so
 * the history of the browser, once it was read.
 */
export function useLinkToken(): string {
  const [token] = useState(() => window.location.hash.slice(1));
  useEffect(() => {
    const { hash, pathname, search } = window.location;
    if (hash !== '') window.history.replaceState(window.history.state, '', pathname + search);
  }, []);
  return token;
}

/** An account has its password now, and the link is spent: if the login itself fails, it is for the login page to try again. */
export async function logInAfter(client: QueryClient, entered: Entered): Promise<'/' | '/login'> {
  try {
    await logIn(client, entered);
    return '/';
  } catch {
    return '/login';
  }
}
