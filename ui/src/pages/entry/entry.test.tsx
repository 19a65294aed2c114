import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, test } from 'vitest';
import { problem, renderPage, sessionOf } from '@/testing/render';
import { localPath } from './enter';
import LoginPage from './LoginPage';
import ResetPage from './ResetPage';
import SetUpPage from './SetUpPage';

const who = sessionOf('admin');

describe('where a login leads to', () => {
  test.each([
    ['/monitors?state=DOWN#x', '/monitors?state=DOWN#x'],
    ['https://evil.example/', '/'],
    ['//evil.example/x', '/'],
    ['/\\evil.example', '/'],
    ['javascript:alert(1)', '/'],
    [undefined, '/'],
  ])('%s -> %s', (wanted, path) => {
    expect(localPath(wanted, 'http://holter.example')).toBe(path);
  });
});

describe('the login', () => {
  const answers = { 'GET /api/v1/setup': { needed: false, oidc: null }, 'POST /api/v1/login': who };

  test('lets in, and goes on to where one wanted to', async () => {
    const page = renderPage(<LoginPage />, { path: '/login?next=%2Fmonitors%3Fstate%3DDOWN', answers });
    await page.user.type(await screen.findByLabelText(/Account name/), 'root');
    await page.user.type(screen.getByLabelText(/^Password/), 'correct horse');
    await page.user.click(screen.getByRole('button', { name: 'Log in' }));
    await waitFor(() => expect(page.location()).toBe('/monitors?state=DOWN'));
    const sent = page.requests.find((request) => request.method === 'POST');
    expect(await sent?.json()).toEqual({ name: 'root', password: 'correct horse' });
  });

  test('says why not, and what to do', async () => {
    const page = renderPage(<LoginPage />, {
      path: '/login',
      answers: { ...answers, 'POST /api/v1/login': () => problem(401, 'name or password is wrong') },
    });
    await page.user.type(await screen.findByLabelText(/Account name/), 'root');
    await page.user.type(screen.getByLabelText(/^Password/), 'x');
    await page.user.click(screen.getByRole('button', { name: 'Log in' }));
    expect(await screen.findByText('name or password is wrong')).toBeVisible();
    expect(screen.getByRole('button', { name: 'Log in' })).toBeEnabled();
  });

  test('has the button of the provider, and says why a login there failed, in Chinese', async () => {
    renderPage(<LoginPage />, {
      path: '/login?failed=refused',
      language: 'zh',
      answers: { ...answers, 'GET /api/v1/setup': { needed: false, oidc: { name: 'Example' } } },
    });
    expect(await screen.findByRole('link', { name: 'Example' })).toHaveAttribute('href', '/api/v1/login/oidc?next=%2F');
    expect(screen.getByText('身份提供方拒绝了登录。')).toBeVisible();
  });
});

describe('the set-up', () => {
  beforeEach(() => {
    window.history.replaceState(null, '', '/setup#holter_token');
  });

  test('takes the token out of the address, asks twice for the password, and goes to the overview', async () => {
    const page = renderPage(<SetUpPage />, {
      path: '/setup',
      answers: { 'POST /api/v1/setup': { account: 'root' }, 'POST /api/v1/login': who },
    });
    await page.user.type(await screen.findByLabelText(/Account name/), 'root');
    expect(window.location.hash).toBe('');
    await page.user.type(screen.getByLabelText(/^Password \*|^Password$/), 'correct horse');
    await page.user.type(screen.getByLabelText(/Password again/), 'correct house');
    await page.user.click(screen.getByRole('button', { name: 'Make the account' }));
    expect(await screen.findByText('The two passwords differ')).toBeVisible();
    expect(page.requests).toHaveLength(0);
    await page.user.clear(screen.getByLabelText(/Password again/));
    await page.user.type(screen.getByLabelText(/Password again/), 'correct horse');
    await page.user.click(screen.getByRole('button', { name: 'Make the account' }));
    await waitFor(() => expect(page.location()).toBe('/'));
    expect(await page.requests[0]?.json()).toEqual({ token: 'holter_token', name: 'root', password: 'correct horse' });
  });

  test('that has worked but not the login behind it leads to the login: the link is spent', async () => {
    const page = renderPage(<SetUpPage />, {
      path: '/setup',
      answers: { 'POST /api/v1/setup': { account: 'root' }, 'POST /api/v1/login': () => problem(503, 'too much at once') },
    });
    await page.user.type(await screen.findByLabelText(/Account name/), 'root');
    await page.user.type(screen.getByLabelText(/^Password \*|^Password$/), 'correct horse');
    await page.user.type(screen.getByLabelText(/Password again/), 'correct horse');
    await page.user.click(screen.getByRole('button', { name: 'Make the account' }));
    await waitFor(() => expect(page.location()).toBe('/login'));
  });
});

describe('the reset', () => {
  test('sets the password and logs in as whom the link is for', async () => {
    window.history.replaceState(null, '', '/reset#holter_other');
    const page = renderPage(<ResetPage />, {
      path: '/reset',
      answers: { 'POST /api/v1/password-reset': { account: 'alice' }, 'POST /api/v1/login': who },
    });
    await page.user.type(await screen.findByLabelText(/^Password \*|^Password$/), 'correct horse');
    await page.user.type(screen.getByLabelText(/Password again/), 'correct horse');
    await page.user.click(screen.getByRole('button', { name: 'Set the password' }));
    await waitFor(() => expect(page.location()).toBe('/'));
    expect(await page.requests[0]?.json()).toEqual({ token: 'holter_other', password: 'correct horse' });
    expect(await page.requests[1]?.json()).toEqual({ name: 'alice', password: 'correct horse' });
  });

  test('by half a link says so before anything is typed', async () => {
    window.history.replaceState(null, '', '/reset');
    renderPage(<ResetPage />, { path: '/reset' });
    expect(await screen.findByRole('alert')).toHaveTextContent(/The link has no token/);
  });
});
