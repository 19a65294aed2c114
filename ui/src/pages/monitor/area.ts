import { IconChartLine } from '@tabler/icons-react';
import type { Area } from '@/app/areas';

const area: Area = {
  name: 'monitor',
  order: 21,
  nav: [{ to: '/charts', label: 'nav.charts', icon: IconChartLine, role: 'viewer' }],
  routes: [
    { path: '/monitors/$id', load: () => import('./MonitorPage'), role: 'viewer' },
    { path: '/charts', load: () => import('./ChartsPage'), role: 'viewer' },
  ],
};
export default area;
