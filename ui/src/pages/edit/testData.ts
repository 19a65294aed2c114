import type { Schemas } from '@/api/client';
import { json, type Answers } from '@/testing/render';

export const ID = '00000000000000a1';
export const HOSTILE = `<script>alert(1)</script>\u202E${'x'.repeat(300)}`;

type Param = Schemas['DefinitionParam'];
const param = (field: string, more: Partial<Param> = {}): Param => ({
  field, name: { 'en-US': field, en: field }, type: 'text', secret: false, required: false, hide: false, default: null, range: null,
  limit: null, placeholder: null, options: [], depend: {}, ...more,
});

export const definition: Schemas['Definition'] = {
  app: 'shop', category: 'custom', name: { en: 'Shop', zh: '商店' }, source: 'built-in', file: 'definitions/custom/shop.yml', overrides: null,
  file_newer: false, version: null, updated: null, updated_by: null, fault: null, monitors: 3, sets: 1, names: {}, help: {}, help_link: {}, extends: null,
  params: [
    param('host', { type: 'host', required: true, name: { en: 'Host', zh: '主机' } }),
    param('port', { type: 'number', range: '[1,65535]', default: '8080', name: { en: 'Port', zh: '端口' } }),
    param('auth', { type: 'radio', default: 'none', name: { en: 'Log in' }, options: [{ label: 'no', value: 'none' }, { label: 'with password', value: 'basic' }] }),
    param('user', { name: { en: 'User' }, depend: { auth: ['basic'] } }),
    param('password', { type: 'password', secret: true, name: { en: 'Password' }, depend: { auth: ['basic'] } }),
    param('release', { name: { en: 'Release' }, hide: true }),
  ],
  results: [{ name: 'status', i18n: { en: 'Status' }, priority: 0, visible: true, protocol: 'http', dynamic: false, interval_ms: null, fields: [{ field: 'up', i18n: { en: 'Is up' }, type: 'number', unit: '', label: false }] }],
};

export const monitor = (more: Partial<Schemas['MonitorDetail']> = {}): Schemas['MonitorDetail'] => ({
  id: ID, name: 'shop-1', app: 'shop', labels: { site: 'lab' }, criticality: 'normal', state: 'UP', owner: 'api', paused_by: null,
  since: null, last_check: null, next_check: null, interval_ms: 300_000, duration_ms: null, code: null, message: '', folder: 'dc1',
  unreachable_because: null, params: { host: 'a.example', port: '8080', auth: 'basic', user: 'bob', password: { set: true }, release: '1.10' },
  cron: null, timezone: null, file: null, parents: [{ id: '00000000000000b1', name: 'router', state: 'UP' }], version: 4, description: 'The shop.',
  annotations: {}, created: null, created_by: 'root', updated: null, updated_by: 'alice', ...more,
});

export const admission: Schemas['Admission'] = {
  verdict: 'fits', app: 'shop', count: 1, interval_ms: 60_000, fits_at_ms: null, most: 10, bytes_each: 2048, bytes_wanted: 2048, bytes_left: 1 << 20,
  checks_per_second_wanted: 1, checks_per_second_possible: 10, text: '',
};

/** Answers as of a server that has one monitor and one definition. */
export function answersOf(one = monitor(), more: Answers = {}): Answers {
  return {
    [`GET /api/v1/monitors/${ID}`]: () => json(one, 200, { ETag: `"${one.version}"` }),
    'GET /api/v1/definitions/shop': definition,
    'GET /api/v1/folders': { folders: [{ path: 'dc1', description: '', stored: true, version: 1, monitors: 1, states: {} }] },
    'GET /api/v1/monitors': { total: 0, offset: 0, limit: 30, next_cursor: null, monitors: [] },
    'GET /api/v1/admission': admission,
    'POST /api/v1/monitors/check': admission,
    ...more,
  };
}
