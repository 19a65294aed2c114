import { useState } from 'react';
import { Alert, Button, Group, Loader, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ok, okWithTag, type Schemas } from '@/api/client';
import { toProblem } from '@/api/problem';
import { useMay } from '@/api/session';
import { said } from '@/app/notify';
import { useWords } from '@/i18n';
import { Loading } from '@/ui/Loading';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { useDraft } from '@/ui/useDraft';
import { useUnsaved } from '@/ui/useUnsaved';
import { cleaned, listDocuments, type Spec } from './documents';
import { EscalationForm } from './EscalationForm';
import { JsonTwin } from './JsonTwin';
import { RouteForm } from './RouteForm';

type Routes = Schemas['AlertRoutesSpec'];
const stale = 412;

/** Who is told of what: a tree. The first route that matches an alert has it, unless it says to go on. */
export default function RoutesPage() {
  const t = useWords('alerting');
  const may = useMay('editor');
  const client = useQueryClient();
  const stored = useQuery({
    queryKey: ['alerts', 'routes'],
    queryFn: ({ signal }) => okWithTag(api.GET('/api/v1/alerts/routes', { signal })),
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
  const names = useQuery({
    queryKey: ['alerts', 'known', 'receivers', ''],
    queryFn: async ({ signal }) => {
      const found = await Promise.all((['receivers', 'rotations'] as const).map((kind) => listDocuments(kind, '', undefined, signal)));
      return found.flatMap((page) => page.documents.map((document) => document.name));
    },
  });
  const [edited, setEdited] = useState<Routes | null>(null);
  const [view, setView] = useState('form');
  const draft = useDraft<Routes>('alerts.routes', edited);
  const save = useMutation({
    mutationFn: (what: { spec: Routes; etag: string }) =>
      ok(api.PUT('/api/v1/alerts/routes', { params: { header: { 'If-Match': what.etag } }, body: { spec: cleaned(what.spec as Spec) as Routes } })),
    onSuccess: async () => {
      draft.forget();
      setEdited(null);
      said(t('routes.saved'));
      await client.invalidateQueries({ queryKey: ['alerts', 'routes'] });
    },
  });
  useUnsaved(edited !== null);

  if (stored.data === undefined)
    return stored.isError ? <ProblemNote error={stored.error} retry={() => void stored.refetch()} /> : <Loading />;
  const { data: document, etag } = stored.data;
  const value = edited ?? document.spec;
  const problem = save.error === null ? null : toProblem(save.error);
  const missing = (document.status as { missing?: unknown }).missing;

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ spec: value, etag: etag ?? '*' });
      }}
    >
      <PageHeader
        title={t('routes.title')}
        description={t('routes.what')}
        actions={
          may && (
            <Button type="submit" loading={save.isPending} disabled={edited === null}>
              {t('common:actions.save')}
            </Button>
          )
        }
      />
      <Stack>
        {draft.kept !== null && edited === null && may && (
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
        {Array.isArray(missing) && missing.length > 0 && (
          <Alert color="orange">{t('routes.missing', { names: missing.map(String).join(', ') })}</Alert>
        )}
        {problem?.status === stale ? (
          <Alert color="orange" title={t('edit.stale')} role="alert">
            <Text mb="sm">{t('edit.staleWhat')}</Text>
            <Group>
              <Button
                variant="default"
                onClick={() => {
                  setEdited(null);
                  save.reset();
                  void stored.refetch();
                }}
              >
                {t('edit.theirs')}
              </Button>
              <Button color="orange" onClick={() => save.mutate({ spec: value, etag: '*' })}>
                {t('edit.mine')}
              </Button>
            </Group>
          </Alert>
        ) : (
          problem !== null && <ProblemNote error={problem} />
        )}
        <SegmentedControl
          aria-label={t('edit.view')}
          w="fit-content"
          data={[
            { value: 'form', label: t('edit.form') },
            { value: 'yaml', label: 'YAML' },
          ]}
          value={view}
          onChange={setView}
        />
        {view === 'yaml' ? (
          <JsonTwin value={cleaned(value as Spec)} onChange={(spec) => setEdited(spec as Routes)} readOnly={!may} />
        ) : names.isPending ? (
          <Loader size="sm" />
        ) : (
          <>
            <RouteForm value={value} onChange={(next) => setEdited({ ...value, ...next })} names={names.data ?? []} readOnly={!may} path="" />
            <EscalationForm value={value.escalation ?? []} onChange={(escalation) => setEdited({ ...value, escalation })} names={names.data ?? []} readOnly={!may} />
          </>
        )}
      </Stack>
    </form>
  );
}
