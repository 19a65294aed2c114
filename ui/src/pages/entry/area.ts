import type { Area } from '@/app/areas';

const area: Area = {
  name: 'entry',
  order: 0,
  routes: [
    { path: '/login', load: () => import('./LoginPage'), role: 'none', bare: true },
    { path: '/setup', load: () => import('./SetUpPage'), role: 'none', bare: true },
    { path: '/reset', load: () => import('./ResetPage'), role: 'none', bare: true },
  ],
};
export default area;
