import { beforeEach, expect, test, vi } from 'vitest';
import { FakeEventSource } from '@/testing/setup';
import { LiveStream } from './live';

const event = (id: number, kind: string) => ({ data: JSON.stringify({ id, kind, time: null, severity: 'info', text: '' }) });
const newest = () => FakeEventSource.all.at(-1);

beforeEach(() => {
  vi.useFakeTimers();
});

test('tells each listener of its kinds only', () => {
  const stream = new LiveStream();
  const seen: string[] = [];
  stream.listen(['incident'], ({ id }) => seen.push(`incident ${id}`));
  stream.listen(null, ({ id }) => seen.push(`all ${id}`));
  expect(FakeEventSource.all).toHaveLength(1);
  newest()?.onmessage?.(event(1, 'reload'));
  newest()?.onmessage?.(event(2, 'incident'));
  expect(seen).toEqual(['all 1', 'incident 2', 'all 2']);
  stream.close();
});

test('comes back by itself, later each time, and asks for what it has missed', () => {
  const stream = new LiveStream();
  const states: string[] = [];
  stream.watch(() => states.push(stream.connection()));
  stream.listen(null, () => undefined);
  newest()?.onopen?.();
  newest()?.onmessage?.(event(41, 'reload'));
  newest()?.onerror?.();
  expect(newest()?.closed).toBe(true);
  vi.advanceTimersByTime(999);
  expect(FakeEventSource.all).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(newest()?.url).toBe('/api/v1/events/stream?after=41');
  newest()?.onerror?.();
  vi.advanceTimersByTime(1999);
  expect(FakeEventSource.all).toHaveLength(2);
  vi.advanceTimersByTime(1);
  newest()?.onopen?.();
  expect(states).toEqual(['live', 'offline', 'live']);
  stream.close();
});

test('waits half a minute at most', () => {
  const stream = new LiveStream();
  stream.listen(null, () => undefined);
  for (let i = 0; i < 10; ++i) {
    newest()?.onerror?.();
    vi.advanceTimersByTime(30_000);
    expect(FakeEventSource.all).toHaveLength(i + 2);
  }
  stream.close();
});

test('what is no event is left alone', () => {
  const stream = new LiveStream();
  const seen = vi.fn();
  stream.listen(null, seen);
  newest()?.onmessage?.({ data: 'not json' });
  newest()?.onmessage?.({ data: '{}' });
  expect(seen).not.toHaveBeenCalled();
  stream.close();
});

test('is closed a while after nobody listens any more, not at once', () => {
  const stream = new LiveStream();
  const end = stream.listen(null, () => undefined);
  end();
  vi.advanceTimersByTime(4_000);
  expect(newest()?.closed).toBe(false);
  stream.listen(null, () => undefined)();
  vi.advanceTimersByTime(6_000);
  expect(newest()?.closed).toBe(true);
});

test('what was before the page was there is not told again; what comes later is', () => {
  vi.setSystemTime('2026-06-01T12:00:00Z');
  const at = (id: number, time: string) => ({ data: JSON.stringify({ id, kind: 'reload', time, severity: 'info', text: '' }) });
  const stream = new LiveStream();
  const seen: number[] = [];
  stream.listen(null, ({ id }) => seen.push(id));
  newest()?.onopen?.();
  newest()?.onmessage?.(at(1, '2026-06-01T09:00:00Z'));
  newest()?.onmessage?.(at(2, '2026-06-01T11:59:59Z'));
  expect(seen).toEqual([2]);
  // The clock of this computer may be wrong by hours: only the first moment is looked at so.
  vi.advanceTimersByTime(5_000);
  newest()?.onmessage?.(at(3, '2026-06-01T09:00:05Z'));
  newest()?.onerror?.();
  vi.advanceTimersByTime(1_000);
  newest()?.onopen?.();
  newest()?.onmessage?.(at(4, '2026-06-01T09:00:06Z'));
  expect(seen).toEqual([2, 3, 4]);
  stream.close();
});

test('tells of lost events, but not of those from before the page', () => {
  const stream = new LiveStream();
  const lost = vi.fn();
  stream.watchGaps(lost);
  stream.listen(null, () => undefined);
  newest()?.emit('gap');
  expect(lost).not.toHaveBeenCalled();
  newest()?.onmessage?.(event(41, 'reload'));
  newest()?.onerror?.();
  vi.advanceTimersByTime(1_000);
  newest()?.emit('gap');
  expect(lost).toHaveBeenCalledTimes(1);
  stream.close();
});

test('a tab that nobody sees gives its connection back, and goes on where it was', () => {
  const hidden = vi.spyOn(document, 'hidden', 'get');
  const see = (isSeen: boolean) => {
    hidden.mockReturnValue(!isSeen);
    document.dispatchEvent(new Event('visibilitychange'));
  };
  const stream = new LiveStream();
  stream.listen(null, () => undefined);
  newest()?.onopen?.();
  newest()?.onmessage?.(event(7, 'reload'));
  see(false);
  vi.advanceTimersByTime(29_000);
  see(true);
  vi.advanceTimersByTime(60_000);
  expect(newest()?.closed).toBe(false);
  see(false);
  vi.advanceTimersByTime(30_000);
  expect(newest()?.closed).toBe(true);
  expect(stream.connection()).toBe('connecting');
  see(true);
  expect(newest()?.url).toBe('/api/v1/events/stream?after=7');
  stream.close();
  hidden.mockRestore();
});

test('does not wait when the network is back, or somebody has logged in', () => {
  const stream = new LiveStream('/own');
  const opened = () => FakeEventSource.all.filter(({ url }) => url === '/own').length;
  stream.listen(null, () => undefined);
  for (let i = 0; i < 5; ++i) {
    newest()?.onerror?.();
    vi.advanceTimersByTime(30_000);
  }
  newest()?.onerror?.();
  const before = opened();
  window.dispatchEvent(new Event('online'));
  expect(opened()).toBe(before + 1);
  stream.close();
});
