import { useState } from 'react';
import { Button, Select, Stack, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { useWords } from '@/i18n';
import { ProblemNote } from '@/ui/ProblemNote';
import { STATES } from './states';

interface Props {
  slug: string;
  row: Schemas['StatusAnnouncementRow'];
  onDone: () => void;
}

/** One more line to an announcement, and the state that it is in now. */
export function UpdateForm({ slug, row, onDone }: Props) {
  const t = useWords('status');
  const [state, setState] = useState(row.state);
  const [text, setText] = useState('');
  const send = useMutation({
    mutationFn: () =>
      ok(
        api.POST('/api/v1/status-pages/{slug}/announcements/{name}/updates', {
          params: { path: { slug, name: row.id } },
          body: { text, state },
        }),
      ),
    onSuccess: onDone,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate();
      }}
    >
      <Stack>
        <Select
          label={t('announce.state')}
          allowDeselect={false}
          data={STATES[row.kind].map((value) => ({ value, label: t(`progress.${value}`) }))}
          value={state}
          onChange={(next) => next !== null && setState(next as typeof state)}
        />
        <Textarea label={t('announce.text')} required autosize minRows={3} maxRows={12} maxLength={4096} value={text} onChange={(event) => setText(event.currentTarget.value)} data-autofocus />
        {send.error !== null && <ProblemNote error={send.error} />}
        <Button type="submit" loading={send.isPending}>
          {t('announce.publish')}
        </Button>
      </Stack>
    </form>
  );
}
