import { IconCpu } from '@tabler/icons-react';
import type { Area } from '@/app/areas';

const area: Area = {
  name: 'memory',
  order: 60,
  nav: [{ to: '/memory', label: 'nav.memory', icon: IconCpu, role: 'viewer' }],
  routes: [{ path: '/memory', load: () => import('./MemoryPage'), role: 'viewer' }],
};
export default area;
