import { Group, Text } from '@mantine/core';
import { useLanguage, useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { Time } from '@/ui/Time';
import { duration } from '@/ui/format';
import { CodeBadge } from './CodeBadge';
import { Rows } from './SetTable';
import type { SetResult } from './queries';
import type { Names } from './useNames';
import classes from './monitor.module.css';

interface Props {
  steps: readonly SetResult[];
  names: Names;
  label: string;
}

/** What was asked one after the other: how it ended, how long it took of the whole, and what came. */
export function TraceSteps({ steps, names, label }: Props) {
  const t = useWords('monitor');
  const [language] = useLanguage();
  const longest = Math.max(...steps.map((step) => step.duration_ms ?? 0), 1e-6);
  return (
    <ol className={classes.list} aria-label={label}>
      {steps.map((step, index) => (
        <li key={`${step.set} ${index}`}>
          <Group gap="xs">
            <Text span fw={700}>
              {index + 1}.
            </Text>
            <Name>{names.set(step.set)}</Name>
            {step.code === null ? (
              <Text span size="sm" c="dimmed">
                {t('facts.never')}
              </Text>
            ) : (
              <CodeBadge code={step.code} />
            )}
            {step.priority === 0 && (
              <Text span size="sm" c="dimmed">
                {t('trace.decides')}
              </Text>
            )}
            {step.duration_ms !== null && (
              <Text span size="sm">
                {duration(step.duration_ms, language)}
              </Text>
            )}
            {step.time !== null && (
              <Text span size="sm" c="dimmed">
                <Time at={step.time} />
              </Text>
            )}
          </Group>
          {step.duration_ms !== null && (
            <span className={classes.bar} style={{ width: `${(step.duration_ms / longest) * 100}%` }} aria-hidden />
          )}
          {step.message !== '' && (
            <Text size="sm" component="div">
              <Name wrap>{step.message}</Name>
            </Text>
          )}
          {step.rows.length > 0 && (
            <details open={steps.length === 1}>
              <summary className={classes.summary}>{t('trace.rows', { n: step.rows.length })}</summary>
              <Rows set={step} names={names} most={20} />
            </details>
          )}
        </li>
      ))}
    </ol>
  );
}
