import { useWords } from '@/i18n';
import classes from './SeverityBadge.module.css';

/** As many marks as it is bad: also told apart without colours. */
const MARKS: Record<string, string> = { info: 'i', warning: '!', critical: '!!', emergency: '!!!' };

export function SeverityBadge({ severity }: { severity: string }) {
  const t = useWords('ui');
  const known = severity in MARKS;
  return (
    <span className={classes.badge} data-severity={known ? severity : 'info'}>
      <span aria-hidden>{MARKS[severity] ?? 'i'}</span>
      {known ? t(`severity.${severity}`) : severity}
    </span>
  );
}
