import { useState } from 'react';
import { Button, Card, Checkbox, Group, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, ok } from '@/api/client';
import { failed, said } from '@/app/notify';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { ProblemNote } from '@/ui/ProblemNote';
import { matchersOf, usualNames } from './matchers';
import { caughtQuery, type Incident } from './queries';
import { inMs } from './times';
import { titleOf } from './title';
import classes from './incidents.module.css';

const TIMES = [
  { key: '1h', ms: 3_600_000 },
  { key: '4h', ms: 4 * 3_600_000 },
  { key: '24h', ms: 24 * 3_600_000 },
] as const;
const SHOWN = 6;

/** Silences what is like this incident; what that catches stands there before it is clicked. */
export function SilenceCard({ incident, comment, onDone }: { incident: Incident; comment: string; onDone: () => void }) {
  const t = useWords('incidents');
  const client = useQueryClient();
  const [names, setNames] = useState<string[]>(() => usualNames(incident.labels));
  const matchers = matchersOf(incident.labels, names);
  const [settled] = useDebouncedValue(matchers, 250);
  const possible = names.length > 0;
  const caught = useQuery(caughtQuery(settled, possible && settled !== '{}'));
  const silence = useMutation({
    mutationFn: (ms: number) =>
      ok(
        api.POST('/api/v1/alerts/silences', {
          body: {
            // Names are unique: the time tells the second silence of an incident from its first.
            name: `${incident.rule.slice(0, 120)} #${incident.id} ${new Date().toISOString()}`,
            spec: { matchers, ends: inMs(ms), comment: comment.slice(0, 1024) },
          },
        }),
      ),
    onSuccess: (made) => {
      said(t('silence.done', { name: made.name }));
      onDone();
      void client.invalidateQueries({ queryKey: ['incidents'] });
      void client.invalidateQueries({ queryKey: ['alerts', 'silences'] });
    },
    onError: failed,
  });
  // A silence must not be made of what the list below does not show yet.
  const settling = settled !== matchers || caught.isPlaceholderData || caught.data === undefined;

  return (
    <Card component="section" aria-label={t('silence.title')}>
      <Title order={2} size="h4">
        {t('silence.title')}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t('silence.what')}
      </Text>
      <Group gap="xs" mb="sm">
        {TIMES.map(({ key, ms }) => (
          <Button
            key={key}
            size="xs"
            variant="default"
            disabled={!possible || settling || silence.isPending}
            onClick={() => silence.mutate(ms)}
          >
            {t('silence.for', { time: t(`last.${key}`) })}
          </Button>
        ))}
      </Group>
      <Stack gap={4} role="group" aria-label={t('silence.labels')}>
        <Text size="sm">{t('silence.labels')}</Text>
        {Object.entries(incident.labels).map(([name, value]) => (
          <Checkbox
            key={name}
            size="xs"
            checked={names.includes(name)}
            label={<Name>{`${name}=${value}`}</Name>}
            onChange={(event) =>
              setNames(event.currentTarget.checked ? [...names, name] : names.filter((one) => one !== name))
            }
          />
        ))}
      </Stack>
      <Text size="sm" mt="sm" fw={600} role="status">
        {!possible
          ? t('silence.noLabels')
          : settling
            ? t('silence.looking')
            : t('silence.catches', { n: caught.data.incidents.length })}
      </Text>
      {caught.error !== null && <ProblemNote error={caught.error} retry={() => void caught.refetch()} />}
      {possible && (
        <ul className={classes.rows}>
          {caught.data?.incidents.slice(0, SHOWN).map((one) => (
            <li key={one.id}>
              <Text size="sm" component="div">
                <Link to="/incidents/$name" params={{ name: String(one.id) }} className={classes.title}>
                  <Name>{`#${one.id} ${titleOf(one)}`}</Name>
                </Link>
              </Text>
            </li>
          ))}
          {(caught.data?.incidents.length ?? 0) > SHOWN && (
            <li>
              <Text size="sm" c="dimmed">
                {t('silence.more', { n: (caught.data?.incidents.length ?? 0) - SHOWN })}
              </Text>
            </li>
          )}
        </ul>
      )}
    </Card>
  );
}
