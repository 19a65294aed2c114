import createClient, { type Middleware } from 'openapi-fetch';
import { problemOf } from '@/api/problem';
import type { components, paths } from '@/api/schema.gen';

export type Schemas = components['schemas'];

const readLimitMs = 15_000;
const unauthorized = 401;
const forbidden = 403;
const origin = globalThis.location?.origin ?? '';

let csrfToken: string | null = null;
/** Of the session: sent with each change. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

export function hasCsrfToken(): boolean {
  return csrfToken !== null;
}

/** Asks somebody to log in again, for a change or for a read; resolves to true when that is done. */
type AskToLogIn = (isChange: boolean) => Promise<boolean>;
let askToLogIn: AskToLogIn | null = null;
export function onSessionOver(ask: AskToLogIn | null): void {
  askToLogIn = ask;
}

/** There 401 means a wrong password, or that nobody is logged in, which is what was asked. */
function isEntry(url: string): boolean {
  return /\/api\/v1\/(login|logout|setup|password-reset|session)$/.test(new URL(url).pathname);
}

function bound(request: Request, isChange: boolean): Request {
  return isChange ? request : new Request(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(readLimitMs)]) });
}

/** Asks once more behind a new login, so that no edit is lost by a session that has run out meanwhile. */
async function send(request: Request): Promise<Response> {
  const isChange = request.method !== 'GET' && request.method !== 'HEAD';
  const again = request.clone();
  const response = await globalThis.fetch(bound(request, isChange));
  if (isEntry(request.url) || !(await mayGoAgain(response.status, isChange))) return response;
  if (csrfToken !== null && isChange) again.headers.set('X-CSRF-Token', csrfToken);
  return globalThis.fetch(bound(again, isChange));
}

/** Whether the same request may be answered otherwise now. */
async function mayGoAgain(status: number, isChange: boolean): Promise<boolean> {
  if (status === unauthorized) return (await askToLogIn?.(isChange)) ?? false;
  if (status !== forbidden || !isChange || csrfToken === null) return false;
  // Another tab may have logged in anew; or the session is over, and what is left is what everybody may.
  const sent = csrfToken;
  return (await checkSession(isChange)) && csrfToken !== sent;
}

/**
 * Takes over the session that the browser has by now, and asks to log in where there is none any more. False when nobody
 * did; throws when the server cannot be reached.
 */
export async function checkSession(isChange: boolean): Promise<boolean> {
  const answer = await globalThis.fetch(`${origin}/api/v1/session`, { signal: AbortSignal.timeout(readLimitMs) });
  const who = answer.ok ? ((await answer.json()) as Schemas['Who']) : null;
  if (answer.status === unauthorized || (who?.csrf_token === null && csrfToken !== null)) return (await askToLogIn?.(isChange)) ?? false;
  if (who === null) throw problemOf(answer, null);
  csrfToken = who.csrf_token;
  return true;
}

const csrf: Middleware = {
  onRequest({ request }) {
    if (csrfToken !== null && request.method !== 'GET') request.headers.set('X-CSRF-Token', csrfToken);
    return request;
  },
};

export const api = createClient<paths>({
  baseUrl: origin,
  fetch: send,
  // Lists as the server reads them: one parameter for each.
  querySerializer: { array: { style: 'form', explode: true } },
});
api.use(csrf);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What came; throws a ProblemError for everything but success. */
export async function ok<T>(answer: Promise<Answer<T>>): Promise<T> {
  return (await okWithTag(answer)).data;
}

/** Also the entity tag, to be sent back as If-Match. */
export async function okWithTag<T>(answer: Promise<Answer<T>>): Promise<{ data: T; etag: string | null }> {
  const { data, error, response } = await answer;
  if (!response.ok) throw problemOf(response, error);
  return { data: data as T, etag: response.headers.get('ETag') };
}
