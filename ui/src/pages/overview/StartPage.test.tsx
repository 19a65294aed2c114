import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { Schemas } from '@/api/client';
import { problem, renderPage, type Answers } from '@/testing/render';
import StartPage from './StartPage';
import { overviewAnswers } from './testData';

const report: Schemas['SuggestReport'] = {
  kind: 'host',
  host: 'example.com',
  address: '192.0.2.1',
  suggestions: [
    {
      name: 'example.com ping',
      app: 'ping',
      params: { host: 'example.com' },
      missing: [],
      reason: 'ping',
      port: null,
      reachable: true,
      duration_ms: 3.2,
    },
    {
      name: 'example.com mysql',
      app: 'mysql',
      params: { host: 'example.com' },
      missing: ['password'],
      reason: 'default_port',
      port: 3306,
      reachable: true,
      duration_ms: 1,
    },
  ],
  skipped: [{ what: 'port 25', reason: 'it is forbidden (network.forbidden)' }],
  truncated: false,
  duration_ms: 900,
};

const trial: Schemas['Trial'] = {
  state: 'UP',
  cut: false,
  results: [
    {
      set: 'summary',
      priority: 0,
      time: '2026-01-01T00:00:00Z',
      duration_ms: 3,
      code: 'success',
      message: '',
      rows: [{ labels: '', cells: [{ field: 'responseTime', unit: 'ms', type: 'number', value: 3, series: '' }] }],
    },
  ],
};

const admission: Schemas['Admission'] = {
  verdict: 'fits',
  app: 'ping',
  count: 1,
  interval_ms: 60_000,
  fits_at_ms: null,
  most: 1000,
  bytes_each: 700,
  bytes_wanted: 700,
  bytes_left: 1 << 28,
  checks_per_second_wanted: 0.1,
  checks_per_second_possible: 1000,
  text: 'it fits',
};

function answers(more: Answers = {}): Answers {
  return {
    ...overviewAnswers(),
    'POST /api/v1/monitors/suggest': report,
    'POST /api/v1/monitors/test': trial,
    'POST /api/v1/monitors/check': admission,
    'GET /api/v1/definitions/mysql': { app: 'mysql', params: [{ field: 'password', secret: true, name: { en: 'Password' }, placeholder: null }] },
    ...more,
  };
}

async function look(text = 'example.com') {
  await userEvent.type(await screen.findByLabelText('Host, URL or network'), text);
  await userEvent.click(screen.getByRole('button', { name: 'Look' }));
}

describe('the first monitor', () => {
  it('is found, tried and saved with one click each', async () => {
    const made: unknown[] = [];
    renderPage(<StartPage />, {
      path: '/start',
      role: 'editor',
      answers: answers({
        'POST /api/v1/monitors': async (request: Request) => {
          made.push(await request.json());
          return Response.json({ id: '00000000000000b1' }, { status: 201 });
        },
      }),
    });
    await look();
    const card = await screen.findByRole('listitem', { name: 'example.com ping' });
    expect(await within(card).findByText('responseTime')).toBeInTheDocument();
    expect(await within(card).findByText(/^Fits: takes/)).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Save selected (1)' }));
    expect(await within(card).findByRole('link', { name: 'Open the monitor' })).toHaveAttribute(
      'href',
      '/monitors/00000000000000b1',
    );
    expect(made).toEqual([{ name: 'example.com ping', app: 'ping', params: { host: 'example.com' } }]);
    expect(screen.getByRole('button', { name: 'To the overview' })).toBeInTheDocument();
  });

  it('asks for what nobody can guess before it can be tried or saved', async () => {
    const tried: unknown[] = [];
    renderPage(<StartPage />, {
      path: '/start',
      role: 'editor',
      answers: answers({
        'POST /api/v1/monitors/test': async (request: Request) => {
          tried.push(await request.json());
          return Response.json(trial);
        },
      }),
    });
    await look();
    const card = await screen.findByRole('listitem', { name: 'example.com mysql' });
    expect(within(card).getByRole('button', { name: 'Save example.com mysql' })).toBeDisabled();
    await waitFor(() => expect(tried).toHaveLength(1));
    await userEvent.type(await within(card).findByLabelText(/^Password/), 's3cret');
    await waitFor(() => expect(within(card).getByRole('button', { name: 'Try' })).toBeEnabled());
    expect(tried).toHaveLength(1);
    await userEvent.click(within(card).getByRole('button', { name: 'Try' }));
    await waitFor(() => expect(tried).toHaveLength(2));
    expect(tried[1]).toMatchObject({ app: 'mysql', params: { host: 'example.com', password: 's3cret' } });
    expect(screen.getByRole('button', { name: 'Save selected (2)' })).toBeEnabled();
  });

  it('keeps the others when one is refused, and says why', async () => {
    renderPage(<StartPage />, {
      path: '/start',
      role: 'editor',
      answers: answers({ 'POST /api/v1/monitors': problem(409, "the name 'example.com ping' is taken") }),
    });
    await look();
    await userEvent.click(await screen.findByRole('button', { name: 'Save example.com ping' }));
    const card = screen.getByRole('listitem', { name: 'example.com ping' });
    expect(await within(card).findByText(/is taken/)).toBeInTheDocument();
    expect(within(card).getByRole('button', { name: 'Save example.com ping' })).toBeEnabled();
  });

  it('says what to do when nothing answers, and what was not asked', async () => {
    renderPage(<StartPage />, {
      path: '/start',
      role: 'editor',
      answers: answers({ 'POST /api/v1/monitors/suggest': { ...report, suggestions: [] } }),
    });
    await look();
    expect(await screen.findByText(/Check name and firewall/)).toBeInTheDocument();
    expect(screen.getByText('Not asked: 1')).toBeInTheDocument();
  });

  it('shows why a text cannot be looked at', async () => {
    renderPage(<StartPage />, {
      path: '/start',
      role: 'editor',
      answers: answers({ 'POST /api/v1/monitors/suggest': problem(422, 'cannot find the host') }),
    });
    await look('nowhere.invalid');
    expect(await screen.findByText(/cannot find the host/)).toBeInTheDocument();
  });

  it('does not look by itself at what a link names', async () => {
    const all = answers();
    delete all['POST /api/v1/monitors/suggest'];
    renderPage(<StartPage />, { path: '/start?text=10.0.0.0%2F24', role: 'editor', answers: all });
    expect(await screen.findByLabelText('Host, URL or network')).toHaveValue('10.0.0.0/24');
  });

  it('tells a viewer whom to ask', async () => {
    renderPage(<StartPage />, { path: '/start', role: 'viewer', answers: overviewAnswers() });
    expect(await screen.findByText(/Ask an admin/)).toBeInTheDocument();
    expect(screen.queryByLabelText('Host, URL or network')).not.toBeInTheDocument();
  });
});
