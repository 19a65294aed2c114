import { useEffect, useState } from 'react';
import { Alert, Button, Group, Loader, SegmentedControl, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { toProblem } from '@/api/problem';
import { useMay } from '@/api/session';
import { said } from '@/app/notify';
import { useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { useDraft } from '@/ui/useDraft';
import { useUnsaved } from '@/ui/useUnsaved';
import { cleaned, createDocument, getDocument, putDocument, textOf, type DocumentFields, type Kind, type Spec } from './documents';
import { JsonTwin } from './JsonTwin';
import { SpecForm } from './SpecForm';

const stale = 412;
const pauseMs = 700;

export function EditPage({ kind, isNew }: { kind: Kind; isNew: boolean }) {
  const { name: id = '' } = useParams({ strict: false }) as { name?: string };
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const stored = useQuery({
    queryKey: ['alerts', kind.name, 'one', id],
    queryFn: ({ signal }) => getDocument(kind.name, id, signal),
    enabled: !isNew,
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  if (isNew) {
    // Others link here with what they know already, e.g. the matchers of a silence.
    const matchers = textOf(search['matchers']);
    const spec = matchers === '' ? kind.start : { ...kind.start, matchers };
    return <Editor kind={kind} id={null} etag={null} start={{ name: '', enabled: true, spec }} builtIn={false} onReload={() => undefined} />;
  }
  if (stored.data === undefined)
    return stored.isError ? <ProblemNote error={stored.error} retry={() => void stored.refetch()} /> : <Loading />;
  const { document, etag } = stored.data;
  return (
    <Editor
      key={etag ?? id}
      kind={kind}
      id={document.id}
      etag={etag}
      builtIn={document.built_in}
      start={{ name: document.name, enabled: document.enabled, spec: document.spec }}
      onReload={() => void stored.refetch()}
    />
  );
}

interface EditorProps {
  kind: Kind;
  id: number | null;
  etag: string | null;
  start: DocumentFields;
  builtIn: boolean;
  onReload: () => void;
}

/** What may be in a draft: nothing that a setting of a receiver may be. */
function draftOf(kind: Kind, value: DocumentFields | null): DocumentFields | null {
  if (value === null || kind.name !== 'receivers') return value;
  const { settings: _, ...spec } = value.spec;
  return { ...value, spec };
}

function Editor({ kind, id, etag, start, builtIn, onReload }: EditorProps) {
  const t = useWords('alerting');
  const may = useMay(kind.role);
  const navigate = useNavigate();
  const client = useQueryClient();
  const [edited, setEdited] = useState<DocumentFields | null>(null);
  const [view, setView] = useState('form');
  const value = edited ?? start;
  const fields: DocumentFields = { ...value, spec: cleaned(value.spec) };
  const path = `/alerting/${kind.name}`;
  const draft = useDraft(`alerts.${kind.name}.${id ?? 'new'}`, draftOf(kind, edited));

  // What the server says of it while it is edited; nothing is stored.
  const [asked, setAsked] = useState<DocumentFields | null>(null);
  const key = edited === null ? null : JSON.stringify(fields);
  useEffect(() => {
    if (key === null) return undefined;
    const timer = setTimeout(() => setAsked(JSON.parse(key) as DocumentFields), pauseMs);
    return () => clearTimeout(timer);
  }, [key]);
  const check = useQuery({
    queryKey: ['alerts', kind.name, 'check', asked],
    queryFn: () => (id === null ? createDocument(kind.name, asked ?? fields, true) : putDocument(kind.name, id, asked ?? fields, '*', true)),
    enabled: may && asked !== null && asked.name !== '',
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });

  const save = useMutation({
    mutationFn: (tag: string) => (id === null ? createDocument(kind.name, fields) : putDocument(kind.name, id, fields, tag)),
    onSuccess: async (document) => {
      draft.forget();
      setEdited(null);
      said(t('edit.saved', { name: document.name }));
      await client.invalidateQueries({ queryKey: ['alerts', kind.name] });
      if (id === null) await navigate({ to: path, ignoreBlocker: true });
      else onReload();
    },
  });
  useUnsaved(edited !== null && !save.isSuccess);
  const problem = save.error === null ? null : toProblem(save.error);
  const found = check.error === null ? null : toProblem(check.error);
  const faults = problem ?? found;
  const errors: Record<string, string> = {};
  for (const { name, detail } of faults?.fields ?? []) errors[name.replace(/^spec\./, '')] = detail;
  const setSpec = (spec: Spec) => setEdited({ ...value, spec });
  const extra = { document: fields, id, onChange: setSpec, errors, readOnly: !may };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(etag ?? '*');
      }}
    >
      <PageHeader
        title={id === null ? t(`${kind.name}.new`) : start.name}
        back={path}
        actions={
          may && (
            <>
              {check.isFetching && <Loader size="xs" aria-label={t('edit.checking')} />}
              <Button type="submit" loading={save.isPending} disabled={id !== null && edited === null}>
                {t('common:actions.save')}
              </Button>
            </>
          )
        }
      />
      <Stack>
        {draft.kept !== null && edited === null && (
          <Alert color="blue" role="status">
            <Group>
              {t('edit.draft')}
              <Button size="xs" onClick={() => setEdited({ ...start, ...draft.kept, spec: { ...start.spec, ...draft.kept?.spec } })}>
                {t('edit.draftTake')}
              </Button>
              <Button size="xs" variant="default" onClick={draft.forget}>
                {t('edit.draftDrop')}
              </Button>
            </Group>
          </Alert>
        )}
        {problem !== null && problem.status === stale ? (
          <Alert color="orange" title={t('edit.stale')} role="alert">
            <Text mb="sm">{t('edit.staleWhat')}</Text>
            <Group>
              <Button
                variant="default"
                onClick={() => {
                  setEdited(null);
                  save.reset();
                  onReload();
                }}
              >
                {t('edit.theirs')}
              </Button>
              <Button color="orange" onClick={() => save.mutate('*')}>
                {t('edit.mine')}
              </Button>
            </Group>
          </Alert>
        ) : (
          problem !== null && <ProblemNote error={problem} />
        )}
        {problem === null && found !== null && found.fields.length === 0 && found.kind === 'problem' && (
          <Alert color="orange" role="status">
            {found.detail}
          </Alert>
        )}
        <TextInput
          label={t('edit.name')}
          required
          maxLength={200}
          readOnly={!may || builtIn}
          value={value.name}
          error={errors['name']}
          onChange={(event) => setEdited({ ...value, name: event.currentTarget.value })}
        />
        <Switch
          label={t('edit.enabled')}
          checked={value.enabled}
          disabled={!may}
          onChange={(event) => setEdited({ ...value, enabled: event.currentTarget.checked })}
        />
        <SegmentedControl
          aria-label={t('edit.view')}
          w="fit-content"
          data={[
            { value: 'form', label: t('edit.form') },
            { value: 'json', label: 'YAML' },
          ]}
          value={view}
          onChange={setView}
        />
        {view === 'json' ? (
          <JsonTwin value={fields.spec} onChange={setSpec} readOnly={!may} />
        ) : (
          <>
            {kind.Head !== undefined && <kind.Head {...extra} />}
            <SpecForm kind={kind} spec={value.spec} onChange={setSpec} errors={errors} readOnly={!may} />
          </>
        )}
        {kind.Foot !== undefined && <kind.Foot {...extra} />}
      </Stack>
    </form>
  );
}
