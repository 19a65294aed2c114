import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { HOSTILE } from '@/pages/overview/testData';
import { problem, renderPage, type Answers } from '@/testing/render';
import NotificationPage from './NotificationPage';
import NotificationsPage from './NotificationsPage';
import { notification } from './testData';

function answers(more: Answers = {}): Answers {
  return {
    'GET /api/v1/alerts/receivers': { total: 0, next: null, documents: [] },
    'GET /api/v1/notifications': {
      next: null,
      notifications: [notification(), notification({ id: 2, state: 'delivered', title: 'all is well', answer: '' })],
    },
    'GET /api/v1/notifications/3': {
      ...notification(),
      text: '{"title": "web-1 is down"}',
      log: [
        { time: '2026-01-01T12:00:30Z', duration_ms: 120, outcome: 'retry', answer: '503 Service Unavailable' },
        { time: '2026-01-01T12:01:30Z', duration_ms: 80, outcome: 'gave up', answer: '403 Forbidden: no such key' },
      ],
    },
    ...more,
  };
}

describe('notifications', () => {
  it('are listed with what the provider said', async () => {
    renderPage(<NotificationsPage />, { path: '/notifications', role: 'viewer',
      answers: answers() });
    expect(await screen.findByRole('link', { name: 'web-1 is down' })).toHaveAttribute('href', '/notifications/3');
    expect(screen.getByText('403 Forbidden')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: /Send/ })).not.toBeInTheDocument();
  });

  it('are asked for as the address says', async () => {
    let query = new URLSearchParams();
    renderPage(<NotificationsPage />, {
      path: '/notifications?state=dead&receiver=ops',
      role: 'viewer',
      answers: answers({
        'GET /api/v1/notifications': (request: Request) => {
          query = new URL(request.url).searchParams;
          return Response.json({ next: null, notifications: [] });
        },
      }),
    });
    expect(await screen.findByText(/None matches these filters/)).toBeInTheDocument();
    expect([query.get('state'), query.get('receiver')]).toEqual(['dead', 'ops']);
  });

  it('that are dead can be sent again by an operator', async () => {
    let sent = 0;
    renderPage(<NotificationsPage />, {
      path: '/notifications',
      role: 'operator',
      answers: answers({
        'POST /api/v1/notifications/3/resend': () => {
          sent++;
          return Response.json(notification({ state: 'queued' }));
        },
      }),
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Send again: web-1 is down' }));
    await waitFor(() => expect(sent).toBe(1));
    expect(screen.queryByRole('button', { name: 'Send again: all is well' })).not.toBeInTheDocument();
  });

  it('show hostile texts as text, and why there are none', async () => {
    const hostile = { next: null, notifications: [notification({ title: HOSTILE, answer: HOSTILE, receiver: HOSTILE })] };
    const first = renderPage(<NotificationsPage />, {
      path: '/notifications',
      role: 'viewer',
      answers: answers({ 'GET /api/v1/notifications': hostile }),
    });
    await waitFor(() => expect(first.view.container.textContent).toContain('<script>alert(1)</script>'));
    expect(first.view.container.querySelector('script')).toBeNull();
    first.view.unmount();
    renderPage(<NotificationsPage />, {
      path: '/notifications',
      role: 'viewer',
      answers: answers({ 'GET /api/v1/notifications': problem(403, 'not for you') }),
    });
    expect(await screen.findByText(/not for you/)).toBeInTheDocument();
  });
});

describe('the page of a notification', () => {
  const at = { path: '/notifications/3', route: '/notifications/$name' };

  it('shows each attempt and its answer', async () => {
    renderPage(<NotificationPage />, { ...at, role: 'viewer',
      answers: answers() });
    expect(await screen.findByText('503 Service Unavailable')).toBeInTheDocument();
    expect(screen.getByText('Failed, to be tried again')).toBeInTheDocument();
    expect(screen.getByText('403 Forbidden: no such key')).toBeInTheDocument();
    expect(screen.getByText('Given up')).toBeInTheDocument();
    expect(screen.getByText(/Repair the receiver/)).toBeInTheDocument();
    expect(screen.getByRole('link', { name: '#7' })).toHaveAttribute('href', '/incidents/7');
    expect(screen.queryByRole('button', { name: 'Send again' })).not.toBeInTheDocument();
  });

  it('can be sent again by an operator', async () => {
    let sent = 0;
    renderPage(<NotificationPage />, {
      ...at,
      role: 'operator',
      answers: answers({
        'POST /api/v1/notifications/3/resend': () => {
          sent++;
          return Response.json(notification({ state: 'queued' }));
        },
      }),
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Send again' }));
    await waitFor(() => expect(sent).toBe(1));
  });
});
