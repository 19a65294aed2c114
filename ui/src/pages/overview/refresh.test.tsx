import { act, screen, waitFor } from '@testing-library/react';
import { useQuery, type QueryKey } from '@tanstack/react-query';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { liveStream } from '@/api/live';
import { renderPage } from '@/testing/render';
import { FakeEventSource } from '@/testing/setup';
import { useRefresh } from './refresh';

// The stream of the test before is none of this one.
beforeEach(() => liveStream.close());

const KINDS = ['incident'];
const KEYS: QueryKey[] = [['counted']];
let asked = 0;

function Counted() {
  useRefresh(KINDS, KEYS);
  const { data } = useQuery({ queryKey: ['counted'], queryFn: () => ++asked });
  return <p>{data === undefined ? 'none' : `asked ${data}`}</p>;
}

const event = (kind: string) => ({ id: 1, time: null, kind, severity: 'info', text: '' });

describe('useRefresh', () => {
  it('asks at once for the first event, and once for a storm behind it', async () => {
    asked = 0;
    const page = renderPage(<Counted />);
    await screen.findByText('asked 1');
    page.event(event('reload'));
    page.event(event('incident'));
    await screen.findByText('asked 2');
    vi.useFakeTimers({ shouldAdvanceTime: true });
    for (let i = 0; i < 100; i++) page.event(event('incident'));
    expect(asked).toBe(2);
    vi.useRealTimers();
    await waitFor(() => expect(screen.getByText('asked 3')).toBeInTheDocument(), { timeout: 4000 });
    expect(asked).toBe(3);
  });

  it('asks again when the stream is back', async () => {
    asked = 0;
    renderPage(<Counted />);
    await screen.findByText('asked 1');
    const [source] = FakeEventSource.all;
    act(() => source?.onerror?.());
    expect(liveStream.connection()).toBe('offline');
    await waitFor(() => expect(FakeEventSource.all.length).toBe(2), { timeout: 4000 });
    act(() => FakeEventSource.all[1]?.onopen?.());
    await screen.findByText('asked 2');
  });
});
