import { IconBook2 } from '@tabler/icons-react';
import { api, ok } from '@/api/client';
import type { Area } from '@/app/areas';

const area: Area = {
  name: 'definitions',
  order: 50,
  nav: [{ to: '/definitions', label: 'nav.definitions', icon: IconBook2, role: 'viewer' }],
  routes: [
    { path: '/definitions', load: () => import('./DefinitionsPage'), role: 'viewer' },
    { path: '/definitions/new', load: () => import('./NewPage'), role: 'admin' },
    { path: '/definitions/$name', load: () => import('./DefinitionPage'), role: 'viewer' },
    { path: '/definitions/$name/edit', load: () => import('./EditPage'), role: 'admin' },
  ],
  palette: async (text, signal) => {
    const { definitions } = await ok(api.GET('/api/v1/definitions', { params: { query: { text, limit: 5 } }, signal }));
    return definitions.map((row) => ({ label: row.app, description: row.category, to: `/definitions/${encodeURIComponent(row.app)}` }));
  },
};
export default area;
