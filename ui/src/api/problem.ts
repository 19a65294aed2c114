import type { components } from '@/api/schema.gen';

type Problem = components['schemas']['Problem'];

/** What the server refused, or why it could not be asked. */
export class ProblemError extends Error {
  readonly kind: 'problem' | 'network' | 'timeout';
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Fields at fault; at most one, as the server stops at the first. */
  readonly fields: { name: string; detail: string }[];
  /** Seconds. */
  readonly retryAfter: number | undefined;
  /** The document as it came. */
  readonly problem: Partial<Problem>;

  constructor(init: {
    kind: ProblemError['kind'];
    status?: number;
    problem?: Partial<Problem>;
    detail?: string;
    retryAfter?: number | undefined;
  }) {
    const problem = init.problem ?? {};
    const detail = init.detail ?? problem.detail ?? '';
    super(detail || problem.title || init.kind);
    this.name = 'ProblemError';
    this.kind = init.kind;
    this.status = init.status ?? 0;
    this.problem = problem;
    this.title = problem.title ?? '';
    this.detail = detail;
    this.fields = problem.parameter ? [{ name: problem.parameter, detail }] : [];
    this.retryAfter = init.retryAfter;
  }
}

const mostDetail = 500;

/** Of an answer that is no success. Its content may be anything: a proxy in between answers, too. */
export function problemOf(response: Response, content: unknown): ProblemError {
  const after = Number(response.headers.get('Retry-After'));
  const retryAfter = Number.isFinite(after) && after > 0 ? after : undefined;
  if (typeof content === 'object' && content !== null && 'detail' in content)
    return new ProblemError({ kind: 'problem', status: response.status, problem: content as Partial<Problem>, retryAfter });
  const text = typeof content === 'string' ? content.slice(0, mostDetail) : '';
  return new ProblemError({
    kind: 'problem',
    status: response.status,
    detail: text || `${response.status} ${response.statusText}`,
    retryAfter,
  });
}

/** Anything that was thrown, as a problem. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof DOMException && (error.name === 'TimeoutError' || error.name === 'AbortError'))
    return new ProblemError({ kind: 'timeout', detail: error.message });
  if (error instanceof TypeError) return new ProblemError({ kind: 'network', detail: error.message });
  return new ProblemError({ kind: 'problem', detail: error instanceof Error ? error.message : String(error) });
}
