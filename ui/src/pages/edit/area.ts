import type { Area } from '@/app/areas';

const area: Area = {
  name: 'edit',
  order: 22,
  routes: [
    { path: '/monitors/new', load: () => import('./NewPage'), role: 'editor' },
    { path: '/monitors/$id/edit', load: () => import('./EditPage'), role: 'editor' },
    { path: '/monitors/$id/clone', load: () => import('./ClonePage'), role: 'editor' },
  ],
};
export default area;
