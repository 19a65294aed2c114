import { Anchor, Badge, Button, Card, Code, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { Schemas } from '@/api/client';
import { useMay } from '@/api/session';
import { useLanguage, useWords } from '@/i18n';
import { useRefresh } from '@/pages/overview/refresh';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { PageHeader } from '@/ui/PageHeader';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';
import { duration } from '@/ui/format';
import { COLOURS } from './notifications';
import { NOTIFICATION_KEYS, NOTIFICATION_KINDS, notificationQuery } from './queries';
import { shortened } from './title';
import { useResend } from './useResend';
import classes from './incidents.module.css';

type Detail = Schemas['NotificationDetail'];

/** One notification: what was sent, each attempt, and what the provider answered. */
export default function NotificationPage() {
  const t = useWords('incidents');
  const mayAct = useMay('operator');
  const { name = '' } = useParams({ strict: false }) as { name?: string };
  const known = /^[1-9]\d{0,15}$/.test(name);
  const one = useQuery({ ...notificationQuery(name), enabled: known });
  const resend = useResend();
  useRefresh(NOTIFICATION_KINDS, NOTIFICATION_KEYS);
  if (!known)
    return (
      <Empty
        title={t('sent.unknown')}
        action={<Button renderRoot={(props) => <Link to="/notifications" {...props} />}>{t('sent.title')}</Button>}
      >
        {t('one.unknownWhat')}
      </Empty>
    );
  const data = one.data;
  if (data === undefined)
    return one.error !== null ? <ProblemNote error={one.error} retry={() => void one.refetch()} /> : <Loading />;
  return (
    <Stack>
      <PageHeader
        back="/notifications"
        title={shortened(data.title)}
        description={
          <Group gap="xs" component="span">
            <Badge component="span" variant="light" color={COLOURS[data.state]} tt="none">
              {t(`sent.states.${data.state}`)}
            </Badge>
            <span>#{data.id}</span>
            <Name>{`${data.receiver} (${data.channel})`}</Name>
          </Group>
        }
        actions={
          mayAct && data.state === 'dead' ? (
            <Button loading={resend.progress !== null} onClick={() => void resend.run([data.id])}>
              {t('resend.do')}
            </Button>
          ) : undefined
        }
      />
      {one.error !== null && <ProblemNote error={one.error} retry={() => void one.refetch()} />}
      <Text size="sm">{t(`sent.means.${data.state}`)}</Text>
      <Facts data={data} />
      <Attempts log={data.log} />
      <Card component="section" aria-label={t('sent.text')}>
        <Title order={2} size="h4" mb="xs">
          {t('sent.text')}
        </Title>
        <Code block className={classes.evidence} tabIndex={0} role="region" aria-label={t('sent.text')}>
          {data.text}
        </Code>
      </Card>
    </Stack>
  );
}

function Facts({ data }: { data: Detail }) {
  const t = useWords('incidents');
  return (
    <Card component="section" aria-label={t('facts.title')}>
      <dl className={classes.facts}>
        {(['created', 'updated', 'next'] as const).map((key) => {
          const at = data[key];
          return at === null ? null : (
            <div key={key} style={{ display: 'contents' }}>
              <dt>{t(`sent.${key}`)}</dt>
              <dd>
                <Time at={at} mode="absolute" />
              </dd>
            </div>
          );
        })}
        <dt>{t('sent.about')}</dt>
        <dd>
          <Group gap="xs">
            {data.incidents.map((id) => (
              <Anchor
                key={id}
                renderRoot={(props) => <Link to="/incidents/$name" params={{ name: String(id) }} {...props} />}
              >
                #{id}
              </Anchor>
            ))}
            {data.incidents.length === 0 && '–'}
          </Group>
        </dd>
        {data.answer !== '' && (
          <>
            <dt>{t('sent.answer')}</dt>
            <dd className={classes.said}>{data.answer}</dd>
          </>
        )}
      </dl>
    </Card>
  );
}

const OUTCOMES: Record<string, string> = { delivered: 'delivered', retry: 'retry', 'gave up': 'gaveUp' };

function Attempts({ log }: { log: Detail['log'] }) {
  const t = useWords('incidents');
  const [language] = useLanguage();
  return (
    <Card component="section" aria-label={t('attempts.title')}>
      <Title order={2} size="h4" mb="xs">
        {t('attempts.title')}
      </Title>
      {log.length === 0 && <Text c="dimmed">{t('attempts.none')}</Text>}
      <ol className={classes.line}>
        {log.map((attempt, index) => {
          const outcome = OUTCOMES[attempt.outcome];
          return (
            <li key={index}>
              <Text component="div" size="sm">
                <strong>{outcome ? t(`attempts.${outcome}`) : <Name>{attempt.outcome}</Name>}</strong>
                {' · '}
                {duration(attempt.duration_ms, language)}
                {attempt.time !== null && (
                  <Text span c="dimmed">
                    {' · '}
                    <Time at={attempt.time} mode="absolute" />
                  </Text>
                )}
              </Text>
              {attempt.answer !== '' && (
                <Text component="div" size="sm" className={classes.said}>
                  {attempt.answer}
                </Text>
              )}
            </li>
          );
        })}
      </ol>
    </Card>
  );
}
