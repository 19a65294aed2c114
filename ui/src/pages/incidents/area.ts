import { IconAlertTriangle, IconSend } from '@tabler/icons-react';
import { api, ok } from '@/api/client';
import type { Area } from '@/app/areas';

const area: Area = {
  name: 'incidents',
  order: 30,
  nav: [
    { to: '/incidents', label: 'nav.incidents', icon: IconAlertTriangle, role: 'viewer' },
    { to: '/notifications', label: 'nav.notifications', icon: IconSend, role: 'viewer' },
  ],
  routes: [
    { path: '/incidents', load: () => import('./IncidentsPage'), role: 'viewer' },
    { path: '/incidents/$name', load: () => import('./IncidentPage'), role: 'viewer' },
    { path: '/notifications', load: () => import('./NotificationsPage'), role: 'viewer' },
    { path: '/notifications/$name', load: () => import('./NotificationPage'), role: 'viewer' },
  ],
  palette: async (text, signal) => {
    const { incidents } = await ok(api.GET('/api/v1/incidents', { params: { query: { text, limit: 5 } }, signal }));
    return incidents.map((incident) => ({
      label: incident.annotations['summary'] || incident.rule,
      description: `#${incident.id} ${incident.labels['monitor'] ?? ''}`,
      to: `/incidents/${incident.id}`,
    }));
  },
};
export default area;
