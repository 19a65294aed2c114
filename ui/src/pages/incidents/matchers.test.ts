import { describe, expect, it } from 'vitest';
import { matchersOf, usualNames } from './matchers';

describe('matchersOf', () => {
  it('writes them as the server does', () => {
    expect(matchersOf({ alertname: 'Slow', monitor: 'web-1' }, ['alertname', 'monitor'])).toBe(
      '{alertname="Slow", monitor="web-1"}',
    );
  });

  it('quotes names and values that need it', () => {
    const labels = { 'a b': 'x', quote: 'say "hi" \\ and\nleave' };
    expect(matchersOf(labels, ['a b', 'quote'])).toBe('{"a b"="x", quote="say \\"hi\\" \\\\ and\\nleave"}');
  });

  it('leaves out what the incident has not', () => {
    expect(matchersOf({ alertname: 'Slow' }, ['alertname', 'monitor'])).toBe('{alertname="Slow"}');
  });
});

describe('usualNames', () => {
  it('is the alert, its monitor and its set', () => {
    expect(usualNames({ alertname: 'Slow', app: 'website', monitor: 'web', set: 'summary', severity: 'info' })).toEqual([
      'alertname',
      'monitor',
      'set',
    ]);
  });

  it('is never nothing where there are labels', () => {
    expect(usualNames({ job: 'x' })).toEqual(['job']);
  });
});
