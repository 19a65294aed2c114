import { Group } from '@mantine/core';
import classes from './Labels.module.css';
import { Name } from './Name';

interface Props {
  labels: Record<string, string>;
  /** Makes them buttons, e.g. to filter by one. */
  onPick?: (name: string, value: string) => void;
}

export function Labels({ labels, onPick }: Props) {
  const all = Object.entries(labels);
  if (all.length === 0) return null;
  return (
    <Group gap={4} component="ul" className={classes.list}>
      {all.map(([name, value]) => (
        <li key={name} className={classes.label}>
          {onPick === undefined ? (
            <Name>{`${name}: ${value}`}</Name>
          ) : (
            <button type="button" onClick={() => onPick(name, value)}>
              <Name>{`${name}: ${value}`}</Name>
            </button>
          )}
        </li>
      ))}
    </Group>
  );
}
