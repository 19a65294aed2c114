import { useState } from 'react';
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api, ok, type Schemas } from '@/api/client';
import { toProblem } from '@/api/problem';
import { said } from '@/app/notify';
import { useWords } from '@/i18n';
import { CodeEditor, type CodeFault } from '@/ui/CodeEditor';
import { number } from '@/ui/format';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { useDraft } from '@/ui/useDraft';
import { useUnsaved } from '@/ui/useUnsaved';
import { CheckNote, ExistsNote } from './CheckNote';
import { completeDefinition } from './completion';
import { Conflict } from './Conflict';
import { appOf, marksOf } from './findings';
import { put, type Written } from './queries';
import { Refused } from './Refused';

const stale = 412;
const needsTag = 428;

interface Props {
  title: string;
  back: string;
  /** '': it is new, and its name stands in the text. */
  name: string;
  start: Written;
  draftKey: string;
  onTheirs?: (theirs: Written) => void;
}

/** A definition as YAML: checked by the server while it is written, with what monitors would lose by it. */
export function TextEditor({ title, back, name, start, draftKey, onTheirs }: Props) {
  const t = useWords('definitions');
  const navigate = useNavigate();
  const client = useQueryClient();
  const [edited, setEdited] = useState<string | null>(null);
  const [base, setBase] = useState(start.etag);
  const [check, setCheck] = useState<Schemas['DefinitionCheck'] | null>(null);
  const draft = useDraft<Written>(draftKey, edited === null ? null : { text: edited, etag: base });
  const text = edited ?? start.text;
  const app = name === '' ? appOf(text) : name;

  async function lint(wanted: string): Promise<CodeFault[]> {
    const of = name === '' ? appOf(wanted) : name;
    if (of === '') {
      setCheck(null);
      return [{ line: 1, message: t('edit.noApp'), severity: 'error' }];
    }
    const found = await ok(api.POST('/api/v1/definitions/{name}/check', { params: { path: { name: of } }, body: { text: wanted } }));
    setCheck(found);
    return marksOf(found.findings);
  }

  const save = useMutation({
    mutationFn: ({ tag }: { tag: string | null; isTried: boolean }) => put(app, text, tag),
    onSuccess: async (report, { isTried }) => {
      draft.forget();
      setEdited(null);
      said(report.in_force ? t('edit.saved', { n: number(report.monitors) }) : t('edit.pending', { why: report.pending ?? '' }));
      void client.invalidateQueries({ queryKey: ['definitions'] });
      if (isTried) await navigate({ to: '/monitors/new', search: { app }, ignoreBlocker: true });
      else await navigate({ to: '/definitions/$name', params: { name: app }, ignoreBlocker: true });
    },
  });
  useUnsaved(edited !== null && !save.isSuccess);
  const problem = save.error === null ? null : toProblem(save.error);
  const isStale = problem?.status === stale && onTheirs !== undefined;
  const exists = name === '' && (problem?.status === needsTag || problem?.status === stale);
  const inTheWay = problem?.problem.monitors ?? [];

  return (
    <Stack gap="sm">
      <PageHeader
        title={title}
        description={t('edit.what')}
        back={back}
        actions={
          <>
            <Button variant="default" loading={save.isPending} disabled={app === '' || edited === null} onClick={() => save.mutate({ tag: base, isTried: true })}>
              {t('edit.saveAndTry')}
            </Button>
            <Button loading={save.isPending} disabled={app === '' || edited === null} onClick={() => save.mutate({ tag: base, isTried: false })}>
              {t('common:actions.save')}
            </Button>
          </>
        }
      />
      {draft.kept !== null && edited === null && (
        <Alert color="blue" role="status">
          <Group>
            {t(draft.kept.etag === start.etag ? 'edit.draft' : 'edit.draftOld')}
            <Button
              size="xs"
              onClick={() => {
                setEdited(draft.kept?.text ?? null);
                setBase(draft.kept?.etag ?? null);
              }}
            >
              {t('edit.draftTake')}
            </Button>
            <Button size="xs" variant="default" onClick={draft.forget}>
              {t('edit.draftDrop')}
            </Button>
          </Group>
        </Alert>
      )}
      {isStale && (
        <Conflict
          key={save.submittedAt}
          name={name}
          mine={text}
          onTheirs={(theirs) => {
            draft.forget();
            setEdited(null);
            onTheirs(theirs);
          }}
          onMine={(tag) => {
            setBase(tag);
            save.mutate({ tag, isTried: false });
          }}
        />
      )}
      {exists ? <ExistsNote app={app} /> : problem !== null && !isStale && <ProblemNote error={problem} />}
      {inTheWay.length > 0 && (
        <Alert color="red">
          <Refused monitors={inTheWay} count={inTheWay.length} />
        </Alert>
      )}
      {check !== null && <CheckNote check={check} />}
      <CodeEditor language="yaml" label={t('edit.text')} value={text} onChange={(next) => setEdited(next === start.text ? null : next)} complete={completeDefinition} lint={lint} minHeight="30rem" />
      <Text c="dimmed" fz="sm">
        {t('edit.try')}
      </Text>
    </Stack>
  );
}
