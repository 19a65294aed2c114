import { useEffect } from 'react';
import { Anchor, Button, Container, Group, Image, Paper, Stack, Text, Title } from '@mantine/core';
import { IconRss } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { toProblem } from '@/api/problem';
import { useLanguage, useWords } from '@/i18n';
import { Empty } from '@/ui/Empty';
import { number } from '@/ui/format';
import { Loading } from '@/ui/Loading';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { Time } from '@/ui/Time';
import { Announcements } from './Announcements';
import { DayBars } from './DayBars';
import { historyQuery, viewQuery, type Component } from './queries';
import { StateMark } from './StateMark';
import { COLORS, isOver } from './states';
import classes from './status.module.css';

const notFound = 404;

/** What visitors see, with or without an account. */
export default function PublicPage() {
  const t = useWords('status');
  const { slug = '' } = useParams({ strict: false }) as { slug?: string };
  const view = useQuery({ ...viewQuery(slug), retry: 1 });
  const history = useQuery({ ...historyQuery(slug), enabled: view.data !== undefined });
  const [language, setLanguage] = useLanguage();
  const data = view.data;
  useEffect(() => {
    if (data !== undefined) document.title = data.title.slice(0, 100);
  }, [data]);

  if (data === undefined)
    return (
      <Container size="sm" py="xl" component="main">
        {!view.isError ? (
          <Loading />
        ) : toProblem(view.error).status === notFound ? (
          <Empty
            title={t('public.none')}
            action={
              <Button variant="default" renderRoot={(props) => <Link to="/login" search={{ next: `/status/${slug}` }} {...props} />}>
                {t('common:actions.logIn')}
              </Button>
            }
          >
            {t('public.noneWhat')}
          </Empty>
        ) : (
          <ProblemNote error={view.error} retry={() => void view.refetch()} />
        )}
      </Container>
    );

  const names = new Map(data.groups.flatMap((group) => group.components.map((one) => [one.id, one.name] as const)));
  const open = data.announcements.filter((one) => !isOver(one.state));
  const past = data.announcements.filter((one) => isOver(one.state));
  return (
    <Container size="md" py="lg" className={classes.page}>
      <Group justify="space-between" mb="lg" component="header">
        <Group gap="sm" wrap="nowrap" miw={0}>
          {data.logo && <Image src={`/api/v1/status/${encodeURIComponent(slug)}/logo`} alt="" h={48} w="auto" fit="contain" />}
          <Stack gap={0} miw={0}>
            <Title order={1} size="h2">
              <Name wrap>{data.title}</Name>
            </Title>
            {data.description !== '' && (
              <Text c="dimmed">
                <Name wrap>{data.description}</Name>
              </Text>
            )}
          </Stack>
        </Group>
        <Group gap="xs" className={classes.screenOnly}>
          <Button size="xs" variant="subtle" onClick={() => setLanguage(language === 'en' ? 'zh' : 'en')}>
            {t('common:shell.language')}
          </Button>
          <Button size="xs" variant="default" component="a" href={`/status/${encodeURIComponent(slug)}/feed.xml`} leftSection={<IconRss size={16} aria-hidden />}>
            RSS
          </Button>
        </Group>
      </Group>
      <Stack component="main" gap="lg">
        <Paper withBorder p="md" role="status" style={{ borderInlineStart: `6px solid ${COLORS[data.state]}` }}>
          <Text fw={700} fz="xl" component="div">
            <StateMark state={data.state} size={22} />
          </Text>
          <Text>{t(`overall.${data.state}`)}</Text>
          {view.isError && <Text c="orange">{t('public.old')}</Text>}
        </Paper>
        <Announcements title={t('public.now')} announcements={open} names={names} />
        {data.groups.map((group, i) => (
          <Stack key={i} gap="sm" component="section">
            {group.name !== '' && (
              <Title order={2} size="h4">
                <Name wrap>{group.name}</Name>
              </Title>
            )}
            {group.components.map((one) => (
              <ComponentCard key={one.id} component={one} history={history.data} />
            ))}
          </Stack>
        ))}
        {history.isError && <ProblemNote error={history.error} retry={() => void history.refetch()} />}
        <Announcements title={t('public.past')} announcements={past} names={names} />
      </Stack>
      <Text c="dimmed" fz="sm" mt="xl" component="footer">
        {t('public.asOf')} <Time at={data.as_of} /> · {t('public.zone', { zone: data.time_zone })}
        {data.cut && ` · ${t('public.cut')}`} · <Anchor renderRoot={(props) => <Link to="/" {...props} />}>Holter</Anchor>
      </Text>
    </Container>
  );
}

interface CardProps {
  component: Component;
  history: import('@/api/client').Schemas['StatusHistory'] | undefined;
}

function ComponentCard({ component, history }: CardProps) {
  const t = useWords('status');
  const past = history?.components.find((one) => one.id === component.id);
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="xs" gap="xs">
        <Text fw={600} component="h3" m={0} miw={0}>
          <Name wrap>{component.name}</Name>
        </Text>
        <StateMark state={component.state} />
      </Group>
      {component.description !== '' && (
        <Text c="dimmed" fz="sm" mb="xs">
          <Name wrap>{component.description}</Name>
        </Text>
      )}
      {component.response_ms !== null && (
        <Text c="dimmed" fz="sm" mb="xs">
          {t('public.response', { time: number(Math.round(component.response_ms), 'ms') })}
        </Text>
      )}
      {history !== undefined && past !== undefined && (
        <DayBars name={component.name} days={history.buckets} values={past.buckets} availability={past.availability} />
      )}
    </Paper>
  );
}
