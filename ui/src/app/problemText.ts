import type { ProblemError } from '@/api/problem';
import { i18n } from '@/i18n';

/** What went wrong in the server's words, and what to do about it in ours. */
export function problemText(problem: ProblemError): { title: string; todo: string } {
  const t = (key: string, values?: Record<string, unknown>) => i18n.t(`common:${key}`, values ?? {});
  const todo =
    problem.kind === 'network'
      ? 'network'
      : problem.kind === 'timeout'
        ? 'timeout'
        : ({ 401: '401', 403: '403', 404: '404', 409: '409', 412: '412', 413: '413', 429: '429', 503: '503' }[problem.status] ??
          (problem.status >= 500 ? '500' : '400'));
  const after = problem.retryAfter === undefined ? '' : ` ${t('problem.retryAfter', { seconds: problem.retryAfter })}`;
  return {
    title: problem.kind === 'problem' ? problem.detail || problem.title : t(`problem.${problem.kind}Title`),
    todo: t(`problem.do${todo[0]?.toUpperCase()}${todo.slice(1)}`) + after,
  };
}
