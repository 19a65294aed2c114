import { createContext, useContext, type ReactNode } from 'react';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, checkSession, hasCsrfToken, ok, setCsrfToken, type Schemas } from '@/api/client';

export type Role = Schemas['Who']['role'];
const ROLES: Role[] = ['none', 'viewer', 'operator', 'editor', 'admin'];

/** Whether a role is that one or a greater. */
export function reaches(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

export type Session = Schemas['Who'] & { name: string };

export function toSession(who: Schemas['Who']): Session {
  return { ...who, name: who.account };
}

/** Nobody in particular, where the configuration lets everybody look (`access.anonymous`). */
export function isAnonymous(session: Session): boolean {
  return session.by === 'session' && session.csrf_token === null;
}

export const sessionKey = ['session'] as const;

export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  staleTime: 60_000,
  queryFn: async ({ signal }): Promise<Session> => {
    let session = toSession(await ok(api.GET('/api/v1/session', { signal })));
    // The page of somebody does not turn into that of anybody while he works on it.
    if (isAnonymous(session) && hasCsrfToken() && (await checkSession(false)))
      session = toSession(await ok(api.GET('/api/v1/session', { signal })));
    setCsrfToken(session.csrf_token);
    return session;
  },
});

const SessionContext = createContext<Session | null>(null);

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

/** Who is logged in. Only below the shell. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('useSession() outside of a page with a session');
  return session;
}

/** Whether the account has that role, or a greater one, in some folder at least. False without a session. */
export function useMay(least: Role): boolean {
  const session = useContext(SessionContext);
  return session !== null && reaches(session.greatest_role, least);
}

/** For pages that are there without a session, too. */
export function useSessionIfAny(): Session | null {
  return useQuery({ ...sessionQuery, retry: false }).data ?? null;
}
