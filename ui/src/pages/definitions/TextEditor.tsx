import { useState, type ReactNode } from 'react';
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { parse } from 'yaml';
import { api, ok, type Schemas } from '@/api/client';
import { toProblem } from '@/api/problem';
import { said } from '@/app/notify';
import { useWords } from '@/i18n';
import { CodeEditor, type CodeFault } from '@/ui/CodeEditor';
import { number } from '@/ui/format';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { useDraft } from '@/ui/useDraft';
import { useUnsaved } from '@/ui/useUnsaved';
import { completeDefinition } from './completion';

interface Props {
  title: string;
  back: string;
  /** '': it is new, and its name stands in the text. */
  name: string;
  start: string;
  etag: string | null;
  draftKey: string;
  children?: (text: string) => ReactNode;
}

/** The app that a text names. */
export function appOf(text: string): string {
  try {
    const read: unknown = parse(text);
    const app = typeof read === 'object' && read !== null ? (read as Record<string, unknown>)['app'] : undefined;
    return typeof app === 'string' ? app : '';
  } catch {
    return '';
  }
}

export function faultsOf(findings: Schemas['Finding'][]): CodeFault[] {
  return findings.map((one) => ({
    line: one.line ?? 1,
    column: one.column ?? undefined,
    message: one.key === '' ? one.message : `${one.key}: ${one.message}`,
    severity: one.severity,
  }));
}

const stale = 412;

/** A definition as YAML: checked by the server while it is written, with what monitors would lose by it. */
export function TextEditor({ title, back, name, start, etag, draftKey, children }: Props) {
  const t = useWords('definitions');
  const navigate = useNavigate();
  const client = useQueryClient();
  const [edited, setEdited] = useState<string | null>(null);
  const [check, setCheck] = useState<Schemas['DefinitionCheck'] | null>(null);
  const draft = useDraft<string>(draftKey, edited);
  const text = edited ?? start;
  const app = name === '' ? appOf(text) : name;
  useUnsaved(edited !== null);

  async function lint(wanted: string): Promise<CodeFault[]> {
    const of = name === '' ? appOf(wanted) : name;
    if (of === '') return [{ line: 1, message: t('edit.noApp'), severity: 'error' }];
    const found = await ok(api.POST('/api/v1/definitions/{name}/check', { params: { path: { name: of } }, body: { text: wanted } }));
    setCheck(found);
    return faultsOf(found.findings);
  }
  const save = useMutation({
    mutationFn: (tag: string | null) =>
      ok(
        api.PUT('/api/v1/definitions/{name}', {
          params: { path: { name: app }, header: tag === null ? {} : { 'If-Match': tag } },
          body: { text },
        }),
      ),
    onSuccess: async (report) => {
      draft.forget();
      setEdited(null);
      said(report.in_force ? t('edit.saved', { n: number(report.monitors) }) : t('edit.pending', { why: report.pending ?? '' }));
      await client.invalidateQueries({ queryKey: ['definitions'] });
      await navigate({ to: '/definitions/$name', params: { name: app }, ignoreBlocker: true });
    },
  });
  const problem = save.error === null ? null : toProblem(save.error);

  return (
    <Stack gap="sm">
      <PageHeader
        title={title}
        description={t('edit.what')}
        back={back}
        actions={
          <Button loading={save.isPending} disabled={app === '' || edited === null} onClick={() => save.mutate(etag)}>
            {t('common:actions.save')}
          </Button>
        }
      />
      {draft.kept !== null && edited === null && (
        <Alert color="blue" role="status">
          <Group>
            {t('edit.draft')}
            <Button size="xs" onClick={() => setEdited(draft.kept)}>
              {t('edit.draftTake')}
            </Button>
            <Button size="xs" variant="default" onClick={draft.forget}>
              {t('edit.draftDrop')}
            </Button>
          </Group>
        </Alert>
      )}
      {problem !== null && <ProblemNote error={problem} />}
      {problem?.status === stale && (
        <Button color="orange" w="fit-content" onClick={() => save.mutate('*')}>
          {t('edit.mine')}
        </Button>
      )}
      {check !== null && (
        <Alert color={check.usable ? 'teal' : 'red'} role="status">
          {t(check.usable ? 'edit.usable' : 'edit.notUsable', { n: number(check.monitors) })}
          {check.refused_count > 0 && (
            <Text component="div">
              {t('edit.refused', { n: number(check.refused_count) })}{' '}
              <Name wrap>{check.refused.map((one) => one.name).join(', ')}</Name>
            </Text>
          )}
        </Alert>
      )}
      <CodeEditor language="yaml" label={t('edit.text')} value={text} onChange={setEdited} complete={completeDefinition} lint={lint} minHeight="30rem" />
      {children?.(text)}
    </Stack>
  );
}
