import { useId, useState, type KeyboardEvent } from 'react';
import { stateColor } from '@/app/theme';
import { useLanguage, useWords } from '@/i18n';
import { absolute, duration } from './format';
import classes from './Timeline.module.css';

export interface Span {
  /** Milliseconds since 1970. */
  from: number;
  to: number;
  state: string;
  reason?: string | undefined;
}

interface Props {
  spans: Span[];
  from: number;
  to: number;
  label?: string;
  height?: number;
}

/** States over time. Hover, or arrow keys, tell when, how long and why. */
export function Timeline({ spans, from, to, label, height = 24 }: Props) {
  const t = useWords('ui');
  const [language] = useLanguage();
  const id = useId();
  const [at, setAt] = useState<number | null>(null);
  const length = Math.max(1, to - from);
  const shown = spans
    .map((span) => ({ ...span, begins: Math.max(span.from, from), ends: Math.min(span.to, to) }))
    .filter((span) => span.ends > span.begins);
  const span = at === null ? undefined : shown[at];
  const word = (state: string) => t(`state.${state.toUpperCase()}`);

  function key(event: KeyboardEvent<HTMLDivElement>): void {
    const next = { ArrowLeft: (at ?? shown.length) - 1, ArrowRight: (at ?? -1) + 1, Home: 0, End: shown.length - 1 }[event.key];
    if (event.key === 'Escape') setAt(null);
    if (next === undefined || shown.length === 0) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(shown.length - 1, next)));
  }
  const describe = (one: (typeof shown)[number]) =>
    [word(one.state), `${absolute(one.from)} – ${absolute(one.to)}`, duration(one.to - one.from, language), one.reason ?? '']
      .filter((line) => line !== '')
      .join('\n');

  return (
    <div
      className={classes.line}
      style={{ height }}
      role="img"
      tabIndex={0}
      aria-label={`${label ?? t('timeline.title')}: ${shown.map((one) => `${word(one.state)} ${duration(one.ends - one.begins, language)}`).slice(-20).join(', ')}`}
      aria-describedby={span === undefined ? undefined : id}
      onKeyDown={key}
      onBlur={() => setAt(null)}
      onPointerLeave={() => setAt(null)}
    >
      {shown.map((one, i) => (
        <div
          key={one.from}
          className={classes.span}
          data-state={one.state.toUpperCase()}
          data-picked={i === at || undefined}
          style={{
            left: `${(100 * (one.begins - from)) / length}%`,
            width: `${(100 * (one.ends - one.begins)) / length}%`,
            color: stateColor(one.state),
          }}
          onPointerEnter={() => setAt(i)}
        />
      ))}
      {span !== undefined && (
        <div id={id} role="tooltip" className={classes.tip} style={(span.begins - from) / length > 0.5 ? { right: 0 } : { left: `${(100 * (span.begins - from)) / length}%` }}>
          <bdi>{describe(span)}</bdi>
        </div>
      )}
    </div>
  );
}
