import type { Kind } from './documents';
import { RotationCalendar } from './RotationCalendar';
import { RotationSummary } from './RotationSummary';

export const rotationKind: Kind = {
  name: 'rotations',
  role: 'editor',
  start: {},
  Summary: RotationSummary,
  Foot: RotationCalendar,
  groups: [
    {
      title: 'who',
      fields: [
        { key: 'receivers', type: 'receivers', required: true },
        { key: 'day', type: 'choice', options: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'], fallback: 'monday' },
        { key: 'time', type: 'text', fallback: '09:00' },
        { key: 'timezone', type: 'zone' },
        { key: 'first_week', type: 'date' },
      ],
    },
  ],
};
