import type { ReactNode } from 'react';
import classes from './monitor.module.css';

/** Pairs of a word and its value; without those whose value is nothing. */
export function Facts({ facts }: { facts: [string, ReactNode][] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(([word, value]) =>
        value === null || value === undefined || value === '' ? null : (
          <div key={word} style={{ display: 'contents' }}>
            <dt>{word}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
