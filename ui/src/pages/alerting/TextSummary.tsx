import { Name } from '@/ui/Name';
import { textOf, type Document } from './documents';

/** The first line of whatever says most. */
export function TextSummary({ document: { spec } }: { document: Document }) {
  const text = textOf(spec['title']) || textOf(spec['text']);
  return <Name>{text.split('\n')[0]}</Name>;
}
