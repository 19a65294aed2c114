import type { ReactElement } from 'react';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { afterEach, expect, vi } from 'vitest';
import { setCsrfToken } from '@/api/client';
import type { Session } from '@/api/session';
import { SessionProvider } from '@/api/session';
import { makeQueryClient } from '@/app/query';
import { Providers } from '@/app/Providers';
import { parseSearch, stringifySearch } from '@/app/router';
import { setLanguage, type Language } from '@/i18n';
import { FakeEventSource } from './setup';

/** By "METHOD /path" (without the query): a body, or what makes one of the request. */
export type Answers = Record<string, unknown | ((request: Request) => unknown | Response | Promise<unknown>)>;

export interface Options {
  /** With the query; the page is rendered at it, whatever its path. */
  path?: string;
  /** The pattern of the page's route, for useParams(), e.g. "/monitors/$id". */
  route?: string;
  answers?: Answers;
  role?: Session['role'];
  language?: Language;
}

const unanswered: string[] = [];
afterEach(() => {
  void setLanguage('en');
  setCsrfToken(null);
  vi.unstubAllGlobals();
  expect(unanswered.splice(0)).toEqual([]);
});

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  const problem = status >= 400;
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': problem ? 'application/problem+json' : 'application/json', ...headers },
  });
}

/** What the server says when it refuses. */
export function problem(status: number, detail: string, parameter?: string): Response {
  return json({ type: `urn:holter:problem:${status}`, title: 'Refused', status, detail, ...(parameter === undefined ? {} : { parameter }) }, status);
}

/** Answers requests from the table; one that it does not have fails the test. Gives the requests that came. */
export function serve(answers: Answers): Request[] {
  const requests: Request[] = [];
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    requests.push(request.clone());
    const key = `${request.method} ${decodeURIComponent(new URL(request.url).pathname)}`;
    if (!(key in answers)) {
      unanswered.push(key);
      return problem(500, `the test has no answer to ${key}`);
    }
    const answer = answers[key];
    const body: unknown = typeof answer === 'function' ? await (answer as (request: Request) => unknown)(request) : answer;
    return body instanceof Response ? body.clone() : json(body);
  });
  return requests;
}

export interface Page {
  user: ReturnType<typeof userEvent.setup>;
  requests: Request[];
  /** Where the page is now: path and query. */
  location: () => string;
  /** Sends an event on the stream. */
  event: (event: object) => void;
  view: ReturnType<typeof render>;
}

export function sessionOf(role: Session['role']): Session {
  return { account: 'root', name: 'root', role, greatest_role: role, by: 'session', csrf_token: 'csrf' };
}

/** A page with all that it stands on, logged in as an admin unless told otherwise. */
export function renderPage(element: ReactElement, options: Options = {}): Page {
  void setLanguage(options.language ?? 'en'); // at once: setup.ts has loaded all words
  const requests = serve(options.answers ?? {});
  const root = createRootRoute({ component: Outlet });
  const pattern = options.route ?? new URL(options.path ?? '/', 'http://x').pathname;
  const page = () => <SessionProvider session={sessionOf(options.role ?? 'admin')}>{element}</SessionProvider>;
  const routes = [createRoute({ getParentRoute: () => root, path: pattern, component: page })];
  // Wherever the page goes to is seen in location(), and need not be there.
  const other = createRoute({ getParentRoute: () => root, path: '$', component: () => null });
  const router = createRouter({
    routeTree: root.addChildren([...routes, other]),
    history: createMemoryHistory({ initialEntries: [options.path ?? '/'] }),
    parseSearch,
    stringifySearch,
  });
  const client = makeQueryClient();
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retry: false } });
  const view = render(
    <Providers client={client}>
      <RouterProvider router={router} />
    </Providers>,
  );
  return {
    user: userEvent.setup(),
    requests,
    location: () => router.state.location.href,
    event: (event) => {
      for (const source of FakeEventSource.all) source.onmessage?.({ data: JSON.stringify(event) });
    },
    view,
  };
}
