import { textOf } from './filters';
import type { Notification, NotificationFilters } from './queries';

export const STATES = ['queued', 'delivered', 'dead', 'digested'] as const;
export const COLOURS: Record<Notification['state'], string> = {
  queued: 'blue',
  delivered: 'green',
  dead: 'red',
  digested: 'gray',
};

export function readNotificationFilters(search: Record<string, unknown>): NotificationFilters {
  const state = STATES.find((known) => known === search['state']);
  const receiver = textOf(search['receiver']);
  return { ...(state && { state }), ...(receiver !== undefined && { receiver }) };
}
