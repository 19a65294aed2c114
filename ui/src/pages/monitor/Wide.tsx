import type { ReactNode } from 'react';
import classes from './monitor.module.css';

/** A table that may be wider than the page: it is scrolled by itself, by keyboard, too. */
export function Wide({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes.wide} role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
