import type { ReactNode } from 'react';
import { useState } from 'react';
import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { IconServer } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { api, ok } from '@/api/client';
import { sessionOf, problem, serve, type Answers } from '@/testing/render';
import { FakeEventSource } from '@/testing/setup';
import { areas, type Area } from './areas';
import { failed, said } from './notify';
import { Providers } from './Providers';
import { makeQueryClient } from './query';
import { makeRouter } from './router';

function Edit() {
  const [text, setText] = useState('');
  return (
    <>
      <input aria-label="text" value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <button onClick={() => void ok(api.POST('/api/v1/reload', { body: {} })).then(() => said(`kept ${text}`), failed)}>Keep</button>
    </>
  );
}
function Counts() {
  const { data } = useQuery({ queryKey: ['summary'], queryFn: () => ok(api.GET('/api/v1/summary')) as Promise<unknown> });
  return <p>{JSON.stringify(data)}</p>;
}
function Broken(): ReactNode {
  throw new Error('<b>no such field</b>');
}

const route = (path: string, Page: () => ReactNode, role: 'viewer' | 'admin' = 'viewer') => ({
  path,
  load: () => Promise.resolve({ default: Page }),
  role,
});
const area: Area = {
  name: 'incidents',
  order: 1,
  nav: [
    { to: '/edit', label: 'nav.incidents', icon: IconServer, role: 'viewer' },
    { to: '/secret', label: 'common:roles.admin', icon: IconServer, role: 'admin' },
  ],
  routes: [route('/edit', Edit), route('/counts', Counts), route('/broken', Broken), route('/secret', () => <p>the secret</p>, 'admin')],
};
const login: Area = { name: 'entry', order: 0, routes: [{ path: '/login', load: () => import('@/pages/entry/LoginPage'), role: 'none', bare: true }] };

const all = [...areas];
beforeEach(() => void areas.splice(0, areas.length, area, login));
afterEach(() => void areas.splice(0, areas.length, ...all));

function open(path: string, answers: Answers, role: 'viewer' | 'admin' = 'admin') {
  const requests = serve({ 'GET /api/v1/session': sessionOf(role), 'GET /api/v1/setup': { needed: false, oidc: null }, ...answers });
  const history = createMemoryHistory({ initialEntries: [path] });
  const client = makeQueryClient();
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retry: false } });
  render(
    <Providers client={client}>
      <RouterProvider router={makeRouter(history)} />
    </Providers>,
  );
  return { user: userEvent.setup(), requests, history };
}
const stream = () => FakeEventSource.all.at(-1);

test('who is not logged in comes to the login, and from there back to where he wanted to go', async () => {
  let isIn = false;
  const { user, history } = open('/counts?state=DOWN', {
    'GET /api/v1/session': () => (isIn ? sessionOf('admin') : problem(401, 'nobody is logged in')),
    'GET /api/v1/summary': { total: 7 },
    'POST /api/v1/login': () => {
      isIn = true;
      return sessionOf('admin');
    },
  });
  await user.type(await screen.findByLabelText(/Account name/), 'root');
  expect(new URLSearchParams(history.location.search).get('next')).toBe('/counts?state=DOWN');
  await user.type(screen.getByLabelText(/^Password/), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Log in' }));
  expect(await screen.findByText('{"total":7}')).toBeVisible();
  expect(history.location.href).toBe('/counts?state=DOWN');
});

test('a server that is away is no reason to log in', async () => {
  let isThere = false;
  const { user, history } = open('/edit', {
    'GET /api/v1/session': () => (isThere ? sessionOf('admin') : problem(503, 'starting')),
  });
  await user.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(history.location.href).toBe('/edit');
  isThere = true;
  await user.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(await screen.findByLabelText('text')).toBeVisible();
});

test('a page for a greater role is neither shown nor in the navigation', async () => {
  open('/secret', {}, 'viewer');
  expect(await screen.findByText('Your role does not allow this page')).toBeVisible();
  expect(screen.queryByText('the secret')).toBeNull();
  const menu = within(screen.getByRole('navigation'));
  expect(menu.getAllByRole('link')).toHaveLength(1);
});

test('a page that fails leaves the navigation as it is, and shows the reason as text', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined); // React tells of it, too
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  open('/broken', {});
  expect(await screen.findByText('<b>no such field</b>')).toBeVisible();
  expect(screen.getByRole('navigation')).toBeInTheDocument();
  vi.restoreAllMocks();
});

test('an address that leads nowhere says so', async () => {
  open('/nowhere', {});
  expect(await screen.findByText('There is no such page')).toBeVisible();
});

