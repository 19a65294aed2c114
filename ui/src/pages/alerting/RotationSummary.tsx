import { Name } from '@/ui/Name';
import type { Document } from './documents';

/** Those who take turns, in order. */
export function RotationSummary({ document: { spec } }: { document: Document }) {
  const all = Array.isArray(spec['receivers']) ? spec['receivers'].map(String) : [];
  return <Name>{all.join(' → ')}</Name>;
}
