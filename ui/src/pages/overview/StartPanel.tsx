import { useEffect, useRef, useState, type FormEvent } from 'react';
import { Anchor, Button, Card, Group, Loader, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { Suggestions } from './Suggestions';

interface Props {
  /** What stands in the field at first. It is not asked about before somebody says so: a link must not scan a network. */
  text?: string;
  /** There is something here now that should not be taken away. */
  onBusy?: (busy: boolean) => void;
  onDone: () => void;
}

/** From a host, a URL or a network to the first monitors. */
export function StartPanel({ text: given = '', onBusy, onDone }: Props) {
  const t = useWords('overview');
  const [text, setText] = useState(given);
  const stop = useRef<AbortController | null>(null);
  const ask = useMutation({
    mutationFn: (wanted: string) => {
      stop.current = new AbortController();
      return ok(api.POST('/api/v1/monitors/suggest', { body: { text: wanted }, signal: stop.current.signal }));
    },
  });
  useEffect(() => () => stop.current?.abort(), []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = text.trim();
    if (wanted === '' || ask.isPending) return;
    onBusy?.(true);
    ask.mutate(wanted);
  };
  const cancel = () => {
    stop.current?.abort();
    ask.reset();
  };

  return (
    <Stack maw={860} mx="auto">
      <Card component="section" aria-labelledby="start-title">
        <Title order={1} size="h2" id="start-title">
          {t('start.title')}
        </Title>
        <Text c="dimmed" mb="md">
          {t('start.what')}
        </Text>
        <form onSubmit={submit}>
          <Group align="flex-end">
            <TextInput
              style={{ flex: '1 1 240px' }}
              size="md"
              label={t('start.label')}
              placeholder="example.com   https://example.com/health   10.0.0.0/24"
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              maxLength={2048}
              autoFocus
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
            />
            {ask.isPending ? (
              <Button size="md" variant="default" type="button" onClick={cancel}>
                {t('start.stop')}
              </Button>
            ) : (
              <Button size="md" type="submit" disabled={text.trim() === ''}>
                {t('start.find')}
              </Button>
            )}
          </Group>
        </form>
        <Text size="sm" mt="sm">
          <Anchor renderRoot={(props) => <Link to="/monitors/new" {...props} />}>{t('start.byHand')}</Anchor>
          {' · '}
          <Anchor renderRoot={(props) => <Link to="/definitions" {...props} />}>{t('start.browse')}</Anchor>
        </Text>
      </Card>
      {ask.isPending && (
        <Group role="status">
          <Loader size="sm" /> <Text>{t('start.looking')}</Text>
        </Group>
      )}
      {ask.error !== null && <ProblemNote error={ask.error} retry={() => ask.mutate(text.trim())} />}
      {ask.data !== undefined && (
        <>
          <Text size="sm" c="dimmed">
            <Name>{[ask.data.host, ask.data.address].filter((part) => part !== null).join(' · ')}</Name>
          </Text>
          {/* Each answer begins anew: what was typed belongs to the one before. */}
          <Suggestions key={ask.submittedAt} report={ask.data} onDone={onDone} />
        </>
      )}
    </Stack>
  );
}
