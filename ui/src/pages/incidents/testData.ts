import type { Schemas } from '@/api/client';
import { incident } from '@/pages/overview/testData';
import type { IncidentDetail } from './queries';

// What the server answers in the tests of this folder.

export function detail(change: Partial<IncidentDetail> = {}): IncidentDetail {
  return {
    ...incident({ evidence: 'code=timeout -> true' }),
    notes: [
      { id: 1, time: '2026-01-01T12:00:00Z', kind: 'opened', who: null, text: '' },
      { id: 2, time: '2026-01-01T12:05:00Z', kind: 'comment', who: 'ann', text: 'looking at it' },
    ],
    decisions: [
      {
        time: '2026-01-01T12:00:30Z',
        until: null,
        verdict: 'notified',
        route: '{severity="critical"}',
        text: 'notified',
        receivers: ['ops'],
      },
    ],
    ...change,
  };
}

export function page(incidents: Schemas['Incident'][], next: number | null = null): Schemas['IncidentPage'] {
  return { next, open: { critical: incidents.filter((one) => one.open).length }, incidents };
}

export function notification(change: Partial<Schemas['Notification']> = {}): Schemas['Notification'] {
  return {
    id: 3,
    receiver: 'ops',
    channel: 'webhook',
    state: 'dead',
    title: 'web-1 is down',
    attempts: 2,
    created: '2026-01-01T12:00:30Z',
    updated: '2026-01-01T12:01:30Z',
    next: null,
    answer: '403 Forbidden',
    incidents: [7],
    ...change,
  };
}
