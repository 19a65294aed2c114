import '@testing-library/jest-dom/vitest';
import { cleanup } from '@testing-library/react';
import { afterEach, vi } from 'vitest';
import { liveStream } from '@/api/live';
import { loadWords } from '@/i18n';

// What jsdom lacks and Mantine asks for.
Object.defineProperty(window, 'matchMedia', {
  writable: true,
  value: (query: string) => ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
    dispatchEvent: () => false,
  }),
});
class Observer {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
  takeRecords(): [] {
    return [];
  }
}
Object.assign(globalThis, { ResizeObserver: Observer, IntersectionObserver: Observer });
Element.prototype.scrollIntoView = () => undefined;
window.scrollTo = () => undefined;
Object.defineProperty(document, 'fonts', { value: { addEventListener: () => undefined, removeEventListener: () => undefined } });

/** A stream of events on which tests say what comes. */
export class FakeEventSource {
  static all: FakeEventSource[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;
  private readonly named = new Map<string, () => void>();
  constructor(readonly url: string) {
    FakeEventSource.all.push(this);
  }
  addEventListener(name: string, listener: () => void): void {
    this.named.set(name, listener);
  }
  /** An event that has a name, e.g. "gap". */
  emit(name: string): void {
    this.named.get(name)?.();
  }
  close(): void {
    this.closed = true;
  }
}
Object.assign(globalThis, { EventSource: FakeEventSource });

await Promise.all([loadWords('en'), loadWords('zh')]);

afterEach(() => {
  cleanup();
  liveStream.close();
  vi.useRealTimers();
  FakeEventSource.all = [];
  localStorage.clear();
  sessionStorage.clear();
});
