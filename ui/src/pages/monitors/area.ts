import { IconListDetails } from '@tabler/icons-react';
import { api, ok } from '@/api/client';
import type { Area } from '@/app/areas';

const area: Area = {
  name: 'monitors',
  order: 20,
  nav: [{ to: '/monitors', label: 'nav.monitors', icon: IconListDetails, role: 'viewer' }],
  routes: [{ path: '/monitors', load: () => import('./MonitorsPage'), role: 'viewer' }],
  palette: async (text, signal) => {
    const { monitors } = await ok(api.GET('/api/v1/monitors', { params: { query: { text, limit: 8 } }, signal }));
    return monitors.map((row) => ({
      label: row.name,
      description: [row.state, row.app, row.folder].filter((part) => part !== '').join(' · '),
      to: `/monitors/${row.id}`,
    }));
  },
};
export default area;
