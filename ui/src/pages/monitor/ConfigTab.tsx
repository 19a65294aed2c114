import type { ReactNode } from 'react';
import { Alert, Button, CopyButton, Stack, Text } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useLanguage, useWords } from '@/i18n';
import { CodeEditor } from '@/ui/CodeEditor';
import { Labels } from '@/ui/Labels';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';
import { bytes, duration } from '@/ui/format';
import { Facts } from './Facts';
import { Section } from './Section';
import { secretsOf, yamlOf } from './fields';
import { admissionQuery, type Monitor } from './queries';
import { useNames } from './useNames';

export function ConfigTab({ monitor }: { monitor: Monitor }) {
  return (
    <Stack>
      <Parameters monitor={monitor} />
      <Origin monitor={monitor} />
      <Yaml monitor={monitor} />
      <Admission monitor={monitor} />
    </Stack>
  );
}

function Parameters({ monitor }: { monitor: Monitor }) {
  const t = useWords('monitor');
  const names = useNames(monitor.app);
  const params = Object.entries(monitor.params);
  return (
    <Section title={t('config.params')}>
      {params.length === 0 ? (
        <Text c="dimmed">{t('config.noParams')}</Text>
      ) : (
        <Facts
          facts={params.map(([field, value]) => [
            names.param(field),
            typeof value === 'string' ? <Name wrap>{value}</Name> : t(value.set ? 'config.secretSet' : 'config.secretNotSet'),
          ])}
        />
      )}
    </Section>
  );
}

function Origin({ monitor }: { monitor: Monitor }) {
  const t = useWords('monitor');
  const [language] = useLanguage();
  const by = (at: string | null, who: string | null) =>
    at !== null && (
      <>
        <Time at={at} mode="absolute" /> {who !== null && <Name>{who}</Name>}
      </>
    );
  const facts: [string, ReactNode][] = [
    [t('config.id'), monitor.id],
    [t('facts.app'), <Name key="app">{monitor.app}</Name>],
    [t('config.owner'), t(`config.owners.${monitor.owner}`)],
    [t('config.file'), monitor.file !== null && <Name>{monitor.file}</Name>],
    [t('facts.folder'), monitor.folder !== '' && <Name>{monitor.folder}</Name>],
    [t('facts.every'), monitor.cron === null ? duration(monitor.interval_ms, language) : <Name>{monitor.cron}</Name>],
    [t('config.timezone'), monitor.timezone !== null && <Name>{monitor.timezone}</Name>],
    [t('facts.criticality'), t(`criticality.${monitor.criticality}`)],
    [t('config.parents'), monitor.parents.length > 0 && <Name wrap>{monitor.parents.map((one) => one.name).join(', ')}</Name>],
    [t('facts.labels'), Object.keys(monitor.labels).length > 0 && <Labels labels={monitor.labels} />],
    [t('config.annotations'), Object.keys(monitor.annotations).length > 0 && <Labels labels={monitor.annotations} />],
    [t('config.version'), monitor.version],
    [t('config.created'), by(monitor.created, monitor.created_by)],
    [t('config.updated'), by(monitor.updated, monitor.updated_by)],
  ];
  return (
    <Section title={t('config.title')}>
      <Facts facts={facts.map(([word, value]) => [word, value === false ? null : value])} />
    </Section>
  );
}

/** The monitor as a file would have it. */
function Yaml({ monitor }: { monitor: Monitor }) {
  const t = useWords('monitor');
  const yaml = useQuery({
    // What it says depends on the configuration alone, and not on the state.
    queryKey: ['monitor', monitor.id, 'yaml', monitor.version, monitor.name, monitor.params, monitor.paused_by, monitor.parents],
    queryFn: () => yamlOf(monitor),
    staleTime: Infinity,
  });
  return (
    <Section
      title={t('config.yaml')}
      actions={
        <CopyButton value={yaml.data ?? ''}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              size="xs"
              disabled={yaml.data === undefined}
              leftSection={<IconCopy size={16} aria-hidden />}
              onClick={copy}
            >
              {t(copied ? 'config.copied' : 'config.copy')}
            </Button>
          )}
        </CopyButton>
      }
    >
      {secretsOf(monitor).length > 0 && (
        <Alert color="yellow" mb="xs">
          {t('config.yamlSecrets')}
        </Alert>
      )}
      {yaml.error !== null && <ProblemNote error={yaml.error} retry={() => void yaml.refetch()} />}
      {yaml.data === undefined && yaml.error === null && <Loading />}
      {yaml.data !== undefined && <CodeEditor value={yaml.data} language="yaml" readOnly label={t('config.yaml')} />}
    </Section>
  );
}

/** What the memory budget says to one more monitor like this one. */
function Admission({ monitor }: { monitor: Monitor }) {
  const t = useWords('monitor');
  const [language] = useLanguage();
  const { data, error, refetch } = useQuery(admissionQuery(monitor));
  return (
    <Section title={t('admission.title')}>
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      {data && (
        <>
          <Text mb="xs" fw={600}>
            {t(`admission.${data.verdict}`, { interval: duration(data.fits_at_ms ?? 0, language) })}
          </Text>
          <Facts
            facts={[
              [t('admission.each'), bytes(data.bytes_each)],
              [t('admission.left'), bytes(data.bytes_left)],
              [t('admission.most'), data.most.toLocaleString(language)],
            ]}
          />
          <Text size="sm" c="dimmed" mt="xs" component="div">
            <Name wrap>{data.text}</Name>
          </Text>
        </>
      )}
    </Section>
  );
}
