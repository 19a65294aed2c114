import { afterEach, describe, expect, test, vi } from 'vitest';
import { json, problem, serve } from '@/testing/render';
import { api, ok, okWithTag, onSessionOver, setCsrfToken } from './client';
import { ProblemError, toProblem } from './problem';

afterEach(() => onSessionOver(null));

async function refusal(what: Promise<unknown>): Promise<ProblemError> {
  return toProblem(await what.then(() => new Error('no refusal'), (error: unknown) => error));
}

describe('answers', () => {
  test('give data, and the tag where it is asked for', async () => {
    serve({ 'GET /api/v1/summary': () => json({ monitors: 3 }, 200, { ETag: '"7"' }) });
    expect(await ok(api.GET('/api/v1/summary'))).toEqual({ monitors: 3 });
    expect(await okWithTag(api.GET('/api/v1/summary'))).toEqual({ data: { monitors: 3 }, etag: '"7"' });
  });

  test('that refuse throw what the server said, with the field at fault and when to come again', async () => {
    serve({
      'POST /api/v1/monitors': () => problem(400, 'cannot use this interval', 'interval'),
      'GET /api/v1/summary': () => json({ title: 'Busy', status: 503, detail: 'no memory', type: 'x' }, 503, { 'Retry-After': '10' }),
    });
    const bad = await refusal(ok(api.POST('/api/v1/monitors', { body: {} as never })));
    expect(bad.status).toBe(400);
    expect(bad.fields).toEqual([{ name: 'interval', detail: 'cannot use this interval' }]);
    expect((await refusal(ok(api.GET('/api/v1/summary')))).retryAfter).toBe(10);
  });

  test('of a proxy in between are errors, too', async () => {
    serve({ 'GET /api/v1/summary': () => new Response('<h1>Bad gateway</h1>', { status: 502 }) });
    const bad = await refusal(ok(api.GET('/api/v1/summary')));
    expect([bad.kind, bad.status]).toEqual(['problem', 502]);
    expect(bad.detail).toContain('Bad gateway');
  });

  test('that never come are told apart from refusals', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')));
    expect((await refusal(ok(api.GET('/api/v1/summary')))).kind).toBe('network');
    vi.stubGlobal('fetch', () => Promise.reject(new DOMException('late', 'TimeoutError')));
    expect((await refusal(ok(api.GET('/api/v1/summary')))).kind).toBe('timeout');
  });
});

describe('the token against foreign pages', () => {
  test('goes with changes only', async () => {
    const requests = serve({ 'GET /api/v1/summary': {}, 'POST /api/v1/reload': {} });
    setCsrfToken('secret');
    await ok(api.GET('/api/v1/summary'));
    await ok(api.POST('/api/v1/reload', { body: {} }));
    expect(requests.map((request) => request.headers.get('X-CSRF-Token'))).toEqual([null, 'secret']);
  });
});

describe('a session that is over', () => {
  test('is asked for once, and the request goes out again with its content and the new token', async () => {
    let isIn = false;
    const requests = serve({ 'POST /api/v1/reload': () => (isIn ? json({ added: 1 }) : problem(401, 'nobody is logged in')) });
    setCsrfToken('old');
    onSessionOver(() => {
      isIn = true;
      setCsrfToken('new');
      return Promise.resolve(true);
    });
    expect(await ok(api.POST('/api/v1/reload', { body: { dry_run: true } }))).toEqual({ added: 1 });
    expect(requests.map((request) => request.headers.get('X-CSRF-Token'))).toEqual(['old', 'new']);
    expect(await requests[1]?.json()).toEqual({ dry_run: true });
  });

  test('that nobody takes up again is the refusal it is', async () => {
    serve({ 'GET /api/v1/summary': () => problem(401, 'nobody is logged in') });
    onSessionOver(() => Promise.resolve(false));
    expect((await refusal(ok(api.GET('/api/v1/summary')))).status).toBe(401);
  });

  test('is not thought of where a password was wrong', async () => {
    serve({ 'POST /api/v1/login': () => problem(401, 'name or password is wrong') });
    const asked = vi.fn(() => Promise.resolve(true));
    onSessionOver(asked);
    expect((await refusal(ok(api.POST('/api/v1/login', { body: { name: 'a', password: 'b' } })))).status).toBe(401);
    expect(asked).not.toHaveBeenCalled();
  });

  test('and of which only what everybody may is left is over, too', async () => {
    const answers = { 'POST /api/v1/reload': () => problem(403, 'your role does not allow it'), 'GET /api/v1/session': { csrf_token: null } };
    serve(answers);
    setCsrfToken('old');
    const asked = vi.fn(() => Promise.resolve(false));
    onSessionOver(asked);
    expect((await refusal(ok(api.POST('/api/v1/reload', { body: {} })))).status).toBe(403);
    expect(asked).toHaveBeenCalledWith(true);
  });

  test('in this tab, since another has begun a new one, is taken over', async () => {
    const requests = serve({
      'POST /api/v1/reload': (request: Request) =>
        request.headers.get('X-CSRF-Token') === 'new' ? json({ added: 1 }) : problem(403, 'without its X-CSRF-Token'),
      'GET /api/v1/session': { csrf_token: 'new' },
    });
    setCsrfToken('old');
    expect(await ok(api.POST('/api/v1/reload', { body: {} }))).toEqual({ added: 1 });
    expect(requests).toHaveLength(3);
  });

  test('is not the reason where the role does not allow something', async () => {
    const requests = serve({ 'POST /api/v1/reload': () => problem(403, 'your role does not allow it'), 'GET /api/v1/session': { csrf_token: 'same' } });
    setCsrfToken('same');
    const asked = vi.fn(() => Promise.resolve(true));
    onSessionOver(asked);
    expect((await refusal(ok(api.POST('/api/v1/reload', { body: {} })))).status).toBe(403);
    expect(asked).not.toHaveBeenCalled();
    expect(requests).toHaveLength(2);
  });
});

test('a read that takes too long is given up, a change is not', async () => {
  vi.useFakeTimers();
  const signals: AbortSignal[] = [];
  vi.stubGlobal('fetch', (request: Request) => {
    signals.push(request.signal);
    return new Promise(() => undefined);
  });
  const limit = vi.spyOn(AbortSignal, 'timeout');
  void api.GET('/api/v1/summary').catch(() => undefined);
  void api.POST('/api/v1/reload', { body: {} }).catch(() => undefined);
  await vi.waitFor(() => expect(signals).toHaveLength(2));
  expect(limit.mock.calls).toEqual([[15_000]]);
  limit.mockRestore();
});
