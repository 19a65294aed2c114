import { useEffect, useRef, type ReactNode } from 'react';
import { Anchor, Center } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useRouterState } from '@tanstack/react-router';
import { toProblem } from '@/api/problem';
import { isAnonymous, reaches, SessionProvider, sessionQuery, useSession, type Role } from '@/api/session';
import { LogInAgain } from '@/app/LogInAgain';
import { useWords } from '@/i18n';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';

const unauthorized = 401;

/** The search of /login that leads back to where the browser is. */
export function useBackHere(): { next?: string } {
  const next = useRouterState({ select: (state) => state.location.href });
  return next === '/' ? {} : { next };
}

/** What is shown to who is logged in; others are sent to the login, and come back from there. */
export function WithSession({ children }: { children: ReactNode }) {
  const navigate = useNavigate();
  const session = useQuery(sessionQuery);
  const nobody = session.data === undefined && session.isError && toProblem(session.error).status === unauthorized;

  const { next } = useBackHere();
  const from = useRef(next);
  useEffect(() => {
    if (!nobody) from.current = next; // that of the login is none to come back to
    else void navigate({ to: '/login', search: from.current === undefined ? {} : { next: from.current }, replace: true });
  }, [nobody, next, navigate]);

  if (session.data !== undefined)
    return (
      <SessionProvider session={session.data}>
        <LogInAgain />
        {children}
      </SessionProvider>
    );
  return (
    <Center p="xl">
      {session.isError && !nobody ? <ProblemNote error={session.error} retry={() => void session.refetch()} /> : <Loading />}
    </Center>
  );
}

/** A page that needs that role at least, in some folder. */
export function WithRole({ role, children }: { role: Role; children: ReactNode }) {
  const t = useWords('common');
  const session = useSession();
  const back = useBackHere();
  if (reaches(session.greatest_role, role)) return children;
  const logIn = isAnonymous(session) && (
    <Anchor renderRoot={(props) => <Link to="/login" search={back} {...props} />}>{t('actions.logIn')}</Anchor>
  );
  return (
    <Empty title={t('session.notAllowed')} action={logIn}>
      {t('session.notAllowedWhat', { role: t(`roles.${role}`) })}
    </Empty>
  );
}
