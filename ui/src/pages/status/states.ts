import type { AnnouncementState, View } from './queries';

/** As stateColor(): told apart by people who see red and green alike. Shapes stand beside them. */
export const COLORS: Record<View['state'], string> = {
  operational: 'light-dark(#00664a, #3ddc97)',
  degraded: 'light-dark(#6b4f00, #e8c547)',
  outage: 'light-dark(#b3261e, #ff8a80)',
  maintenance: 'light-dark(#005a8c, #6cbcf0)',
  unknown: 'light-dark(#4a5568, #a8b3c4)',
};

/** Which states an announcement may have, in the order in which it goes through them. */
export const STATES: Record<'incident' | 'maintenance', AnnouncementState[]> = {
  incident: ['investigating', 'identified', 'monitoring', 'resolved'],
  maintenance: ['scheduled', 'in_progress', 'completed'],
};

export function isOver(state: AnnouncementState): boolean {
  return state === 'resolved' || state === 'completed';
}

/** Below this share of checks that went well a day counts as an outage; below all of them as degraded. */
const outageBelow = 0.95;
export function stateOf(availability: number | null): View['state'] {
  if (availability === null) return 'unknown';
  return availability >= 1 ? 'operational' : availability < outageBelow ? 'outage' : 'degraded';
}

/** "99.98 %": never rounded up to 100. */
export function percent(availability: number): string {
  return `${(Math.floor(availability * 10_000) / 100).toFixed(2).replace(/\.?0+$/, '')} %`;
}
