import { useMemo, useState } from 'react';
import { Button, Card, Group, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useWords } from '@/i18n';
import { Name } from '@/ui/Name';
import { StateDot } from '@/ui/StateBadge';
import { number } from '@/ui/format';
import { StateBar } from './StateBar';
import { present, worstFirst, type State, type StateCounts } from './states';
import classes from './overview.module.css';

export interface StateGroup {
  name: string;
  monitors: number;
  states: StateCounts;
  worst: State | null;
}

const SHOWN = 12;

interface Props {
  title: string;
  groups: StateGroup[];
  /** What the list of monitors is filtered by for a group. */
  by: 'folder' | 'app';
  /** There are more than the server has told. */
  cut: boolean;
}

/** Folders or applications, those that need attention first. */
export function Groups({ title, groups, by, cut }: Props) {
  const t = useWords('overview');
  const [all, setAll] = useState(false);
  const sorted = useMemo(() => worstFirst(groups, (group) => group.name), [groups]);
  if (groups.length === 0) return null;
  const shown = all ? sorted : sorted.slice(0, SHOWN);
  return (
    <Card component="section" aria-label={title}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {title}
        </Title>
        <Text size="sm" c="dimmed">
          {number(groups.length)}
        </Text>
      </Group>
      <ul className={classes.groups}>
        {shown.map((group) => (
          <li key={group.name}>
            <Link to="/monitors" search={{ [by]: group.name }} className={classes.group}>
              <span className={classes.groupName}>
                <Name>{group.name}</Name>
              </span>
              <StateBar states={group.states} />
              <span className={classes.groupCounts}>
                {present(group.states)
                  .slice(0, 3)
                  .map(({ state, count }) => (
                    <span key={state} className={classes.groupCount}>
                      <StateDot state={state} /> {number(count)}
                    </span>
                  ))}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {sorted.length > SHOWN && (
        <Button variant="subtle" size="compact-sm" mt="xs" onClick={() => setAll(!all)}>
          {all ? t('groups.fewer') : t('groups.all', { n: sorted.length })}
        </Button>
      )}
      {cut && (
        <Text size="sm" c="dimmed" mt="xs">
          {t('groups.cut')}
        </Text>
      )}
    </Card>
  );
}
