import { IconHistory, IconKey, IconSettings, IconUsers } from '@tabler/icons-react';
import type { Area } from '@/app/areas';

const area: Area = {
  name: 'settings',
  order: 80,
  nav: [
    { to: '/settings/accounts', label: 'nav.accounts', icon: IconUsers, role: 'admin' },
    { to: '/settings/tokens', label: 'nav.tokens', icon: IconKey, role: 'viewer' },
    { to: '/settings/audit', label: 'nav.audit', icon: IconHistory, role: 'admin' },
    { to: '/settings/system', label: 'nav.system', icon: IconSettings, role: 'viewer' },
  ],
  routes: [
    { path: '/settings/accounts', load: () => import('./AccountsPage'), role: 'admin' },
    { path: '/settings/accounts/$name', load: () => import('./AccountPage'), role: 'admin' },
    { path: '/settings/tokens', load: () => import('./TokensPage'), role: 'viewer' },
    { path: '/settings/audit', load: () => import('./AuditPage'), role: 'admin' },
    { path: '/settings/system', load: () => import('./SystemPage'), role: 'viewer' },
  ],
};
export default area;
