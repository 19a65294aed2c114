import { lazy, Suspense, useMemo, useState } from 'react';
import { Alert, Button, Stack } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { toProblem } from '@/api/problem';
import { said } from '@/app/notify';
import { pick, useLanguage, useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { fieldsOfParams } from '@/ui/SchemaForm';
import { useDraft } from '@/ui/useDraft';
import { useUnsaved } from '@/ui/useUnsaved';
import { Admission } from './Admission';
import { Conflict } from './Conflict';
import { DraftNote } from './DraftNote';
import { areShown, ownFaults, sortFaults, type Fault } from './faults';
import { bodyOf, isMoved, keptSecrets, questionOf, withoutSecrets, type Detail, type Fields, type MonitorFields } from './fields';
import { MonitorForm } from './MonitorForm';
import { definitionQuery } from './queries';
import { TrialCard } from './TrialCard';
import { useLiveCheck } from './useLiveCheck';
import { ViewSwitch, type View } from './ViewSwitch';

const Twin = lazy(() => import('./Twin'));
const stale = 412;
const appPauseMs = 300;

export interface Stored {
  data: Detail;
  etag: string | null;
}
/** What is kept of unsaved edits: with the version that they were made on, so that nobody's change is lost by them. */
interface Draft {
  fields: Fields;
  tag: string | null;
}

interface Props {
  title: string;
  back: string;
  /** What the form begins with. */
  start: Fields;
  /** Of which secrets may stay. */
  stored: Detail | null;
  /** Of the version that is edited; null: it is a new one. */
  tag: string | null;
  draftKey: string;
  save: (body: MonitorFields, tag: string | null) => Promise<{ id: string }>;
  /** Somebody else was quicker, and his version shall be edited. */
  onTheirs?: (theirs: Stored) => void;
}

/** A monitor as a form and as a text, with test and admission beside it. */
export function Editor({ title, back, start, stored, tag, draftKey, save, onTheirs }: Props) {
  const t = useWords('edit');
  const navigate = useNavigate();
  const client = useQueryClient();
  const [language] = useLanguage();
  const [edited, setEdited] = useState<Fields | null>(null);
  const [base, setBase] = useState(tag);
  const [view, setView] = useState<View>('form');
  const [isTried, setTried] = useState(false);
  const [serverFaults, setServerFaults] = useState<Fault[]>([]);
  const [textFault, setTextFault] = useState(false);
  const value = edited ?? start;
  const [app] = useDebouncedValue(value.app, appPauseMs);
  const definition = useQuery({ ...definitionQuery(app), placeholderData: keepPreviousData });
  // Labels are in the language of the moment.
  const form = useMemo(() => fieldsOfParams(definition.data?.params ?? []), [definition.data, language]);
  const draft = useDraft<Draft>(draftKey, edited === null ? null : { fields: withoutSecrets(edited, form), tag: base });

  const kept = keptSecrets(value, form, stored);
  const body = bodyOf(value, form, kept);
  const own = ownFaults(value, form, kept, start);
  const isWhole = Object.keys(own.params).length + Object.keys(own.fields).length === 0;
  const check = useLiveCheck(body, edited !== null && isWhole && definition.isSuccess && !textFault, tag === null ? null : start.name);

  const send = useMutation({
    mutationFn: (on: string | null) => save(body, on),
    onError: (error) => setServerFaults(toProblem(error).fields),
    onSuccess: async ({ id }) => {
      draft.forget();
      setEdited(null);
      said(t('saved', { name: value.name }));
      void client.invalidateQueries({ queryKey: ['monitors'] });
      void client.invalidateQueries({ queryKey: ['monitor', id] });
      await navigate({ to: '/monitors/$id', params: { id }, ignoreBlocker: true });
    },
  });
  useUnsaved(edited !== null && !send.isSuccess);

  const faults = [...(check.problem?.fields ?? []), ...serverFaults];
  const shown = sortFaults(faults, form);
  if (isTried) {
    for (const [name, fault] of Object.entries(own.params)) shown.params[name] ??= t(`fault.${fault}`);
    for (const [name, fault] of Object.entries(own.fields)) shown.fields[name] ??= t(`fault.${fault}`);
  }
  const problem = send.error === null ? check.problem : toProblem(send.error);
  const isStale = send.error !== null && problem?.status === stale && onTheirs !== undefined;
  const isSaid = problem !== null && !isStale && (view === 'yaml' || !areShown(problem.fields, form));
  const isTyped = (name: string) => (value.params[name] ?? '') !== '';
  const wantedAgain = stored !== null && isMoved(value, form, stored) ? value.keep.filter((name) => !isTyped(name)) : [];

  function edit(next: Fields): void {
    setEdited(next);
    setServerFaults([]);
    if (send.isError && !isStale) send.reset();
  }
  function submit(): void {
    setTried(true);
    setServerFaults([]);
    if (isWhole && !textFault) send.mutate(base);
  }

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <PageHeader
        title={title}
        description={pick(definition.data?.name) || value.app}
        back={back}
        actions={
          <Button type="submit" loading={send.isPending} disabled={textFault || definition.isPending}>
            {t('common:actions.save')}
          </Button>
        }
      />
      <Stack>
        {draft.kept !== null && edited === null && (
          <DraftNote
            isOld={draft.kept.tag !== tag}
            onTake={() => {
              const { fields, tag: on } = draft.kept ?? { fields: start, tag };
              setEdited(fields);
              setBase(on);
            }}
            onDrop={draft.forget}
          />
        )}
        {isStale && stored !== null && (
          <Conflict
            key={send.submittedAt}
            id={stored.id}
            mine={value}
            form={form}
            onTheirs={(theirs) => {
              draft.forget();
              setEdited(null);
              onTheirs(theirs);
            }}
            onMine={(on) => {
              setBase(on);
              send.mutate(on);
            }}
          />
        )}
        {isSaid && <ProblemNote error={problem} />}
        {isTried && !isWhole && view === 'yaml' && <ProblemNote error={new Error(t('incomplete', { names: [...Object.keys(own.fields), ...Object.keys(own.params)].join(', ') }))} />}
        {definition.isError && <ProblemNote error={definition.error} retry={() => void definition.refetch()} />}
        {wantedAgain.length > 0 && (
          <Alert color="orange" role="status">
            {t('secretAgain', { names: wantedAgain.map((name) => form.find((field) => field.name === name)?.label ?? name).join(', ') })}
          </Alert>
        )}
        <Admission fields={value} exact={check.admission} />
        <ViewSwitch value={view} onChange={setView} isLocked={textFault} />
        {definition.isPending ? (
          <Loading />
        ) : view === 'form' ? (
          <MonitorForm value={value} onChange={edit} form={form} errors={shown} kept={kept} />
        ) : (
          <Suspense fallback={<Loading />}>
            <Twin value={value} onChange={edit} form={form} kept={kept} onFault={setTextFault} />
          </Suspense>
        )}
        <TrialCard
          body={questionOf(bodyOf(value, form, []))}
          app={value.app}
          isSecretMissing={kept.length > 0}
          onBegin={() => setTried(true)}
          onFault={(error) => setServerFaults(toProblem(error).fields)}
        />
      </Stack>
    </form>
  );
}
