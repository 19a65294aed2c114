import type { ReactNode } from 'react';
import classes from './Name.module.css';

/**
 * A text that somebody else chose: a name, a label, an error. It stays within its line or place however long it is, and
 * marks that turn the direction of writing end with it. `wrap`: on several lines, all of it.
 */
export function Name({ children, wrap = false }: { children: ReactNode; wrap?: boolean }) {
  const text = typeof children === 'string' && children.length > 24 ? children.slice(0, 1000) : undefined;
  return (
    <bdi className={wrap ? classes.wrapped : classes.line} title={wrap ? undefined : text}>
      {children}
    </bdi>
  );
}
