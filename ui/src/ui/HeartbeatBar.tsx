import { memo, useId, useMemo, useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { Schemas } from '@/api/client';
import { stateColor } from '@/app/theme';
import { useLanguage, useWords } from '@/i18n';
import { absolute, duration, type Language } from './format';
import classes from './HeartbeatBar.module.css';

type Beat = Schemas['Heartbeat'];

interface Props {
  beats: Beat[];
  /** Milliseconds since 1970; the first bar begins here, the last ends at `to`. */
  from: number;
  to: number;
  /** Width of a bucket in milliseconds; else that between the beats. */
  step?: number;
  height?: number;
  /** Whose it is, for screen readers. */
  label?: string;
}

type Kind = 'none' | 'up' | 'some' | 'down';

interface Bar {
  start: number;
  kind: Kind;
  beat: Beat | null;
}

const barWidth = 4;
const gap = 1;
const mostBars = 200;

/** A bar for each bucket, those without rounds as gaps. */
export function barsOf(beats: Beat[], from: number, to: number, step: number): Bar[] {
  const count = Math.max(1, Math.min(mostBars, Math.ceil((to - from) / Math.max(1, step))));
  const bars: Bar[] = Array.from({ length: count }, (_, i) => ({ start: from + i * step, kind: 'none', beat: null }));
  for (const beat of beats) {
    const i = Math.floor((Date.parse(beat.start ?? '') - from) / step);
    const bar = bars[i];
    if (bar === undefined || beat.total === 0) continue;
    bar.beat = beat;
    bar.kind = beat.failed === 0 ? 'up' : beat.failed < beat.total ? 'some' : 'down';
  }
  return bars;
}

// Height, too, tells them apart: full where all is well, low where all has failed.
const SHAPE: Record<Kind, { y: number; height: number; color: string }> = {
  none: { y: 0.45, height: 0.1, color: 'light-dark(#b6bcc6, #4a515c)' },
  up: { y: 0, height: 1, color: stateColor('UP') },
  some: { y: 0.3, height: 0.7, color: stateColor('STALE') },
  down: { y: 0.55, height: 0.45, color: stateColor('DOWN') },
};

/** The least distance of two beats; a sixtieth of it all where there are no two. */
function stepOf(beats: Beat[], from: number, to: number): number {
  let least = Infinity;
  for (let i = 1; i < beats.length; ++i) {
    const apart = Date.parse(beats[i]?.start ?? '') - Date.parse(beats[i - 1]?.start ?? '');
    if (apart > 0) least = Math.min(least, apart);
  }
  return Number.isFinite(least) ? least : Math.max(1, (to - from) / 60);
}

function pathOf(bars: Bar[], kind: Kind, height: number): string {
  const { y, height: part } = SHAPE[kind];
  let path = '';
  bars.forEach((bar, i) => {
    if (bar.kind === kind) path += `M${i * (barWidth + gap)} ${y * height}h${barWidth}v${part * height}h-${barWidth}z`;
  });
  return path;
}

function textOf(bar: Bar, step: number, t: (key: string, values?: Record<string, unknown>) => string, language: Language): string {
  const when = `${absolute(bar.start)} + ${duration(step, language)}`;
  const { beat } = bar;
  if (beat === null) return `${when}\n${t('beats.none')}`;
  const lines = [when, beat.failed === 0 ? t('beats.good', { n: beat.total }) : t('beats.failed', { n: beat.total, failed: beat.failed, code: beat.code })];
  if (beat.avg_duration_ms !== null) lines.push(t('beats.took', { time: duration(beat.avg_duration_ms, language) }));
  if (beat.message !== '') lines.push(beat.message);
  return lines.join('\n');
}

/** How the checks of a stretch of time went: hover, or arrow keys, tell time, duration and reason of each bar. */
export const HeartbeatBar = memo(function HeartbeatBar({ beats, from, to, step: given, height = 22, label = '' }: Props) {
  const t = useWords('ui');
  const [language] = useLanguage();
  const id = useId();
  const step = given ?? stepOf(beats, from, to);
  const bars = useMemo(() => barsOf(beats, from, to, step), [beats, from, to, step]);
  const [at, setAt] = useState<number | null>(null);
  const width = bars.length * (barWidth + gap) - gap;
  const failed = bars.filter((bar) => bar.kind === 'some' || bar.kind === 'down').length;
  const seen = bars.filter((bar) => bar.beat !== null).length;
  const bar = at === null ? undefined : bars[at];

  function point(event: PointerEvent<SVGSVGElement>): void {
    const box = event.currentTarget.getBoundingClientRect();
    if (box.width > 0) setAt(Math.max(0, Math.min(bars.length - 1, Math.floor(((event.clientX - box.left) / box.width) * bars.length))));
  }
  function key(event: KeyboardEvent<HTMLDivElement>): void {
    const to_ = { ArrowLeft: (at ?? bars.length) - 1, ArrowRight: (at ?? -1) + 1, Home: 0, End: bars.length - 1 }[event.key];
    if (event.key === 'Escape') setAt(null);
    if (to_ === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setAt(Math.max(0, Math.min(bars.length - 1, to_)));
  }

  return (
    <div
      className={classes.bar}
      role="img"
      tabIndex={0}
      aria-label={`${label === '' ? '' : `${label}: `}${t('beats.sum', { seen, failed })}`}
      aria-describedby={bar === undefined ? undefined : id}
      onKeyDown={key}
      onBlur={() => setAt(null)}
    >
      <svg
        viewBox={`0 0 ${width} ${height}`}
        width="100%"
        height={height}
        preserveAspectRatio="none"
        aria-hidden
        onPointerMove={point}
        onPointerLeave={() => setAt(null)}
      >
        {(Object.keys(SHAPE) as Kind[]).map((kind) => {
          const path = pathOf(bars, kind, height);
          return path === '' ? null : <path key={kind} d={path} style={{ fill: SHAPE[kind].color }} data-kind={kind} />;
        })}
        {at !== null && <rect x={at * (barWidth + gap)} y={0} width={barWidth} height={height} className={classes.picked} />}
      </svg>
      {bar !== undefined && at !== null && (
        <div id={id} role="tooltip" className={classes.tip} style={{ [at > bars.length / 2 ? 'right' : 'left']: 0 }}>
          <bdi>{textOf(bar, step, t, language)}</bdi>
        </div>
      )}
    </div>
  );
});
