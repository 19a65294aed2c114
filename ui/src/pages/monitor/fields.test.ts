import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { isOf } from './events';
import { durationText, secretsOf, trialFields, yamlOf } from './fields';
import { readLabels, rowName } from './labels';
import { HOSTILE, monitor } from './fixtures';

test('durations are written as the configuration reads them', () => {
  expect([0, 250, 1000, 90_000, 5_400_000, 90_061_001].map(durationText)).toEqual(['0s', '250ms', '1s', '1m30s', '1h30m', '1d1h1m1s1ms']);
});

test('a test sends what is stored, and secrets only as they are typed', () => {
  const one = monitor({ params: { host: 'db', password: { set: true }, token: { set: true } } });
  expect(secretsOf(one)).toEqual(['password', 'token']);
  expect(trialFields(one, { password: 'p', token: '' }).params).toEqual({ host: 'db', password: 'p' });
});

test('the YAML twin says the same, whatever the names are', async () => {
  const one = monitor({
    name: HOSTILE,
    folder: 'dc1/rack2',
    criticality: 'low',
    labels: { yes: 'no', number: '12' },
    params: { host: '- a: b #', port: '0123', password: { set: true } },
    parents: [{ id: null, name: 'router', state: 'UP' }],
  });
  expect(parse(await yamlOf(one))).toEqual({
    monitors: [
      {
        name: HOSTILE,
        app: 'ping',
        interval: '1m',
        criticality: 'low',
        folder: 'dc1/rack2',
        labels: { yes: 'no', number: '12' },
        depends_on: ['router'],
        params: { host: '- a: b #', port: '0123', password: { set: true } },
      },
    ],
  });
});

test('exact times and a pause by the user stand in the twin', async () => {
  const one = monitor({ cron: '0 0 3 * * *', timezone: 'Europe/Berlin', state: 'PAUSED', paused_by: 'user' });
  expect(parse(await yamlOf(one))).toMatchObject({ monitors: [{ cron: '0 0 3 * * *', timezone: 'Europe/Berlin', paused: true }] });
  const squeezed = monitor({ state: 'PAUSED', paused_by: 'memory' });
  expect(parse(await yamlOf(squeezed)).monitors[0]).not.toHaveProperty('paused');
});

test('labels of rows are read with what is escaped', () => {
  expect(readLabels(String.raw`disk="C:\\",name="a \"b\", c=\"d\"",line="1\n2"`)).toEqual({ disk: 'C:\\', name: 'a "b", c="d"', line: '1\n2' });
  expect(rowName('host="a",disk="/"')).toBe('a, /');
  expect(rowName('')).toBe('');
});

test('events are of the monitor that they name', () => {
  const event = { id: 1, time: null, kind: 'monitor.state', severity: 'warning' as const, text: "'gateway' is DOWN (was UP): no reply" };
  expect(isOf(event, { id: 'a', name: 'gateway' })).toBe(true);
  expect(isOf(event, { id: 'a', name: 'gate' })).toBe(false);
  expect(isOf({ ...event, kind: 'reload' }, { id: 'a', name: 'gateway' })).toBe(false);
  const long = '数'.repeat(100);
  expect(isOf({ ...event, text: `'${'数'.repeat(26)}\ufffd... is DOWN` }, { id: 'a', name: long })).toBe(true);
});
