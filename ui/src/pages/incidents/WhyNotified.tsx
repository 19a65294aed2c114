import { Anchor, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { Time } from '@/ui/Time';
import { lastOfEach, wordOf, type Decision } from './decisions';
import type { IncidentDetail } from './queries';
import classes from './incidents.module.css';

/** Who was told, who was not, and why: from what was written down when it was decided. */
export function WhyNotified({ incident }: { incident: IncidentDetail }) {
  const t = useWords('incidents');
  const { decisions } = incident;
  if (decisions.length === 0)
    return <Text size="sm">{incident.open ? t('why.notYet') : t('why.never')}</Text>;
  const now = lastOfEach(decisions);
  return (
    <Stack gap="sm">
      {now.map((decision, index) => (
        <div key={decision.route ?? index}>
          <Told decision={decision} />
          <Text size="sm" c="dimmed">
            {t(`why.means.${wordOf(decision.verdict)}`)}
          </Text>
          {decision.verdict === 'silenced' && (
            <Group gap="xs">
              {incident.silenced_by.map((id) => (
                <Anchor
                  key={id}
                  size="sm"
                  renderRoot={(props) => (
                    <Link to="/alerting/silences/$name" params={{ name: String(id) }} {...props} />
                  )}
                >
                  {t('why.silence', { id })}
                </Anchor>
              ))}
            </Group>
          )}
          {decision.verdict === 'no route' && (
            <Anchor size="sm" renderRoot={(props) => <Link to="/alerting/routes" {...props} />}>
              {t('why.routes')}
            </Anchor>
          )}
        </div>
      ))}
      {decisions.length > now.length && (
        <details>
          <summary>{t('why.all', { n: decisions.length })}</summary>
          <ol className={classes.line} reversed>
            {[...decisions].reverse().map((decision, index) => (
              <li key={index}>
                <Told decision={decision} />
              </li>
            ))}
          </ol>
        </details>
      )}
    </Stack>
  );
}

function Told({ decision }: { decision: Decision }) {
  const t = useWords('incidents');
  const word = wordOf(decision.verdict);
  return (
    <Text component="div" size="sm">
      <strong>{word === 'other' ? <Name>{decision.text}</Name> : t(`why.verdict.${word}`)}</strong>
      {decision.until !== null && (
        <>
          {' '}
          {t('why.until')} <Time at={decision.until} />
        </>
      )}
      {decision.receivers.length > 0 && (
        <>
          {' · '}
          {t('why.receivers')} <Name wrap>{decision.receivers.join(', ')}</Name>
        </>
      )}
      {decision.route !== null && (
        <>
          {' · '}
          {t('why.route')} <Name wrap>{decision.route}</Name>
        </>
      )}
      {decision.time !== null && (
        <Text span c="dimmed">
          {' · '}
          <Time at={decision.time} />
        </Text>
      )}
    </Text>
  );
}
