import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { HOSTILE, incident } from '@/pages/overview/testData';
import { problem, renderPage, type Answers, type Options } from '@/testing/render';
import IncidentPage from './IncidentPage';
import { detail, page } from './testData';

function open(role: 'viewer' | 'operator', more: Answers = {}, options: Options = {}) {
  return renderPage(<IncidentPage />, {
    path: '/incidents/7',
    route: '/incidents/$name',
    role,
    answers: {
      'GET /api/v1/incidents/7': detail(),
      ...(role === 'operator' && {
        'POST /api/v1/alerts/silences/preview': page([incident(), incident({ id: 8, annotations: { summary: 'the other' } })]),
      }),
      ...more,
    },
    ...options,
  });
}

/** Keeps what is sent. */
function taking(answer: unknown) {
  const sent: unknown[] = [];
  return {
    sent,
    answer: async (request: Request) => {
      sent.push(await request.json());
      return Response.json(answer);
    },
  };
}

describe('the page of an incident', () => {
  it('shows what is known, who was told, and what was done', async () => {
    open('viewer');
    expect(await screen.findByText('code=timeout -> true')).toBeInTheDocument();
    expect(screen.getByText('looking at it')).toBeInTheDocument();
    const why = screen.getByRole('region', { name: /Why somebody was told/ });
    expect(within(why).getByText('Told')).toBeInTheDocument();
    expect(within(why).getByText('ops')).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'web-1' })).toHaveAttribute('href', '/monitors/00000000000000a1');
  });

  it('gives a viewer nothing to do', async () => {
    open('viewer');
    await screen.findByText('looking at it');
    expect(screen.queryByRole('button', { name: /Acknowledge|Resolve|For 1 hour|Comment/ })).not.toBeInTheDocument();
    expect(screen.queryByRole('textbox')).not.toBeInTheDocument();
  });

  it('says why nobody was told', async () => {
    const silenced = detail({
      silenced_by: [4],
      decisions: [
        { time: null, until: null, verdict: 'silenced', route: '{}', text: 'silenced', receivers: ['ops'] },
      ],
    });
    open('viewer', { 'GET /api/v1/incidents/7': silenced });
    expect(await screen.findByText(/nobody is told while the silence holds/)).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'Silence 4' })).toHaveAttribute('href', '/alerting/silences/4');
  });

  it('acknowledges with the note', async () => {
    const { sent, answer } = taking(incident({ acknowledged: '2026-01-01T12:10:00Z' }));
    open('operator', { 'POST /api/v1/incidents/7/acknowledge': answer });
    await userEvent.type(await screen.findByLabelText('Note'), 'on it');
    await userEvent.click(screen.getByRole('button', { name: 'Acknowledge' }));
    await waitFor(() => expect(sent).toEqual([{ text: 'on it' }]));
    await waitFor(() => expect(screen.getByLabelText('Note')).toHaveValue(''));
  });

  it('keeps the note when the server refuses', async () => {
    open('operator', { 'POST /api/v1/incidents/7/acknowledge': problem(409, 'it has ended') });
    await userEvent.type(await screen.findByLabelText('Note'), 'on it');
    await userEvent.click(screen.getByRole('button', { name: 'Acknowledge' }));
    expect(await screen.findByText('it has ended')).toBeInTheDocument();
    expect(screen.getByLabelText('Note')).toHaveValue('on it');
  });

  it('assigns to who is logged in, and snoozes for an hour', async () => {
    const assign = taking(incident());
    const snooze = taking(incident());
    open('operator', {
        'POST /api/v1/incidents/7/assign': assign.answer,
        'POST /api/v1/incidents/7/snooze': snooze.answer,
      });
    await userEvent.click(await screen.findByRole('button', { name: 'To me' }));
    await waitFor(() => expect(assign.sent).toEqual([{ assignee: 'root' }]));
    await waitFor(() => expect(screen.getByRole('button', { name: 'Snooze' })).toBeEnabled());
    await userEvent.click(screen.getByRole('button', { name: 'Snooze' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: '1 hour' }));
    await waitFor(() => expect(snooze.sent).toHaveLength(1));
    const { until } = snooze.sent[0] as { until: string };
    expect(Date.parse(until) - Date.now()).toBeGreaterThan(3_500_000);
  });

  it('silences with one click what is shown to be caught', async () => {
    const { sent, answer } = taking({ id: 4, name: 'MonitorDown #7' });
    open('operator', { 'POST /api/v1/alerts/silences': answer });
    const card = await screen.findByRole('region', { name: 'Silence this' });
    expect(await within(card).findByText('Catches open incidents: 2')).toBeInTheDocument();
    expect(within(card).getByText(/the other/)).toBeInTheDocument();
    await userEvent.click(within(card).getByRole('button', { name: 'For 1 hour' }));
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toMatchObject({ spec: { matchers: '{alertname="MonitorDown", monitor="web-1"}' } });
  });

  it('never silences everything', async () => {
    open('operator');
    const card = await screen.findByRole('region', { name: 'Silence this' });
    await userEvent.click(within(card).getByRole('checkbox', { name: /alertname/ }));
    await userEvent.click(within(card).getByRole('checkbox', { name: /monitor=/ }));
    expect(within(card).getByRole('button', { name: 'For 1 hour' })).toBeDisabled();
    expect(within(card).getByText(/Choose at least one label/)).toBeInTheDocument();
  });

  it('leaves only comments and links for one that has ended', async () => {
    const over = detail({ open: false, ended: '2026-01-01T13:00:00Z', resolution: 'by hand' });
    open('operator', { 'GET /api/v1/incidents/7': over });
    expect(await screen.findByRole('button', { name: 'Comment' })).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: /^(Acknowledge|Resolve|Snooze)$/ })).not.toBeInTheDocument();
    expect(screen.queryByRole('region', { name: 'Silence this' })).not.toBeInTheDocument();
  });

  it('makes no link of a script, and text of hostile names', async () => {
    const hostile = detail({
      rule: HOSTILE,
      annotations: { summary: HOSTILE, runbook_url: 'javascript:alert(1)', good: 'https://example.com/run' },
      labels: { monitor: HOSTILE },
    });
    const { view } = open('viewer', { 'GET /api/v1/incidents/7': hostile });
    expect(await screen.findByText('javascript:alert(1)')).toBeInTheDocument();
    expect(screen.queryByRole('link', { name: /javascript/ })).not.toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'https://example.com/run' })).toHaveAttribute('rel', 'noopener noreferrer');
    expect(view.container.querySelector('script')).toBeNull();
  });

  it('says when there is no such incident', async () => {
    open('viewer', { 'GET /api/v1/incidents/7': problem(404, 'cannot find the incident 7') });
    expect(await screen.findByText(/cannot find the incident 7/)).toBeInTheDocument();
  });

  it('speaks Chinese', async () => {
    open('operator', {}, { language: 'zh' });
    expect(await screen.findByRole('heading', { name: '时间线' })).toBeInTheDocument();
    expect(screen.getByRole('button', { name: '确认' })).toBeInTheDocument();
  });
});
