import { describe, expect, test } from 'vitest';
import { fieldsOfParams } from '@/ui/SchemaForm';
import { areShown, ownFaults, sortFaults } from './faults';
import { bodyOf, emptyFields, fieldsOf, intervalText, isMoved, keptSecrets, patchOf, putOf, questionOf, withoutSecrets } from './fields';
import { definition, HOSTILE, monitor } from './testData';
import { readTwin, writeTwin } from './twinText';

const form = fieldsOfParams(definition.params);
const stored = monitor();
const start = fieldsOf(stored);
const kept = ['password'];

describe('what is sent', () => {
  test('a monitor that is not changed is sent as it is stored, its secret and its parents unseen', () => {
    expect(putOf(bodyOf(start, form, keptSecrets(start, form, stored)), stored)).toEqual({
      name: 'shop-1', app: 'shop', interval: '5m', criticality: 'normal', folder: 'dc1', description: 'The shop.', labels: { site: 'lab' },
      depends_on: { set: true },
      params: { host: 'a.example', port: '8080', auth: 'basic', user: 'bob', password: { set: true }, release: '1.10' },
    });
  });

  test('parents that are others are named', () => {
    expect(putOf(bodyOf({ ...start, dependsOn: ['switch'] }, form, kept), stored).depends_on).toEqual(['switch']);
    expect(putOf(bodyOf({ ...start, dependsOn: [] }, form, kept), stored).depends_on).toBeUndefined();
  });

  test('parents without a name stay as long as the others do', () => {
    const half = monitor({ parents: [{ id: '00000000000000b2', name: '', state: 'PAUSED' }, { id: '00000000000000b1', name: 'router', state: 'UP' }] });
    expect(fieldsOf(half).dependsOn).toEqual(['router']);
    expect(putOf(bodyOf(fieldsOf(half), form, kept), half).depends_on).toEqual({ set: true });
    const none = monitor({ parents: [{ id: null, name: '', state: 'PAUSED' }] });
    expect(putOf(bodyOf(fieldsOf(none), form, kept), none).depends_on).toEqual({ set: true });
    expect(putOf(bodyOf(fieldsOf(monitor({ parents: [] })), form, kept), monitor({ parents: [] })).depends_on).toBeUndefined();
  });

  test('what the form does not ask for by its rules is left out', () => {
    const body = bodyOf({ ...start, params: { ...start.params, auth: 'none' } }, form, []);
    expect(body.params).toEqual({ host: 'a.example', port: '8080', auth: 'none', release: '1.10' });
  });

  test('exact times are sent without the interval', () => {
    const body = bodyOf({ ...start, by: 'cron', cron: '0 6 * * *', timezone: 'Europe/Berlin' }, form, []);
    expect(body).toMatchObject({ cron: '0 6 * * *', timezone: 'Europe/Berlin' });
    expect(body).not.toHaveProperty('interval');
  });

  test('a clone says null where something of the original goes, and nothing of a secret that stays', () => {
    const body = bodyOf({ ...start, labels: { rack: '7' }, params: { ...start.params, release: '' } }, form, kept);
    const patch = patchOf(body, stored);
    expect(patch.labels).toEqual({ site: null, rack: '7' });
    expect(patch.params).toEqual({ host: 'a.example', port: '8080', auth: 'basic', user: 'bob', release: null });
    expect(patch).not.toHaveProperty('depends_on');
    expect(patchOf(bodyOf({ ...start, dependsOn: [], folder: '' }, form, []), stored)).toMatchObject({ depends_on: [], folder: '', params: { password: null } });
  });

  test('a clone at exact times has no time zone of the original', () => {
    const zoned = monitor({ cron: '0 6 * * *', timezone: 'Asia/Tokyo' });
    expect(patchOf(bodyOf({ ...fieldsOf(zoned), timezone: '' }, form, kept), zoned)).toMatchObject({ cron: '0 6 * * *', timezone: null });
    expect(patchOf(bodyOf(start, form, kept), stored)).not.toHaveProperty('timezone');
  });

  test('questions about it have a text for a secret that stays', () => {
    expect(questionOf(bodyOf(start, form, kept)).params).toMatchObject({ password: 'stored' });
  });

  test('a draft has no secret', () => {
    const typed = { ...start, params: { ...start.params, password: 'hunter2' } };
    expect(JSON.stringify(withoutSecrets(typed, form))).not.toContain('hunter2');
  });
});

describe('a stored secret', () => {
  test('stays while it goes to the same place', () => {
    expect(keptSecrets({ ...start, name: 'other', interval: '1m' }, form, stored)).toEqual(['password']);
    expect(isMoved({ ...start, params: { ...start.params, port: '' } }, form, stored)).toBe(false); // the default is what was stored
  });

  test.each<Record<string, string>>([{ host: 'b.example' }, { port: '8081' }])('is asked for again where it would go elsewhere: %o', (change) => {
    expect(keptSecrets({ ...start, params: { ...start.params, ...change } }, form, stored)).toEqual([]);
  });

  test('is replaced by what is typed, and never kept by a monitor of another application', () => {
    expect(keptSecrets({ ...start, params: { ...start.params, password: 'new' } }, form, stored)).toEqual([]);
    expect(keptSecrets({ ...start, app: 'ping' }, form, stored)).toEqual([]);
    expect(keptSecrets(start, form, null)).toEqual([]);
  });
});

