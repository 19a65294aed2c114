import { stateColor } from '@/app/theme';
import { useWords } from '@/i18n';
import { number } from '@/ui/format';
import { present, type StateCounts } from './states';
import classes from './overview.module.css';

/** Shares of states as one bar; in words for whoever does not see it. */
export function StateBar({ states }: { states: StateCounts }) {
  const t = useWords('ui');
  const parts = present(states);
  const label = parts.map(({ state, count }) => `${t(`state.${state}`)} ${number(count)}`).join(', ');
  return (
    <div className={classes.bar} role="img" aria-label={label} title={label}>
      {parts.map(({ state, count }) => (
        <span key={state} style={{ flexGrow: count, background: stateColor(state) }} />
      ))}
    </div>
  );
}
