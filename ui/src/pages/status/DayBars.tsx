import { useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { Schemas } from '@/api/client';
import { useWords } from '@/i18n';
import { COLORS, percent, stateOf } from './states';
import classes from './status.module.css';

type History = Schemas['StatusHistory'];

interface Props {
  name: string;
  days: History['buckets'];
  values: History['components'][number]['buckets'];
  availability: number | null;
}

const width = 4;
const gap = 2;
const height = 28;
const least = 0.35;

/** A bar for each day: the lower, the less went well. Hover, or arrow keys, tell the day and its share. */
export function DayBars({ name, days, values, availability }: Props) {
  const t = useWords('status');
  const [at, setAt] = useState<number | null>(null);
  const text = (i: number) => {
    const share = values[i]?.availability ?? null;
    return `${days[i]?.date ?? ''}: ${share === null ? t('history.unknown') : t('history.share', { percent: percent(share) })}`;
  };

  function point(event: PointerEvent<SVGSVGElement>): void {
    const box = event.currentTarget.getBoundingClientRect();
    if (box.width > 0) setAt(Math.max(0, Math.min(days.length - 1, Math.floor(((event.clientX - box.left) / box.width) * days.length))));
  }
  function key(event: KeyboardEvent): void {
    const to = { ArrowLeft: (at ?? days.length) - 1, ArrowRight: (at ?? -1) + 1, Home: 0, End: days.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(days.length - 1, to)));
  }

  return (
    <div>
      <div
        role="img"
        tabIndex={0}
        aria-label={`${name}: ${availability === null ? t('history.unknown') : t('history.mean', { percent: percent(availability), n: days.length })}`}
        onKeyDown={key}
        onBlur={() => setAt(null)}
      >
        <svg
          viewBox={`0 0 ${days.length * (width + gap) - gap} ${height}`}
          width="100%"
          height={height}
          preserveAspectRatio="none"
          aria-hidden
          onPointerMove={point}
          onPointerLeave={() => setAt(null)}
        >
          {values.map((value, i) => {
            const share = value.availability;
            const tall = share === null ? 0.12 : least + (1 - least) * share;
            return (
              <rect
                key={i}
                x={i * (width + gap)}
                y={height * (1 - tall)}
                width={width}
                height={height * tall}
                style={{ fill: COLORS[stateOf(share)] }}
                opacity={at === null || at === i ? 1 : 0.55}
              />
            );
          })}
        </svg>
      </div>
      <div className={classes.under} aria-live="polite">
        {at === null ? (
          <>
            <span>{days[0]?.date}</span>
            <span>{availability === null ? t('history.unknown') : t('history.mean', { percent: percent(availability), n: days.length })}</span>
            <span>{t('history.today')}</span>
          </>
        ) : (
          <span>{text(at)}</span>
        )}
      </div>
    </div>
  );
}
