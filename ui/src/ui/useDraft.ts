import { useCallback, useEffect, useState } from 'react';

const prefix = 'holter.draft.';
const pauseMs = 500;
const mostBytes = 200_000;

function read<T>(key: string): T | null {
  try {
    const text = sessionStorage.getItem(prefix + key);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null; // of another version, or of a browser that keeps nothing
  }
}

export interface Draft<T> {
  /** What was left unsaved in this tab before; null: nothing. */
  kept: T | null;
  forget: () => void;
}

/**
 * Keeps what is being edited in this tab until it is saved: a crash or a reload loses nothing. `value` null: nothing to
 * keep. Secrets must be left out of it by the caller.
 */
export function useDraft<T>(key: string, value: T | null): Draft<T> {
  const [kept, setKept] = useState<T | null>(() => read<T>(key));
  const text = value === null ? null : JSON.stringify(value);

  useEffect(() => {
    if (text === null || text.length > mostBytes) return undefined;
    const timer = setTimeout(() => {
      try {
        sessionStorage.setItem(prefix + key, text);
      } catch {
        // No room: it is not kept, which useUnsaved() warns of anyway.
      }
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [key, text]);

  const forget = useCallback(() => {
    sessionStorage.removeItem(prefix + key);
    setKept(null);
  }, [key]);
  return { kept, forget };
}
