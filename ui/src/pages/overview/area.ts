import { IconDeviceTv, IconLayoutDashboard, IconPlus } from '@tabler/icons-react';
import type { Area } from '@/app/areas';

const area: Area = {
  name: 'overview',
  order: 10,
  nav: [
    { to: '/', label: 'nav.overview', icon: IconLayoutDashboard, role: 'viewer' },
    { to: '/wall', label: 'nav.wall', icon: IconDeviceTv, role: 'viewer' },
    { to: '/start', label: 'nav.start', icon: IconPlus, role: 'editor' },
  ],
  routes: [
    { path: '/', load: () => import('./OverviewPage'), role: 'viewer' },
    { path: '/wall', load: () => import('./WallPage'), role: 'viewer', bare: true },
    { path: '/start', load: () => import('./StartPage'), role: 'editor' },
  ],
};
export default area;
