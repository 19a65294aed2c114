import { IconAddressBook, IconBellOff, IconCalendarRepeat, IconEyeOff, IconFileText, IconRoute, IconRuler2 } from '@tabler/icons-react';
import type { Area } from '@/app/areas';

const area: Area = {
  name: 'alerting',
  order: 40,
  nav: [
    { to: '/alerting/rules', label: 'nav.rules', icon: IconRuler2, role: 'viewer' },
    { to: '/alerting/receivers', label: 'nav.receivers', icon: IconAddressBook, role: 'viewer' },
    { to: '/alerting/routes', label: 'nav.routes', icon: IconRoute, role: 'viewer' },
    { to: '/alerting/silences', label: 'nav.silences', icon: IconBellOff, role: 'viewer' },
    { to: '/alerting/inhibitions', label: 'nav.inhibitions', icon: IconEyeOff, role: 'viewer' },
    { to: '/alerting/templates', label: 'nav.templates', icon: IconFileText, role: 'viewer' },
    { to: '/alerting/rotations', label: 'nav.rotations', icon: IconCalendarRepeat, role: 'viewer' },
  ],
  routes: [
    { path: '/alerting/rules', load: () => import('./RulePages').then((m) => ({ default: m.List })), role: 'viewer' },
    { path: '/alerting/rules/new', load: () => import('./RulePages').then((m) => ({ default: m.New })), role: 'editor' },
    { path: '/alerting/rules/$name', load: () => import('./RulePages').then((m) => ({ default: m.Edit })), role: 'viewer' },
    { path: '/alerting/receivers', load: () => import('./ReceiverPages').then((m) => ({ default: m.List })), role: 'viewer' },
    { path: '/alerting/receivers/new', load: () => import('./ReceiverPages').then((m) => ({ default: m.New })), role: 'editor' },
    { path: '/alerting/receivers/$name', load: () => import('./ReceiverPages').then((m) => ({ default: m.Edit })), role: 'viewer' },
    { path: '/alerting/templates', load: () => import('./TemplatePages').then((m) => ({ default: m.List })), role: 'viewer' },
    { path: '/alerting/templates/new', load: () => import('./TemplatePages').then((m) => ({ default: m.New })), role: 'editor' },
    { path: '/alerting/templates/$name', load: () => import('./TemplatePages').then((m) => ({ default: m.Edit })), role: 'viewer' },
    { path: '/alerting/silences', load: () => import('./SilencePages').then((m) => ({ default: m.List })), role: 'viewer' },
    { path: '/alerting/silences/new', load: () => import('./SilencePages').then((m) => ({ default: m.New })), role: 'operator' },
    { path: '/alerting/silences/$name', load: () => import('./SilencePages').then((m) => ({ default: m.Edit })), role: 'viewer' },
    { path: '/alerting/inhibitions', load: () => import('./InhibitionPages').then((m) => ({ default: m.List })), role: 'viewer' },
    { path: '/alerting/inhibitions/new', load: () => import('./InhibitionPages').then((m) => ({ default: m.New })), role: 'editor' },
    { path: '/alerting/inhibitions/$name', load: () => import('./InhibitionPages').then((m) => ({ default: m.Edit })), role: 'viewer' },
    { path: '/alerting/rotations', load: () => import('./RotationPages').then((m) => ({ default: m.List })), role: 'viewer' },
    { path: '/alerting/rotations/new', load: () => import('./RotationPages').then((m) => ({ default: m.New })), role: 'editor' },
    { path: '/alerting/rotations/$name', load: () => import('./RotationPages').then((m) => ({ default: m.Edit })), role: 'viewer' },
    { path: '/alerting/routes', load: () => import('./RoutesPage'), role: 'viewer' },
  ],
};
export default area;
