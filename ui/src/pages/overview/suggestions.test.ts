import { describe, expect, it } from 'vitest';
import { fieldsOf, inTurn, stillMissing, type Suggestion } from './suggestions';

const suggestion: Suggestion = {
  name: 'db mysql',
  app: 'mysql',
  params: { host: 'db' },
  missing: ['username', 'password'],
  reason: 'default_port',
  port: 3306,
  reachable: true,
  duration_ms: 1.5,
};

describe('a suggestion', () => {
  it('becomes a monitor with what was typed', () => {
    const draft = { name: ' db ', folder: '', params: { username: 'eva', password: 'x' } };
    expect(stillMissing(suggestion, draft)).toEqual([]);
    expect(fieldsOf(suggestion, draft)).toEqual({
      name: 'db',
      app: 'mysql',
      params: { host: 'db', username: 'eva', password: 'x' },
    });
    expect(fieldsOf(suggestion, { ...draft, folder: 'lab' }).folder).toBe('lab');
  });

  it('is not complete while a required input is empty', () => {
    expect(stillMissing(suggestion, { name: 'db', folder: '', params: { username: 'eva' } })).toEqual(['password']);
  });
});

describe('inTurn', () => {
  const never = new AbortController().signal;

  it('lets two run at once, and the others in their order', async () => {
    const ends: (() => void)[] = [];
    const began: number[] = [];
    const all = [0, 1, 2, 3].map((index) =>
      inTurn(never, () => {
        began.push(index);
        return new Promise<void>((end) => ends.push(end));
      }),
    );
    await Promise.resolve();
    expect(began).toEqual([0, 1]);
    ends[1]?.();
    await all[1];
    await new Promise((later) => setTimeout(later));
    expect(began).toEqual([0, 1, 2]);
    ends[0]?.();
    ends[2]?.();
    await all[0];
    await new Promise((later) => setTimeout(later));
    expect(began).toEqual([0, 1, 2, 3]);
    ends[3]?.();
    await Promise.all(all);
  });

  it('gives the place on after a failure, and to nobody who has left', async () => {
    const ends: (() => void)[] = [];
    const hold = () => inTurn(never, () => new Promise<void>((end) => ends.push(end)));
    const first = hold();
    const second = inTurn(never, () => new Promise<void>((_, fail) => ends.push(() => fail(new Error('down')))));
    await Promise.resolve();
    const left = new AbortController();
    const gone = inTurn(left.signal, () => Promise.resolve('ran'));
    const waits = inTurn(never, () => Promise.resolve('ran'));
    left.abort(new Error('left'));
    await expect(gone).rejects.toThrow('left');
    ends[1]?.();
    await expect(second).rejects.toThrow('down');
    await expect(waits).resolves.toBe('ran');
    ends[0]?.();
    await first;
  });
});
