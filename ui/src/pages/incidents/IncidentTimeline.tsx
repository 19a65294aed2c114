import { useMemo } from 'react';
import { Anchor, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { Time } from '@/ui/Time';
import { Resolution } from './Flags';
import { linesOf, type Line, type Note } from './notes';
import classes from './incidents.module.css';

export function IncidentTimeline({ notes }: { notes: readonly Note[] }) {
  const t = useWords('incidents');
  const lines = useMemo(() => linesOf(notes), [notes]);
  if (lines.length === 0) return <Text c="dimmed">{t('timeline.none')}</Text>;
  return (
    <ol className={classes.line} reversed>
      {lines.map((line) => (
        <li key={line.id}>
          <TimelineLine line={line} />
        </li>
      ))}
    </ol>
  );
}

function TimelineLine({ line }: { line: Line }) {
  const t = useWords('incidents');
  return (
    <>
      <Text component="div" size="sm">
        <strong>{t(`timeline.${line.word}`)}</strong>
        {line.resolution !== undefined && (
          <>
            {' · '}
            <Resolution word={line.resolution} />
          </>
        )}
        {line.until !== undefined && (
          <>
            {' '}
            <Time at={line.until} />
          </>
        )}
        {line.incident !== undefined && (
          <>
            {' '}
            <Anchor renderRoot={(props) => <Link to="/incidents/$name" params={{ name: String(line.incident) }} {...props} />}>
              #{line.incident}
            </Anchor>
          </>
        )}
        {line.receiver !== undefined && (
          <>
            {' · '}
            <Anchor renderRoot={(props) => <Link to="/notifications" search={{ receiver: line.receiver }} {...props} />}>
              <Name>{line.receiver}</Name>
            </Anchor>
          </>
        )}
        {line.who !== null && (
          <>
            {' · '}
            <Name>{line.who}</Name>
          </>
        )}
        {line.time !== null && (
          <Text span c="dimmed">
            {' · '}
            <Time at={line.time} />
          </Text>
        )}
      </Text>
      {line.said !== '' && (
        <Text component="div" size="sm" className={classes.said}>
          {line.said}
        </Text>
      )}
    </>
  );
}
