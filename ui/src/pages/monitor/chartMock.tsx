import type { ComponentProps } from 'react';
import type { Chart as Real } from '@/ui/Chart';

/** For tests: what a chart is told, as text; its button drags from 1,000 to 2,000 s. */
export function Chart({ series, marks = [], onZoom }: ComponentProps<typeof Real>) {
  return (
    <figure data-testid="chart">
      {series.map(({ label, unit, dashed }) => (
        <p key={label}>{`${label} [${unit ?? ''}]${dashed ? ' dashed' : ''}`}</p>
      ))}
      {marks.map(({ label, severity, at }) => (
        <p key={at}>{`${severity}: ${label}`}</p>
      ))}
      <button type="button" onClick={() => onZoom?.(1_000_000, 2_000_000)}>
        zoom
      </button>
    </figure>
  );
}