test('an interval is written in the greatest unit that leaves no rest', () => {
  expect([500, 90_000, 300_000, 7_200_000].map(intervalText)).toEqual(['500ms', '90s', '5m', '2h']);
});

describe('faults', () => {
  test('go to what they name', () => {
    const sorted = sortFaults([{ name: 'params.port', detail: 'too great' }, { name: 'labels.site', detail: 'too long' }, { name: 'id', detail: 'in a file' }], form);
    expect(sorted).toEqual({ params: { port: 'too great' }, fields: { labels: 'too long' } });
  });

  test('that have no place are not hidden', () => {
    expect(areShown([{ name: 'params.port', detail: '' }], form)).toBe(true);
    expect(areShown([{ name: 'params.gone', detail: '' }], form)).toBe(false);
    expect(areShown([{ name: 'If-Match', detail: '' }], form)).toBe(false);
    expect(areShown([], form)).toBe(false);
  });

  test('are told before anybody is asked', () => {
    const empty = emptyFields('shop');
    expect(ownFaults({ ...empty, params: { port: '70000' } }, form, [], empty)).toEqual({ params: { host: 'required', port: 'bounds' }, fields: { name: 'required' } });
    expect(ownFaults({ ...empty, name: 'a', by: 'cron', params: { host: 'h', port: 'x' } }, form, [], empty)).toEqual({ params: { port: 'number' }, fields: { cron: 'required' } });
  });

  test('of a needed secret there is none while it is stored, or was stored empty', () => {
    const needed = form.map((field) => (field.name === 'password' ? { ...field, required: true } : field));
    expect(ownFaults(start, needed, ['password'], start).params).toEqual({});
    expect(ownFaults(start, needed, [], start).params).toEqual({ password: 'required' });
    const open = { ...start, params: { ...start.params, password: '' } };
    expect(ownFaults(open, needed, [], open).params).toEqual({});
    expect(bodyOf(open, needed, []).params).toMatchObject({ password: '' });
  });
});

describe('the text of the form', () => {
  const wrong = (key: string) => `no:${key}`;
  const read = (text: string, before = start) => readTwin(text, before, form, wrong);

  test('comes back as it went', () => {
    const odd = { ...start, name: HOSTILE, description: 'two\nlines: #1', labels: { a: 'null', b: '~', c: '', d: 'true', 'e f': '0x10' }, paused: true };
    expect(read(writeTwin(odd, form, kept), odd)).toEqual({ fields: odd });
    const timed = { ...start, by: 'cron' as const, cron: '*/5 * * * *', timezone: 'UTC', dependsOn: ['null', 'a: b'] };
    expect(read(writeTwin(timed, form, kept), timed)).toEqual({ fields: timed });
  });

  test('has values as they were written: 1.10 is not 1.1', () => {
    expect(read('name: a\napp: shop\nparams: {release: 1.10, port: 080}')).toMatchObject({ fields: { params: { release: '1.10', port: '080' } } });
  });

  test('has no secret: a stored one reads {set: true}, a typed one stays though it is not there', () => {
    expect(writeTwin(start, form, kept)).toContain('password:\n    set: true');
    const typed = { ...start, params: { ...start.params, password: 'hunter2' } };
    const text = writeTwin(typed, form, []);
    expect(text).not.toContain('hunter2');
    expect(read(text, typed)).toMatchObject({ fields: { params: { password: 'hunter2' } } });
  });

  test('takes a stored secret away where its line is taken away', () => {
    expect(read('name: a\nparams: {host: h}')).toMatchObject({ fields: { keep: [], params: { host: 'h' } } });
    expect(read('name: a\nparams: {password: {set: true}}')).toMatchObject({ fields: { keep: ['password'] } });
  });

  test('may have lists and maps, as a file may', () => {
    expect(read('params: {codes: [200, 201], headers: {a: 1}}')).toMatchObject({ fields: { params: { codes: '200,201', headers: '{"a":"1"}' } } });
  });

  test.each([
    ['name: a\nintervall: 5s', 2, 'no:intervall'],
    ['- name', 1, 'no:'],
    ['name: a\nlabels: [x]', 2, 'no:labels'],
    ['name: a\npaused: maybe', 2, 'no:paused'],
    ['criticality: high', 1, 'no:criticality'],
    ['depends_on: router', 1, 'no:depends_on'],
    ['interval: 5s\ncron: 0 6 * * *', 2, 'no:cron'],
    ['name: [a', 1, /./],
    ['name: a\nname: b', 2, /unique/],
  ])('tells line and key of what cannot be used: %j', (text, line, message) => {
    const answer = read(text);
    expect(answer).toMatchObject({ fault: { line, severity: 'error' } });
    expect('fault' in answer && answer.fault.message).toMatch(message);
  });

  test('of aliases upon aliases ends soon', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map((one, i) => `${one}: &${one} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)].join('\n');
    expect(read(bomb)).toHaveProperty('fault');
  });
});
