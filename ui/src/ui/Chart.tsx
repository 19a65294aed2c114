import { lazy, Suspense } from 'react';
import { Loading } from './Loading';

export interface ChartPoint {
  /** Milliseconds since 1970. */
  at: number;
  /** null: nothing is known, a gap. */
  value: number | null;
  min?: number | null;
  max?: number | null;
}
export interface ChartSeries {
  label: string;
  unit?: string;
  color?: string;
  points: ChartPoint[];
  dashed?: boolean;
}
export interface ChartMark {
  at: number;
  until?: number;
  label: string;
  severity: string;
}
export interface ChartProps {
  series: ChartSeries[];
  from: number;
  to: number;
  /** A stretch was drawn over with the pointer. */
  onZoom?: (from: number, to: number) => void;
  marks?: ChartMark[];
  /** Charts with the same one share the cursor. */
  syncKey?: string;
  height?: number;
  /** What it shows, for screen readers. */
  label?: string;
}

const Plot = lazy(() => import('./Plot'));

/** Lines over time with a band from least to greatest. The library comes with the first of them. */
export function Chart(props: ChartProps) {
  return (
    <div style={{ minHeight: props.height ?? 220 }}>
      <Suspense fallback={<Loading />}>
        <Plot {...props} />
      </Suspense>
    </div>
  );
}
