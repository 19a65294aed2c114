import type { Schemas } from '@/api/client';

// What the server answers, for the tests of this folder.

export const ID = '00000000000000a1';
export const HOSTILE = `<script>alert("x")</script> \u202e ${'long '.repeat(2000)}`.trim();

export function monitor(more: Partial<Schemas['MonitorDetail']> = {}): Schemas['MonitorDetail'] {
  return {
    id: ID,
    name: 'gateway',
    app: 'ping',
    labels: {},
    criticality: 'normal',
    state: 'UP',
    owner: 'api',
    paused_by: null,
    since: new Date(Date.now() - 86_400_000).toISOString(),
    last_check: new Date(Date.now() - 20_000).toISOString(),
    next_check: new Date(Date.now() + 40_000).toISOString(),
    interval_ms: 60_000,
    duration_ms: 12.5,
    code: 'success',
    message: '',
    folder: '',
    unreachable_because: null,
    params: { host: '192.0.2.1' },
    cron: null,
    timezone: null,
    file: null,
    parents: [],
    version: 3,
    description: '',
    annotations: {},
    created: null,
    created_by: null,
    updated: null,
    updated_by: null,
    ...more,
  };
}

export function results(more: Partial<Schemas['SetResult']> = {}): Schemas['Results'] {
  return {
    monitor: ID,
    results: [
      {
        set: 'summary',
        priority: 0,
        time: new Date(Date.now() - 20_000).toISOString(),
        duration_ms: 12.5,
        code: 'success',
        message: '',
        rows: [
          {
            labels: '',
            cells: [
              { field: 'responseTime', unit: 'ms', type: 'number', value: 12.5, series: '00000000000000b1' },
              { field: 'loss', unit: '%', type: 'number', value: 0, series: '00000000000000b2' },
              { field: 'answer', unit: '', type: 'text', value: 'pong', series: '' },
            ],
          },
        ],
        ...more,
      },
    ],
  };
}

export function rounds(list: Partial<Schemas['Round']>[], next: string | null = null): Schemas['RoundPage'] {
  return {
    monitor: ID,
    from: null,
    to: null,
    next_cursor: next,
    rounds: list.map((one, index) => ({
      time: new Date(Date.now() - (index + 1) * 60_000).toISOString(),
      set: 'summary',
      duration_ms: 12.5,
      code: 'success',
      message: '',
      ...one,
    })),
  };
}

export function history(request: Request): Schemas['History'] {
  const query = new URL(request.url).searchParams;
  const from = Date.parse(query.get('from')!);
  const unit = query.get('field') === 'loss' ? '%' : 'ms';
  const points = [0, 1, 2].map((minute) => ({ time: new Date(from + minute * 60_000).toISOString(), min: 1, avg: 2, max: 3, count: 1 }));
  return {
    monitor: ID,
    from: query.get('from'),
    to: query.get('to'),
    step_ms: 60_000,
    series: [{ series: '00000000000000b1', set: query.get('set')!, field: query.get('field')!, unit, labels: '', points }],
  };
}

const definition = {
  app: 'ping',
  results: [
    {
      name: 'summary',
      i18n: { 'en-US': 'Overall', 'zh-CN': '总体' },
      fields: [{ field: 'responseTime', i18n: { 'en-US': 'Round-trip time', 'zh-CN': '往返时间' } }],
    },
  ],
  params: [{ field: 'host', name: { 'en-US': 'Host', 'zh-CN': '主机' } }],
};

/** Answers to all that the page of `monitor` asks. */
export function answersOf(one = monitor(), more: Record<string, unknown> = {}): Record<string, unknown> {
  const base = `GET /api/v1/monitors/${one.id}`;
  const start = new Date(Date.now() - 3_600_000).toISOString();
  return {
    [base]: () =>
      new Response(JSON.stringify(one), { headers: { 'Content-Type': 'application/json', ETag: `"${one.version}"` } }),
    [`${base}/results`]: results(),
    [`${base}/rounds`]: rounds([{}, {}]),
    [`${base}/history`]: history,
    'GET /api/v1/monitors/heartbeats': {
      from: start,
      to: new Date().toISOString(),
      step_ms: 60_000,
      monitors: [{ id: one.id, buckets: [{ start, total: 4, failed: 1, code: 'fail', avg_duration_ms: 10, message: 'lost' }] }],
    },
    'GET /api/v1/incidents': { next: null, open: {}, incidents: [] },
    'GET /api/v1/definitions/ping': definition,
    'GET /api/v1/events': { restarted: false, last: 0, events: [] },
    'GET /api/v1/admission': {
      verdict: 'fits', app: 'ping', count: 1, interval_ms: 60_000, fits_at_ms: null, most: 1234, bytes_each: 2048, bytes_wanted: 2048,
      bytes_left: 1_048_576, checks_per_second_wanted: 0.02, checks_per_second_possible: 100, text: 'It fits: 2 KiB of 1 MiB.',
    },
    ...more,
  };
}
