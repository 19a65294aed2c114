import { memo, type CSSProperties } from 'react';
import { Link } from '@tanstack/react-router';
import { stateColor } from '@/app/theme';
import { Name } from '@/ui/Name';
import { StateBadge, StateDot } from '@/ui/StateBadge';
import { Time } from '@/ui/Time';
import { number } from '@/ui/format';
import { present, type StateCounts } from './states';
import type { Tile } from './wall';
import classes from './wall.module.css';

export function Counts({ states }: { states: StateCounts }) {
  return (
    <span className={classes.more}>
      {present(states).map(({ state, count }) => (
        <span key={state}>
          <StateDot state={state} /> {number(count)}
        </span>
      ))}
    </span>
  );
}

export const WallTile = memo(function WallTile({ tile }: { tile: Tile }) {
  const loud = tile.state === 'DOWN' || tile.state === 'UNREACHABLE';
  return (
    <Link
      {...tile.to}
      className={classes.tile}
      data-loud={loud || undefined}
      style={{ '--state': stateColor(tile.state) } as CSSProperties}
    >
      <span className={classes.name}>
        <Name>{tile.name}</Name>
      </span>
      {tile.states ? (
        <Counts states={tile.states} />
      ) : (
        <span className={classes.more}>
          <StateBadge state={tile.state} />
          {tile.since !== null && <Time at={tile.since} />}
        </span>
      )}
    </Link>
  );
});
