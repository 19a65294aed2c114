import { IconBroadcast } from '@tabler/icons-react';
import type { Area } from '@/app/areas';

const area: Area = {
  name: 'status',
  order: 70,
  nav: [{ to: '/status-pages', label: 'nav.pages', icon: IconBroadcast, role: 'viewer' }],
  routes: [
    { path: '/status-pages', load: () => import('./PagesPage'), role: 'viewer' },
    { path: '/status-pages/new', load: () => import('./NewPage'), role: 'editor' },
    { path: '/status-pages/$slug', load: () => import('./EditPage'), role: 'viewer' },
    { path: '/status/$slug', load: () => import('./PublicPage'), role: 'none', bare: true },
  ],
};
export default area;
