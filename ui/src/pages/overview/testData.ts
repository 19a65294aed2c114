import type { Schemas } from '@/api/client';
import type { Answers } from '@/testing/render';
import type { StateCounts } from './states';

// What the server answers in the tests of this folder.

export const HOSTILE = `<script>alert(1)</script>\u202Eevil${'x'.repeat(10_000)}`;

export function states(change: Partial<StateCounts> = {}): StateCounts {
  return { UP: 0, DOWN: 0, UNKNOWN: 0, STALE: 0, PAUSED: 0, UNREACHABLE: 0, ...change };
}

export function summary(change: Partial<Schemas['Summary']> = {}): Schemas['Summary'] {
  return {
    version: '0.1.0',
    started: '2026-01-01T00:00:00Z',
    now: '2026-01-02T00:00:00Z',
    monitors: 5,
    states: states({ UP: 4, DOWN: 1 }),
    worst: 'DOWN',
    apps: [{ app: 'ping', monitors: 5, states: states({ UP: 4, DOWN: 1 }), worst: 'DOWN' }],
    folders: [{ path: 'lab', monitors: 2, states: states({ UP: 2 }), worst: 'UP' }],
    cut: false,
    memory: { budget_bytes: 512 << 20, resident_bytes: 64 << 20 },
    history: { running: true, resident_bytes: 32 << 20 },
    ...change,
  };
}

export function monitor(change: Partial<Schemas['Monitor']> = {}): Schemas['Monitor'] {
  return {
    id: '00000000000000a1',
    name: 'web-1',
    app: 'website',
    labels: {},
    criticality: 'normal',
    state: 'DOWN',
    owner: 'api',
    paused_by: null,
    since: '2026-01-01T12:00:00Z',
    last_check: null,
    next_check: null,
    interval_ms: 60_000,
    duration_ms: null,
    code: 'timeout',
    message: 'no answer',
    folder: '',
    unreachable_because: null,
    ...change,
  };
}

export function monitors(rows: Schemas['Monitor'][], total = rows.length): Schemas['MonitorPage'] {
  return { total, offset: 0, limit: 50, monitors: rows, next_cursor: null };
}

export function incident(change: Partial<Schemas['Incident']> = {}): Schemas['Incident'] {
  return {
    id: 7,
    fingerprint: '00000000000000ff',
    rule: 'MonitorDown',
    severity: 'critical',
    labels: { alertname: 'MonitorDown', monitor: 'web-1', severity: 'critical' },
    annotations: { summary: 'web-1 is down' },
    monitor: '00000000000000a1',
    open: true,
    started: '2026-01-01T12:00:00Z',
    ended: null,
    resolution: null,
    evidence: '',
    assignee: null,
    acknowledged: null,
    acknowledged_by: null,
    snoozed_until: null,
    linked: null,
    silenced_by: [],
    inhibited_by: null,
    version: 1,
    ...change,
  };
}

export const schedule = {
  due: 100,
  run: 99,
  skipped: 1,
  paused: 0,
  late: 0,
  timeouts: 2,
  jobs: 5,
  in_flight: 3,
  in_flight_most: 512,
  in_flight_limit: 512,
  waiting: 0,
  queue_capacity: 1000,
  deferred: 0,
  stretched: 0,
  lateness: { sum_ms: 10, buckets: [{ up_to_ms: 10, count: 99 }, { up_to_ms: null, count: 99 }] },
  shards: [{ jobs: 5, in_flight: 3, waiting: 0, cpu_seconds: 1 }],
  queues: [],
  history: { samples_sent: 99, samples_kept: 99, samples_lost: 0, restarts: 0, file_bytes: 1, error: '' },
} satisfies Schemas['Schedule'];

const share = { normal: 0, elevated: 0.7, high: 0.8, critical: 0.9, emergency: 0.95 };

export const memory: Schemas['Memory'] = {
  budget_bytes: 512 << 20,
  least_left_bytes: 400 << 20,
  ledger_used_bytes: 1,
  ledger_limit_bytes: 2,
  resident_bytes: 64 << 20,
  resident_peak_bytes: 65 << 20,
  anonymous_bytes: 1,
  file_bytes: 1,
  fixed_bytes: 1,
  unexplained_bytes: 0,
  allocator: { mapped_bytes: 0, cap_bytes: 0, allocated_bytes: 0, refused: 0 },
  history: { resident_bytes: 0, resident_peak_bytes: 0 },
  level: {
    name: 'normal',
    number: 0,
    since: null,
    signals: { ledger: 0.1, resident: 0.1, stall: 0, cause: 'ledger' },
    stall_source: '',
    from: share,
    hysteresis: 0.05,
    dwell_ms: 10_000,
    seconds: share,
    history: [],
  },
  actions: [],
  paused: { count: 0, bytes: 0, monitors: [] },
  accounts: [],
};

/** All that the overview asks for. */
export function overviewAnswers(change: Partial<Schemas['Summary']> = {}): Answers {
  return {
    'GET /api/v1/summary': summary(change),
    'GET /api/v1/monitors': monitors([monitor(), monitor({ id: '00000000000000a2', name: HOSTILE, state: 'UP', message: '' })]),
    'GET /api/v1/incidents': { next: null, open: { critical: 1 }, incidents: [incident()] } satisfies Schemas['IncidentPage'],
    'GET /api/v1/memory': memory,
    'GET /api/v1/schedule': schedule,
    'GET /api/v1/events': {
      restarted: false,
      last: 2,
      events: [
        { id: 1, time: '2026-01-01T00:00:00Z', kind: 'reload', severity: 'info', text: 'reloaded' },
        { id: 2, time: '2026-01-01T00:00:00Z', kind: 'monitor.state', severity: 'warning', text: "'web-1' is DOWN" },
      ],
    } satisfies Schemas['Events'],
    'GET /api/v1/alerts/receivers': { total: 0, next: null, documents: [] } satisfies Schemas['AlertReceiverPage'],
    'GET /api/v1/folders': { folders: [] } satisfies Schemas['FolderList'],
  };
}
