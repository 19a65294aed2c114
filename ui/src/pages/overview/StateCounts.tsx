import { Link } from '@tanstack/react-router';
import { StateBadge } from '@/ui/StateBadge';
import { number } from '@/ui/format';
import { useWords } from '@/i18n';
import { WORST_FIRST, type StateCounts as Counts } from './states';
import classes from './overview.module.css';

/** How many monitors are in each state; each number leads to the list of them. */
export function StateCounts({ states, monitors }: { states: Counts; monitors: number }) {
  const t = useWords('overview');
  return (
    <ul className={classes.counts} aria-label={t('counts.title')}>
      {WORST_FIRST.map((state) => (
        <li key={state}>
          <Link to="/monitors" search={{ state }} className={classes.count} data-none={states[state] === 0 || undefined}>
            <span className={classes.number}>{number(states[state])}</span>
            <StateBadge state={state} />
          </Link>
        </li>
      ))}
      <li>
        <Link to="/monitors" className={classes.count}>
          <span className={classes.number}>{number(monitors)}</span>
          <span>{t('counts.all')}</span>
        </Link>
      </li>
    </ul>
  );
}