test('a session that ends takes no edit with it: one logs in over the page, and the change goes out again', async () => {
  let isIn = false;
  const { user, requests } = open('/edit', {
    'POST /api/v1/reload': () => (isIn ? {} : problem(401, 'nobody is logged in')),
    'POST /api/v1/login': () => {
      isIn = true;
      return { ...sessionOf('admin'), csrf_token: 'fresh' };
    },
  });
  await user.type(await screen.findByLabelText('text'), 'my words');
  await user.click(screen.getByRole('button', { name: 'Keep' }));
  await user.type(await screen.findByLabelText(/Password of root/), 'correct horse');
  await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Log in' }));
  expect(await screen.findByText('kept my words')).toBeVisible();
  const sent = requests.filter((request) => request.url.endsWith('/reload'));
  expect(sent.map((request) => request.headers.get('X-CSRF-Token'))).toEqual(['csrf', 'fresh']);
});

test('who closes that dialog is told, keeps the page, and can log in later', async () => {
  const { user } = open('/edit', { 'POST /api/v1/reload': () => problem(401, 'nobody is logged in') });
  await user.type(await screen.findByLabelText('text'), 'my words');
  await user.click(screen.getByRole('button', { name: 'Keep' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Close' }));
  expect(await screen.findByText('nobody is logged in')).toBeVisible();
  expect(screen.getByLabelText('text')).toHaveValue('my words');
  await user.click(screen.getByRole('button', { name: /Your session is over/ }));
  await waitFor(() => expect(screen.getByLabelText(/Password of root/)).toBeVisible());
});

test('a server that goes away is told, and all is asked for anew when it is back', async () => {
  let total = 1;
  let isThere = true;
  open('/counts', {
    'GET /api/v1/summary': () => ({ total }),
    'GET /api/v1/session': () => (isThere ? sessionOf('admin') : Promise.reject(new TypeError('refused'))),
  });
  expect(await screen.findByText('{"total":1}')).toBeVisible();
  act(() => stream()?.onopen?.());
  isThere = false;
  act(() => stream()?.onerror?.());
  expect(await screen.findByText(/^No connection to the server/)).toBeVisible();
  isThere = true;
  total = 2;
  await waitFor(() => expect(FakeEventSource.all).toHaveLength(2), { timeout: 4000 });
  act(() => stream()?.onopen?.());
  expect(await screen.findByText('{"total":2}')).toBeVisible();
  expect(screen.queryByText(/^No connection to the server/)).toBeNull();
});

test('a server that answers but has no stream left is told apart, and the page is kept fresh', async () => {
  let total = 1;
  open('/counts', { 'GET /api/v1/summary': () => ({ total }) });
  expect(await screen.findByText('{"total":1}')).toBeVisible();
  total = 2;
  act(() => stream()?.onerror?.());
  expect(await screen.findByText(/has no live updates/)).toBeVisible();
  expect(await screen.findByText('{"total":2}')).toBeVisible();
});

test('Ctrl-K finds pages and what the areas know, and goes there with the query', async () => {
  const found = [{ label: '<i>db</i>', description: 'a monitor', to: '/counts?state=UP#x' }];
  areas[0] = { ...area, palette: vi.fn((text: string) => Promise.resolve(text === 'db' ? found : [])) };
  const { user, history } = open('/edit', { 'GET /api/v1/summary': {} });
  await screen.findByLabelText('text');
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByPlaceholderText(/Search monitors/), 'db');
  await user.click(await screen.findByText('<i>db</i>'));
  await waitFor(() => expect(history.location.href).toBe('/counts?state=UP#x'));
});

test('who logs out is at the login, and what was shown to him is forgotten', async () => {
  let isIn = true;
  const { user, history, requests } = open('/counts', {
    'GET /api/v1/summary': { total: 1 },
    'GET /api/v1/session': () => (isIn ? sessionOf('admin') : problem(401, 'nobody')),
    'POST /api/v1/logout': () => {
      isIn = false;
      return { account: 'root' };
    },
  });
  await user.click(await screen.findByRole('button', { name: /Account root/ }));
  await user.click(await screen.findByRole('menuitem', { name: 'Log out' }));
  expect(await screen.findByLabelText(/Account name/)).toBeVisible();
  expect(history.location.pathname).toBe('/login');
  expect(requests.filter((request) => request.url.endsWith('/logout'))).toHaveLength(1);
  expect(stream()?.closed).toBe(true);
});

test('the language is changed from the menu, for the whole page', async () => {
  const { user } = open('/edit', {});
  await user.click(await screen.findByRole('button', { name: /Account root/ }));
  await user.click(await screen.findByRole('menuitem', { name: '中文' }));
  expect(await screen.findByText('跳到内容')).toBeInTheDocument();
  expect(document.documentElement.lang).toBe('zh');
});
