import type { Kind } from './documents';
import { InhibitionSummary } from './InhibitionSummary';

export const inhibitionKind: Kind = {
  name: 'inhibitions',
  role: 'editor',
  start: {},
  Summary: InhibitionSummary,
  groups: [
    {
      title: 'what',
      fields: [
        { key: 'source', type: 'text', required: true },
        { key: 'target', type: 'text', required: true },
        { key: 'equal', type: 'texts' },
      ],
    },
  ],
};
