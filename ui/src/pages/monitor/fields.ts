import type { Schemas } from '@/api/client';

type Monitor = Schemas['MonitorDetail'];

const UNITS: [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** "1h30m", as configuration and API write a duration. */
export function durationText(ms: number): string {
  let left = Math.round(ms);
  let text = '';
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    if (count > 0) text += `${count}${unit}`;
    left -= count * size;
  }
  return text || '0s';
}

function isSecret(value: Monitor['params'][string]): boolean {
  return typeof value !== 'string';
}

/** Secrets that are stored, which no answer shows. */
export function secretsOf(monitor: Monitor): string[] {
  return Object.keys(monitor.params).filter((field) => isSecret(monitor.params[field]!));
}

/**
 * What a test of this monitor sends. The server has no monitor in mind when it tests, so that secrets must come from the user.
 */
export function trialFields(monitor: Monitor, secrets: Readonly<Record<string, string>>): Schemas['MonitorFields'] {
  const params: Record<string, string> = {};
  for (const [field, value] of Object.entries(monitor.params)) {
    if (typeof value === 'string') params[field] = value;
    else if (secrets[field]) params[field] = secrets[field];
  }
  return {
    name: monitor.name,
    app: monitor.app,
    ...(monitor.folder !== '' && { folder: monitor.folder }),
    labels: monitor.labels,
    params,
  };
}

/** The monitor as it stands in a file of monitors or an import; of a secret only that it is set, as in an export. */
export function twinOf(monitor: Monitor): Schemas['MonitorFields'] {
  const { labels, annotations, params } = monitor;
  const parents = monitor.parents.map((parent) => parent.name).filter((name) => name !== '');
  return {
    name: monitor.name,
    app: monitor.app,
    ...(monitor.cron === null
      ? { interval: durationText(monitor.interval_ms) }
      : { cron: monitor.cron, ...(monitor.timezone !== null && { timezone: monitor.timezone }) }),
    ...(monitor.criticality !== 'normal' && { criticality: monitor.criticality }),
    ...(monitor.state === 'PAUSED' && monitor.paused_by === 'user' && { paused: true }),
    ...(monitor.folder !== '' && { folder: monitor.folder }),
    ...(monitor.description !== '' && { description: monitor.description }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(parents.length > 0 && { depends_on: parents }),
    ...(Object.keys(params).length > 0 && { params: params as Schemas['MonitorFields']['params'] }),
  };
}

/** The document of a file with this one monitor. */
export async function yamlOf(monitor: Monitor): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify({ monitors: [twinOf(monitor)] }, { lineWidth: 0 });
}
