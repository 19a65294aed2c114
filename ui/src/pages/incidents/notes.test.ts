import { describe, expect, it } from 'vitest';
import { lastOfEach, wordOf, type Decision } from './decisions';
import { lineOf, linesOf } from './notes';
import { fromInput, inMs, tomorrowMorning } from './times';

const note = (kind: string, text: string) => ({ id: 1, time: '2026-01-01T00:00:00Z', kind, who: 'eva', text });

describe('lineOf', () => {
  it('tells an end of something from its begin', () => {
    expect(lineOf(note('acknowledged', ''))).toMatchObject({ word: 'acknowledged', said: '' });
    expect(lineOf(note('acknowledged', 'not any more: my mistake'))).toMatchObject({
      word: 'acknowledgedUndone',
      said: 'my mistake',
    });
    expect(lineOf(note('snoozed', 'not any more')).word).toBe('snoozedUndone');
    expect(lineOf(note('assigned', 'nobody'))).toMatchObject({ word: 'assignedUndone', said: '' });
  });

  it('finds times and incidents in what the server writes', () => {
    expect(lineOf(note('snoozed', 'until 2026-01-01T10:00:00Z'))).toMatchObject({ until: '2026-01-01T10:00:00Z', said: '' });
    expect(lineOf(note('linked', 'to 12'))).toMatchObject({ incident: 12, said: '' });
    expect(lineOf(note('notified', "queued for 'ops' by webhook: Slow: web's page"))).toMatchObject({
      receiver: 'ops',
      said: "Slow: web's page",
    });
    expect(lineOf(note('closed', 'by hand'))).toMatchObject({ resolution: 'by hand' });
  });

  it('keeps a comment as it is, whatever it looks like', () => {
    expect(lineOf(note('comment', 'not any more'))).toMatchObject({ word: 'comment', said: 'not any more' });
    expect(lineOf(note('comment', 'to 12')).incident).toBeUndefined();
  });

  it('shows kinds of a newer server as they are', () => {
    expect(lineOf(note('merged', 'with 7'))).toMatchObject({ word: 'other', said: 'merged with 7' });
  });

  it('puts the newest first', () => {
    expect(linesOf([{ ...note('opened', ''), id: 1 }, { ...note('comment', 'x'), id: 2 }]).map((line) => line.id)).toEqual([2, 1]);
  });
});

const decision = (verdict: string, route: string | null): Decision => ({
  time: '2026-01-01T00:00:00Z',
  until: null,
  verdict,
  route,
  text: verdict,
  receivers: [],
});

describe('decisions', () => {
  it('hold as the last on each route', () => {
    const last = lastOfEach([
      decision('waiting', 'a'),
      decision('notified', 'a'),
      decision('silenced', 'b'),
      decision('repeat not due', 'a'),
    ]);
    expect(last.map(({ verdict, route }) => [verdict, route])).toEqual([
      ['repeat not due', 'a'],
      ['silenced', 'b'],
    ]);
  });

  it('forget that there was no route once there is one, but not the other way round', () => {
    expect(lastOfEach([decision('no route', null), decision('waiting', 'a')])).toHaveLength(1);
    expect(lastOfEach([decision('notified', 'a'), decision('no route', null)])[0]?.verdict).toBe('no route');
  });

  it('have words, and one for what is not known', () => {
    expect(wordOf('repeat not due')).toBe('repeatNotDue');
    expect(wordOf('notified')).toBe('notified');
    expect(wordOf('constructor')).toBe('other');
  });
});

describe('times', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  it('are RFC 3339, and to come', () => {
    expect(inMs(3_600_000, now)).toBe('2026-03-01T13:00:00.000Z');
    const morning = new Date(tomorrowMorning(now));
    expect([morning.getHours(), morning.getMinutes()]).toEqual([9, 0]);
    expect(morning.getTime()).toBeGreaterThan(now);
  });

  it('of an input are refused if they are over or none', () => {
    expect(fromInput('', now)).toBeNull();
    expect(fromInput('1999-01-01T00:00', now)).toBeNull();
    expect(fromInput('2030-01-01T00:00', now)).toBe(new Date('2030-01-01T00:00').toISOString());
  });
});
