import { memo, type ReactNode } from 'react';
import { stateColor } from '@/app/theme';
import { useWords } from '@/i18n';
import classes from './StateBadge.module.css';

/** A shape of its own for each state: who cannot tell the colours apart sees it, too. */
const SHAPES: Record<string, ReactNode> = {
  UP: <circle cx="8" cy="8" r="6" />,
  DOWN: <path d="M3 1 8 6l5-5 2 2-5 5 5 5-2 2-5-5-5 5-2-2 5-5-5-5z" />,
  TIMEOUT: <path d="M2 1h12v2l-4.5 5 4.5 5v2H2v-2l4.5-5L2 3z" />,
  UNREACHABLE: <path d="M8 1 15.5 14.5h-15z" />,
  STALE: <path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm1 3v4.2l3 1.8-1 1.6-4-2.4V4z" />,
  PAUSED: <path d="M3 2h4v12H3zM9 2h4v12H9z" />,
  UNKNOWN: <path d="M8 1.2 14.8 8 8 14.8 1.2 8zM8 5 5 8l3 3 3-3z" fillRule="evenodd" />,
};

/** Words for the states that the API has; others are shown as they are. */
function useStateWord(state: string): string {
  const t = useWords('ui');
  const upper = state.toUpperCase();
  return upper in SHAPES ? t(`state.${upper}`) : state;
}

/** The shape alone, with the word for screen readers and on hover. */
export const StateDot = memo(function StateDot({ state, size = 12 }: { state: string; size?: number }) {
  const word = useStateWord(state);
  return (
    <svg className={classes.dot} width={size} height={size} viewBox="0 0 16 16" role="img" aria-label={word} style={{ color: stateColor(state) }}>
      <title>{word}</title>
      {SHAPES[state.toUpperCase()] ?? SHAPES['UNKNOWN']}
    </svg>
  );
});

/** Shape, word and colour of a state. */
export const StateBadge = memo(function StateBadge({ state, size = 'sm' }: { state: string; size?: 'sm' | 'lg' }) {
  const word = useStateWord(state);
  return (
    <span className={classes.badge} data-size={size} data-state={state} style={{ color: stateColor(state) }}>
      <svg width={size === 'lg' ? 20 : 12} height={size === 'lg' ? 20 : 12} viewBox="0 0 16 16" aria-hidden>
        {SHAPES[state.toUpperCase()] ?? SHAPES['UNKNOWN']}
      </svg>
      {word}
    </span>
  );
});
