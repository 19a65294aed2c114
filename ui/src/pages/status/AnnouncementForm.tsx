import { useState } from 'react';
import { Button, MultiSelect, SegmentedControl, Select, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { toProblem } from '@/api/problem';
import { useWords } from '@/i18n';
import { ProblemNote } from '@/ui/ProblemNote';
import type { Spec } from './queries';
import { STATES } from './states';

interface Props {
  slug: string;
  spec: Spec;
  row: Schemas['StatusAnnouncementRow'] | null;
  onDone: () => void;
}

const minuteMs = 60_000;
/** For an input of the kind datetime-local, in the viewer's zone. */
function toLocal(at: string | null | undefined): string {
  if (!at) return '';
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * minuteMs).toISOString().slice(0, 16);
}
function fromLocal(text: string): string | null {
  return text === '' ? null : new Date(text).toISOString();
}

export function AnnouncementForm({ slug, spec, row, onDone }: Props) {
  const t = useWords('status');
  const [title, setTitle] = useState(row?.title ?? '');
  const [kind, setKind] = useState<'incident' | 'maintenance'>(row?.kind ?? 'incident');
  const [state, setState] = useState(row?.state ?? 'investigating');
  const [impact, setImpact] = useState(row?.impact ?? 'minor');
  const [components, setComponents] = useState(row?.components ?? []);
  const [starts, setStarts] = useState(toLocal(row?.starts));
  const [ends, setEnds] = useState(toLocal(row?.ends));
  const [text, setText] = useState('');
  const save = useMutation({
    mutationFn: async () => {
      const body = { title, kind, state, impact, components, starts: fromLocal(starts), ends: fromLocal(ends), ...(row === null && text !== '' ? { text } : {}) };
      if (row === null) return ok(api.POST('/api/v1/status-pages/{slug}/announcements', { params: { path: { slug } }, body }));
      return ok(
        api.PUT('/api/v1/status-pages/{slug}/announcements/{name}', {
          params: { path: { slug, name: row.id }, header: { 'If-Match': `"${row.version}"` } },
          body,
        }),
      );
    },
    onSuccess: onDone,
  });
  const faults = Object.fromEntries((save.error === null ? [] : toProblem(save.error).fields).map((one) => [one.name, one.detail]));
  const all = (spec.groups ?? []).flatMap((group) => group.components ?? []);

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack>
        <SegmentedControl
          aria-label={t('announce.kind')}
          data={(['incident', 'maintenance'] as const).map((value) => ({ value, label: t(`kind.${value}`) }))}
          value={kind}
          onChange={(next) => {
            const chosen = next as typeof kind;
            setKind(chosen);
            setState(STATES[chosen][0] ?? 'investigating');
          }}
        />
        <TextInput label={t('announce.what')} required maxLength={120} value={title} error={faults['title']} onChange={(event) => setTitle(event.currentTarget.value)} data-autofocus />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <Select
            label={t('announce.state')}
            allowDeselect={false}
            data={STATES[kind].map((value) => ({ value, label: t(`progress.${value}`) }))}
            value={state}
            onChange={(next) => next !== null && setState(next as typeof state)}
          />
          <Select
            label={t('announce.impact')}
            allowDeselect={false}
            data={(['none', 'minor', 'major', 'critical'] as const).map((value) => ({ value, label: t(`impact.${value}`) }))}
            value={impact}
            onChange={(next) => next !== null && setImpact(next as typeof impact)}
          />
          <TextInput type="datetime-local" label={t('announce.starts')} value={starts} error={faults['starts']} onChange={(event) => setStarts(event.currentTarget.value)} />
          <TextInput type="datetime-local" label={t('announce.ends')} value={ends} error={faults['ends']} onChange={(event) => setEnds(event.currentTarget.value)} />
        </SimpleGrid>
        <MultiSelect
          label={t('announce.components')}
          description={t('announce.componentsWhat')}
          data={all.map((one) => ({ value: one.id, label: one.name || one.id }))}
          value={components}
          onChange={setComponents}
          error={faults['components']}
        />
        {row === null && (
          <Textarea label={t('announce.text')} autosize minRows={3} maxRows={12} maxLength={4096} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        )}
        {save.error !== null && <ProblemNote error={save.error} />}
        <Button type="submit" loading={save.isPending}>
          {t('announce.publish')}
        </Button>
      </Stack>
    </form>
  );
}
