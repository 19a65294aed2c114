import type { Kind } from './documents';
import { SilenceDurations } from './SilenceDurations';
import { SilencePreview } from './SilencePreview';
import { SilenceSummary } from './SilenceSummary';

export const silenceKind: Kind = {
  name: 'silences',
  role: 'operator',
  start: {},
  Summary: SilenceSummary,
  Head: SilenceDurations,
  Foot: SilencePreview,
  groups: [
    {
      title: 'what',
      fields: [
        { key: 'matchers', type: 'text', required: true },
        { key: 'starts', type: 'moment' },
        { key: 'ends', type: 'moment' },
        { key: 'windows', type: 'texts' },
        { key: 'comment', type: 'text' },
      ],
    },
  ],
};
