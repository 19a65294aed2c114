import type { Kind } from './documents';
import { ReceiverSettings } from './ReceiverSettings';
import { ReceiverSummary } from './ReceiverSummary';
import { ReceiverTrial } from './ReceiverTrial';

export const receiverKind: Kind = {
  name: 'receivers',
  role: 'editor',
  start: {},
  Summary: ReceiverSummary,
  Head: ReceiverSettings,
  Foot: ReceiverTrial,
  groups: [
    {
      title: 'texts',
      fields: [
        { key: 'language', type: 'choice', options: ['en', 'zh'], fallback: 'en' },
        { key: 'timezone', type: 'zone' },
        { key: 'template', type: 'template' },
        { key: 'send_resolved', type: 'switch', fallback: 'true' },
        { key: 'rate', type: 'number', min: 1, max: 1000, fallback: '60' },
      ],
    },
  ],
};
