import { useCallback, useEffect, useRef, useState } from 'react';
import { Affix, Anchor, Button, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { IconLogin } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { api, ok, onSessionOver, setCsrfToken } from '@/api/client';
import { liveStream } from '@/api/live';
import { sessionKey, toSession, useSession, type Session } from '@/api/session';
import { useWords } from '@/i18n';
import { ProblemNote } from '@/ui/ProblemNote';

/**
 * When the session is over: logs in again over the page, so that nothing that was entered is lost, and lets the requests go
 * out again that wait for it. Who closes it is not asked again by each refresh of the page, but by the next change.
 */
export function LogInAgain() {
  const t = useWords('common');
  const { name } = useSession();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [later, setLater] = useState(false);
  const isLater = useRef(false);
  const waiting = useRef<((isIn: boolean) => void)[]>([]);

  const finish = useCallback((isIn: boolean) => {
    setOpen(false);
    isLater.current = !isIn;
    setLater(!isIn);
    for (const done of waiting.current.splice(0)) done(isIn);
  }, []);

  useEffect(() => {
    const left = waiting.current;
    onSessionOver((isChange) => {
      if (isLater.current && !isChange) return Promise.resolve(false);
      return new Promise((done) => {
        left.push(done);
        setOpen(true);
      });
    });
    return () => {
      onSessionOver(null);
      for (const done of left.splice(0)) done(false);
    };
  }, []);

  const enter = useCallback(
    (session: Session) => {
      setCsrfToken(session.csrf_token);
      client.setQueryData(sessionKey, session);
      finish(true);
      liveStream.reconnect();
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    },
    [client, finish],
  );

  return (
    <>
      <Modal opened={open} onClose={() => finish(false)} title={t('session.over')} closeButtonProps={{ 'aria-label': t('actions.close') }}>
        <LogInForm name={name} enter={enter} />
      </Modal>
      {later && !open && (
        <Affix position={{ bottom: 16, left: 16 }}>
          <Button color="orange" leftSection={<IconLogin size={16} aria-hidden />} onClick={() => setOpen(true)}>
            {t('session.over')}: {t('actions.logIn')}
          </Button>
        </Affix>
      )}
    </>
  );
}

function LogInForm({ name, enter }: { name: string; enter: (session: Session) => void }) {
  const t = useWords('common');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  // Who has logged in by another tab, e.g. by a provider of OpenID Connect, comes back to this one.
  useEffect(() => {
    const look = () =>
      void api.GET('/api/v1/session').then(
        ({ data }) => data !== undefined && data.csrf_token !== null && enter(toSession(data)),
        () => undefined, // not yet; the form is still there
      );
    window.addEventListener('focus', look);
    return () => window.removeEventListener('focus', look);
  }, [enter]);

  async function logIn(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      enter(toSession(await ok(api.POST('/api/v1/login', { body: { name, password } }))));
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation(); // a modal is no part of a form of the page, but React says so
        void logIn();
      }}
    >
      <Stack>
        <Text>{t('session.overWhat')}</Text>
        <input type="text" name="username" value={name} autoComplete="username" readOnly hidden />
        <PasswordInput
          label={t('session.passwordOf', { name })}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="current-password"
          maxLength={1000}
          required
          data-autofocus
        />
        {error !== null && <ProblemNote error={error} />}
        <Button type="submit" loading={busy}>
          {t('actions.logIn')}
        </Button>
        <Anchor href="/login" target="_blank" rel="noopener" fz="sm">
          {t('session.otherTab')}
        </Anchor>
      </Stack>
    </form>
  );
}
