import { useEffect, useRef, useState } from 'react';
import { Alert, Button, Group, Loader, PasswordInput, Stack, Text } from '@mantine/core';
import { IconPlayerPlay, IconX } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { api, ok, type Schemas } from '@/api/client';
import { useMay } from '@/api/session';
import { useWords } from '@/i18n';
import { Empty } from '@/ui/Empty';
import { Loading } from '@/ui/Loading';
import { ProblemNote } from '@/ui/ProblemNote';
import { StateBadge } from '@/ui/StateBadge';
import { Section } from './Section';
import { TraceSteps } from './TraceSteps';
import { secretsOf, trialFields } from './fields';
import { resultsQuery, type Monitor, type SetResult } from './queries';
import { useNames, type Names } from './useNames';

export function TraceTab({ monitor }: { monitor: Monitor }) {
  const t = useWords('monitor');
  const names = useNames(monitor.app);
  const mayTest = useMay('editor');
  const results = useQuery(resultsQuery(monitor.id));
  return (
    <Stack>
      <Section title={t('trace.last')}>
        {results.error !== null && <ProblemNote error={results.error} retry={() => void results.refetch()} />}
        {results.data === undefined && results.error === null && <Loading />}
        {results.data && <LastSteps sets={results.data.results} names={names} />}
      </Section>
      {mayTest ? (
        <TestNow monitor={monitor} names={names} />
      ) : (
        <Text size="sm" c="dimmed">
          {t('trace.notAllowed')}
        </Text>
      )}
    </Stack>
  );
}

function LastSteps({ sets, names }: { sets: readonly SetResult[]; names: Names }) {
  const t = useWords('monitor');
  const asked = sets.filter((set) => set.time !== null);
  if (asked.length === 0) return <Empty title={t('results.none')}>{t('results.noneWhat')}</Empty>;
  const steps = [...asked].sort((a, b) => a.priority - b.priority || Date.parse(a.time!) - Date.parse(b.time!));
  return <TraceSteps steps={steps} names={names} label={t('trace.last')} />;
}

/** One round of the monitor as it is, of which nothing is kept. Secrets are typed in anew: the server gives none away. */
function TestNow({ monitor, names }: { monitor: Monitor; names: Names }) {
  const t = useWords('monitor');
  const secrets = secretsOf(monitor);
  const [typed, setTyped] = useState<Record<string, string>>({});
  const leaving = useRef<AbortController | null>(null);
  const test = useMutation({
    mutationFn: (): Promise<Schemas['Trial']> => {
      leaving.current = new AbortController();
      const { signal } = leaving.current;
      return ok(api.POST('/api/v1/monitors/test', { body: trialFields(monitor, typed), signal }));
    },
  });
  // Whoever goes away from the page does not wait for the answer any more.
  useEffect(() => () => leaving.current?.abort(), []);
  const cancel = () => {
    leaving.current?.abort();
    test.reset();
  };
  return (
    <Section title={t('trace.test')}>
      <Stack gap="sm">
        <Text size="sm">{t('trace.testWhat')}</Text>
        {secrets.length > 0 && (
          <form
            autoComplete="off"
            onSubmit={(event) => {
              event.preventDefault();
              test.mutate();
            }}
          >
            <Stack gap="xs" maw={420}>
              <Text size="sm">{t('trace.secrets')}</Text>
              {secrets.map((field) => (
                <PasswordInput
                  key={field}
                  label={names.param(field)}
                  autoComplete="off"
                  value={typed[field] ?? ''}
                  onChange={({ currentTarget: { value } }) => setTyped((before) => ({ ...before, [field]: value }))}
                />
              ))}
            </Stack>
          </form>
        )}
        {test.isPending ? (
          <Group gap="sm" role="status">
            <Loader size="sm" />
            <Text size="sm">{t('trace.running')}</Text>
            <Button variant="default" size="xs" leftSection={<IconX size={16} aria-hidden />} onClick={cancel}>
              {t('trace.cancel')}
            </Button>
          </Group>
        ) : (
          <Group>
            <Button leftSection={<IconPlayerPlay size={18} aria-hidden />} onClick={() => test.mutate()}>
              {t(test.data ? 'trace.again' : 'trace.run')}
            </Button>
          </Group>
        )}
        {test.error !== null && <ProblemNote error={test.error} retry={() => test.mutate()} />}
        {test.data && <Trial trial={test.data} names={names} />}
      </Stack>
    </Section>
  );
}

function Trial({ trial, names }: { trial: Schemas['Trial']; names: Names }) {
  const t = useWords('monitor');
  return (
    <Stack gap="xs" aria-live="polite">
      <Group gap="xs">
        <Text size="sm">{t('trace.wouldBe')}</Text>
        <StateBadge state={trial.state} />
      </Group>
      {trial.cut && <Alert color="yellow">{t('trace.cut')}</Alert>}
      <TraceSteps steps={trial.results} names={names} label={t('trace.steps')} />
    </Stack>
  );
}
