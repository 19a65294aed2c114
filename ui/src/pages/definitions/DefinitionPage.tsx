import { Alert, Anchor, Button, Stack, Tabs, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { useMay } from '@/api/session';
import { failed, said } from '@/app/notify';
import { pick, useLanguage, useWords } from '@/i18n';
import { CodeEditor } from '@/ui/CodeEditor';
import { useConfirm } from '@/ui/Confirm';
import { number } from '@/ui/format';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';
import { definitionQuery, tagOf, textQuery } from './queries';
import { Params, Sets } from './Tables';
import { Versions } from './Versions';

export default function DefinitionPage() {
  const t = useWords('definitions');
  useLanguage();
  const { name = '' } = useParams({ strict: false }) as { name?: string };
  const search = useSearch({ strict: false }) as { tab?: string };
  const navigate = useNavigate();
  const client = useQueryClient();
  const confirm = useConfirm();
  const mayEdit = useMay('editor');
  const mayWrite = useMay('admin');
  const { data, error, refetch } = useQuery(definitionQuery(name));
  if (data === undefined) return error === null ? <Loading /> : <ProblemNote error={error} retry={() => void refetch()} />;
  const definition = data;

  async function remove(): Promise<void> {
    const body = definition.overrides === null ? t('deleteWhat') : t('deleteOver', { file: definition.overrides });
    if (!(await confirm({ title: t('deleteTitle'), body, danger: true, typed: name }))) return;
    try {
      await ok(api.DELETE('/api/v1/definitions/{name}', { params: { path: { name }, header: { 'If-Match': tagOf(definition) } } }));
      said(t('deleted'));
      await client.invalidateQueries({ queryKey: ['definitions'] });
      if (definition.overrides === null) await navigate({ to: '/definitions' });
    } catch (failure) {
      failed(failure);
    }
  }

  return (
    <Stack gap="sm">
      <PageHeader
        title={pick(definition.name) || definition.app}
        description={`${definition.app} · ${t(`categories.${definition.category}`, { defaultValue: definition.category })} · ${t(`source.${definition.source}`)}`}
        back="/definitions"
        actions={
          <>
            {mayEdit && (
              <Button renderRoot={(props) => <Link to="/monitors/new" search={{ app: definition.app }} {...props} />}>{t('watch')}</Button>
            )}
            {mayWrite && (
              <Button variant="default" renderRoot={(props) => <Link to="/definitions/$name/edit" params={{ name }} {...props} />}>
                {t('common:actions.edit')}
              </Button>
            )}
            {mayWrite && definition.source === 'catalog' && (
              <Button variant="default" color="red" onClick={() => void remove()}>
                {t('common:actions.delete')}
              </Button>
            )}
          </>
        }
      />
      {definition.fault !== null && (
        <Alert color="red" title={t('faulty')}>
          <Name wrap>{definition.fault}</Name>
        </Alert>
      )}
      {definition.file_newer && <Alert color="orange">{t('fileNewer', { file: definition.overrides ?? '' })}</Alert>}
      <Text component="div">
        <Name wrap>{pick(definition.help)}</Name>
      </Text>
      <HelpLink address={pick(definition.help_link)} />
      <Text fz="sm" c="dimmed" component="div">
        {definition.file !== null && <Name wrap>{t('inFile', { file: definition.file })}</Name>}
        {definition.extends !== null && (
          <>
            {' '}
            {t('extends')}{' '}
            <Anchor renderRoot={(props) => <Link to="/definitions/$name" params={{ name: definition.extends ?? '' }} {...props} />}>
              <Name>{definition.extends}</Name>
            </Anchor>
          </>
        )}
        {definition.updated !== null && (
          <>
            {' '}
            {t('updated', { who: definition.updated_by ?? '' })} <Time at={definition.updated} />
          </>
        )}
      </Text>
      {definition.monitors > 0 && (
        <Anchor renderRoot={(props) => <Link to="/monitors" search={{ app: definition.app }} {...props} />}>
          {t('usedBy', { n: number(definition.monitors) })}
        </Anchor>
      )}
      <Tabs
        value={['params', 'yaml', 'versions'].includes(search.tab ?? '') ? (search.tab ?? '') : 'sets'}
        onChange={(tab) => void navigate({ to: '/definitions/$name', params: { name }, search: tab === 'sets' ? {} : { tab: tab ?? 'sets' }, replace: true })}
        keepMounted={false}
      >
        <Tabs.List>
          <Tabs.Tab value="sets">{t('sets')}</Tabs.Tab>
          <Tabs.Tab value="params">{t('params')}</Tabs.Tab>
          <Tabs.Tab value="yaml">YAML</Tabs.Tab>
          <Tabs.Tab value="versions">{t('versions')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="sets" pt="md">
          <Sets definition={definition} />
        </Tabs.Panel>
        <Tabs.Panel value="params" pt="md">
          <Params definition={definition} />
        </Tabs.Panel>
        <Tabs.Panel value="yaml" pt="md">
          <Yaml name={name} />
        </Tabs.Panel>
        <Tabs.Panel value="versions" pt="md">
          <Versions name={name} tag={tagOf(definition)} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

/** Addresses come from whoever wrote the definition: only those of the web are links. */
function HelpLink({ address }: { address: string }) {
  const t = useWords('definitions');
  if (!/^https?:\/\//i.test(address)) return null;
  return (
    <Anchor href={address} target="_blank" rel="noopener noreferrer">
      {t('helpLink')}
    </Anchor>
  );
}

function Yaml({ name }: { name: string }) {
  const { data, error, refetch } = useQuery(textQuery(name));
  if (data === undefined) return error === null ? <Loading /> : <ProblemNote error={error} retry={() => void refetch()} />;
  return <CodeEditor language="yaml" readOnly label="YAML" value={data} />;
}
