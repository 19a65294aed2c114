import { useState } from 'react';
import { Anchor, Button, Card, Code, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useMay } from '@/api/session';
import { useLanguage, useWords } from '@/i18n';
import { useRefresh } from '@/pages/overview/refresh';
import { Empty } from '@/ui/Empty';
import { Labels } from '@/ui/Labels';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { Time } from '@/ui/Time';
import { duration } from '@/ui/format';
import { useDraft } from '@/ui/useDraft';
import { Flags } from './Flags';
import { IncidentActions } from './IncidentActions';
import { IncidentTimeline } from './IncidentTimeline';
import { SilenceCard } from './SilenceCard';
import { WhyNotified } from './WhyNotified';
import { INCIDENT_KEYS, INCIDENT_KINDS, incidentQuery, type IncidentDetail } from './queries';
import { shortened, titleOf } from './title';
import classes from './incidents.module.css';

export default function IncidentPage() {
  const t = useWords('incidents');
  const { name = '' } = useParams({ strict: false }) as { name?: string };
  const known = /^[1-9]\d{0,15}$/.test(name);
  const incident = useQuery({ ...incidentQuery(name), enabled: known });
  useRefresh(INCIDENT_KINDS, INCIDENT_KEYS);
  if (!known)
    return (
      <Empty
        title={t('one.unknown')}
        action={<Button renderRoot={(props) => <Link to="/incidents" {...props} />}>{t('title')}</Button>}
      >
        {t('one.unknownWhat')}
      </Empty>
    );
  if (incident.data === undefined)
    return incident.error !== null ? (
      <ProblemNote error={incident.error} retry={() => void incident.refetch()} />
    ) : (
      <Loading />
    );
  return (
    <Stack>
      {incident.error !== null && <ProblemNote error={incident.error} retry={() => void incident.refetch()} />}
      <OneIncident key={name} incident={incident.data} />
    </Stack>
  );
}

function OneIncident({ incident }: { incident: IncidentDetail }) {
  const t = useWords('incidents');
  const mayAct = useMay('operator');
  const [typed, setTyped] = useState<string | null>(null);
  const draft = useDraft<string>(`incident.${incident.id}`, typed);
  const note = typed ?? draft.kept ?? '';
  const done = () => {
    setTyped(null);
    draft.forget();
  };
  return (
    <>
      <PageHeader
        back="/incidents"
        title={shortened(titleOf(incident))}
        description={
          <Group gap="xs" component="span">
            <SeverityBadge severity={incident.severity} />
            <span>#{incident.id}</span>
            <Flags incident={incident} />
          </Group>
        }
      />
      <div className={classes.page}>
        <Stack>
          <Facts incident={incident} />
          <Card component="section" aria-label={t('why.title')}>
            <Title order={2} size="h4" mb="xs">
              {t('why.title')}
            </Title>
            <WhyNotified incident={incident} />
          </Card>
          <Card component="section" aria-label={t('timeline.title')}>
            <Title order={2} size="h4" mb="xs">
              {t('timeline.title')}
            </Title>
            <IncidentTimeline notes={incident.notes} />
          </Card>
        </Stack>
        {mayAct && (
          <Stack>
            <IncidentActions incident={incident} note={note} onNote={setTyped} onDone={done} />
            {incident.open && <SilenceCard incident={incident} comment={note} onDone={done} />}
          </Stack>
        )}
      </div>
    </>
  );
}

function Facts({ incident }: { incident: IncidentDetail }) {
  const t = useWords('incidents');
  const [language] = useLanguage();
  const lasted =
    incident.started === null
      ? null
      : (incident.ended === null ? Date.now() : Date.parse(incident.ended)) - Date.parse(incident.started);
  const annotations = Object.entries(incident.annotations).filter(([name]) => name !== 'summary');
  return (
    <Card component="section" aria-label={t('facts.title')}>
      <Title order={2} size="h4" mb="xs">
        {t('facts.title')}
      </Title>
      <dl className={classes.facts}>
        <dt>{t('facts.rule')}</dt>
        <dd>
          <Name>{incident.rule}</Name>
        </dd>
        {incident.monitor !== null && (
          <>
            <dt>{t('facts.monitor')}</dt>
            <dd>
              <Anchor
                renderRoot={(props) => <Link to="/monitors/$id" params={{ id: incident.monitor as string }} {...props} />}
              >
                <Name>{incident.labels['monitor'] ?? incident.monitor}</Name>
              </Anchor>
              {' · '}
              <Anchor
                size="sm"
                renderRoot={(props) => (
                  <Link to="/incidents" search={{ show: 'all', monitor: incident.monitor as string }} {...props} />
                )}
              >
                {t('facts.others')}
              </Anchor>
            </dd>
          </>
        )}
        {incident.started !== null && (
          <>
            <dt>{t('facts.started')}</dt>
            <dd>
              <Time at={incident.started} mode="absolute" />
            </dd>
          </>
        )}
        {incident.ended !== null && (
          <>
            <dt>{t('facts.ended')}</dt>
            <dd>
              <Time at={incident.ended} mode="absolute" />
            </dd>
          </>
        )}
        {lasted !== null && (
          <>
            <dt>{incident.open ? t('facts.sofar') : t('facts.lasted')}</dt>
            <dd>{duration(Math.max(0, lasted), language)}</dd>
          </>
        )}
        {annotations.map(([name, value]) => (
          <Annotation key={name} name={name} value={value} />
        ))}
      </dl>
      {incident.evidence !== '' && (
        <>
          <Text size="sm" c="dimmed" mt="sm">
            {t('facts.evidence')}
          </Text>
          <Code block className={classes.evidence} tabIndex={0} role="region" aria-label={t('facts.evidence')}>
            {incident.evidence}
          </Code>
        </>
      )}
      <Text size="sm" c="dimmed" mt="sm" mb={4}>
        {t('facts.labels')}
      </Text>
      <Labels labels={incident.labels} />
    </Card>
  );
}

/** A link only where it leads to a page: an alert of another product may carry any text. */
function Annotation({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>
        <Name>{name}</Name>
      </dt>
      <dd className={classes.said}>
        {/^https?:\/\/\S+$/i.test(value) ? (
          <Anchor href={value} target="_blank" rel="noopener noreferrer">
            {value}
          </Anchor>
        ) : (
          value
        )}
      </dd>
    </>
  );
}
