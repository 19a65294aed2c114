import { useState, type ReactNode } from 'react';
import { Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { failed } from '@/app/notify';
import { useLanguage, useWords } from '@/i18n';
import { ProblemNote } from '@/ui/ProblemNote';

/** That of src/secrets/password_policy.h; the server decides. */
export const leastPassword = 10;

export interface Entered {
  name: string;
  password: string;
}

interface Props {
  title: string;
  hint: string;
  go: string;
  /** Whether the name of an account is asked for. */
  withName: boolean;
  /** A password that is set is asked for twice. */
  isNew: boolean;
  /** Something to be said before anything was entered. */
  notice?: string | undefined;
  submit: (entered: Entered) => Promise<void>;
  children?: ReactNode;
}

/** The one form of login, set-up and reset. */
export function EntryForm({ title, hint, go, withName, isNew, notice, submit, children }: Props) {
  const t = useWords('entry');
  const [language, setLanguage] = useLanguage();
  useDocumentTitle(`${title} · Holter`);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [differs, setDiffers] = useState(false);

  async function send(): Promise<void> {
    setError(null);
    setDiffers(isNew && password !== again);
    if (isNew && password !== again) return;
    setBusy(true);
    try {
      await submit({ name, password });
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="lg" w="100%" maw={420}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <Stack>
            <Text fw={700} fz="lg">
              Holter
            </Text>
            <Title order={1} size="h3">
              {title}
            </Title>
            <Text c="dimmed" fz="sm">
              {hint}
            </Text>
            {notice !== undefined && <Text role="alert">{notice}</Text>}
            {withName && (
              <TextInput
                label={t('name')}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                autoComplete="username"
                maxLength={100}
                required
                autoFocus
              />
            )}
            <PasswordInput
              label={t('password')}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              autoComplete={isNew ? 'new-password' : 'current-password'}
              maxLength={1000}
              required
            />
            {isNew && (
              <PasswordInput
                label={t('again')}
                value={again}
                onChange={(event) => setAgain(event.currentTarget.value)}
                autoComplete="new-password"
                maxLength={1000}
                required
                error={differs ? t('differs') : undefined}
              />
            )}
            {error !== null && <ProblemNote error={error} />}
            <Button type="submit" loading={busy}>
              {go}
            </Button>
            {children}
            <Button variant="subtle" size="xs" onClick={() => setLanguage(language === 'en' ? 'zh' : 'en').catch(failed)} lang={language === 'en' ? 'zh' : 'en'}>
              {t('common:shell.language')}
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
