import type { ReactNode } from 'react';
import { useWords } from '@/i18n';
import type { View } from './queries';
import { COLORS } from './states';
import classes from './status.module.css';

const SHAPES: Record<View['state'], ReactNode> = {
  operational: <path d="M6.5 12.5 2 8l1.7-1.7 2.8 2.8 5.8-5.8L14 5z" />,
  degraded: <path d="M8 1 15.5 14.5h-15zM7 6v4h2V6zm0 5v2h2v-2z" fillRule="evenodd" />,
  outage: <path d="M3 1 8 6l5-5 2 2-5 5 5 5-2 2-5-5-5 5-2-2 5-5-5-5z" />,
  maintenance: <path d="M2 7h12v2H2z" />,
  unknown: <path d="M8 1.2 14.8 8 8 14.8 1.2 8z" />,
};

/** Shape, word and colour. */
export function StateMark({ state, size = 16 }: { state: View['state']; size?: number }) {
  const t = useWords('status');
  return (
    <span className={classes.mark} style={{ color: COLORS[state] }}>
      <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden>
        {SHAPES[state]}
      </svg>
      {t(`state.${state}`)}
    </span>
  );
}
