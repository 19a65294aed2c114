import { useCallback, useRef } from 'react';
import { toProblem } from '@/api/problem';

const noAnswerInTime = 504;

function newKey(): string {
  // randomUUID() is there only behind TLS.
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** An Idempotency-Key for what is made: who sends the same again since no answer came makes no second one. */
export function useOnce(): <T>(content: unknown, send: (key: string) => Promise<T>) => Promise<T> {
  const open = useRef<{ content: string; key: string } | null>(null);
  return useCallback(async (content, send) => {
    const text = JSON.stringify(content);
    const key = open.current?.content === text ? open.current.key : newKey();
    open.current = { content: text, key };
    try {
      return await send(key);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.kind === 'problem' && problem.status !== noAnswerInTime) open.current = null;
      throw error;
    }
  }, []);
}
