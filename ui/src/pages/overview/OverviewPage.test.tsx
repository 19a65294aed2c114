import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { problem, renderPage } from '@/testing/render';
import OverviewPage from './OverviewPage';
import { HOSTILE, overviewAnswers, states } from './testData';

describe('the overview', () => {
  it('counts monitors by state, and each count leads to them', async () => {
    renderPage(<OverviewPage />, { path: '/', role: 'viewer', answers: overviewAnswers() });
    const counts = await screen.findByRole('list', { name: 'Monitors by state' });
    const down = within(counts).getAllByRole('link')[0] as HTMLAnchorElement;
    expect(down).toHaveTextContent('1');
    expect(down.getAttribute('href')).toBe('/monitors?state=DOWN');
  });

  it('shows incidents, what changed, memory and the schedule', async () => {
    renderPage(<OverviewPage />, { path: '/', role: 'viewer', answers: overviewAnswers() });
    expect(await screen.findByRole('link', { name: /web-1 is down/ })).toHaveAttribute('href', '/incidents/7');
    expect(await screen.findByText('no answer')).toBeInTheDocument();
    expect(await screen.findByRole('meter')).toHaveAttribute('aria-valuenow', String(64 << 20));
    expect(await screen.findByText('Checks run when they are due.')).toBeInTheDocument();
    expect(await screen.findByText('reloaded')).toBeInTheDocument();
    // A state is told by its own card.
    expect(screen.queryByText(/'web-1' is DOWN/)).not.toBeInTheDocument();
  });

  it('offers a viewer nothing to change', async () => {
    renderPage(<OverviewPage />, { path: '/', role: 'viewer', answers: overviewAnswers() });
    await screen.findByRole('list', { name: 'Monitors by state' });
    expect(screen.queryByRole('link', { name: 'Add monitors' })).not.toBeInTheDocument();
    expect(screen.queryByText(/There is no receiver yet/)).not.toBeInTheDocument();
  });

  it('tells an editor that nobody would be told', async () => {
    renderPage(<OverviewPage />, { path: '/', role: 'editor', answers: overviewAnswers() });
    expect(await screen.findByRole('link', { name: 'Add monitors' })).toHaveAttribute('href', '/start');
    expect(await screen.findByText(/There is no receiver yet/)).toBeInTheDocument();
  });

  it('shows hostile names as text', async () => {
    const { view } = renderPage(<OverviewPage />, { path: '/', role: 'viewer', answers: overviewAnswers() });
    expect(await screen.findByText((text) => text.includes('<script>alert(1)</script>'))).toHaveTextContent(
      HOSTILE.slice(0, 25),
    );
    expect(view.container.querySelector('script')).toBeNull();
  });

  it('leads an editor from an empty overview to the first monitor, and tells a viewer who can', async () => {
    const none = { monitors: 0, states: states(), worst: null, apps: [], folders: [] };
    const first = renderPage(<OverviewPage />, { path: '/', role: 'editor', answers: overviewAnswers(none) });
    expect(await screen.findByLabelText('Host, URL or network')).toBeInTheDocument();
    first.view.unmount();
    renderPage(<OverviewPage />, { path: '/', role: 'viewer', answers: overviewAnswers(none) });
    expect(await screen.findByText('Nothing is watched yet')).toBeInTheDocument();
    expect(screen.queryByLabelText('Host, URL or network')).not.toBeInTheDocument();
  });

  it('keeps what only the whole needs from those who see some folders', async () => {
    const answers = overviewAnswers({ memory: null, history: null });
    // Asked for, they would be refused; a request without an answer fails the test.
    for (const path of ['memory', 'schedule', 'events']) delete answers[`GET /api/v1/${path}`];
    renderPage(<OverviewPage />, { path: '/', role: 'viewer', answers });
    await screen.findByText('no answer');
    expect(screen.queryByRole('meter')).not.toBeInTheDocument();
  });

  it('says what is wrong when the server cannot answer, part by part', async () => {
    const answers = { ...overviewAnswers(), 'GET /api/v1/memory': problem(403, 'memory is not for you') };
    renderPage(<OverviewPage />, { path: '/', role: 'viewer', answers });
    expect(await screen.findByText(/memory is not for you/)).toBeInTheDocument();
    expect(screen.getByText('no answer')).toBeInTheDocument();
  });

  it('speaks Chinese', async () => {
    renderPage(<OverviewPage />, { path: '/', role: 'viewer', language: 'zh', answers: overviewAnswers() });
    expect(await screen.findByRole('heading', { name: '最近的变化' })).toBeInTheDocument();
    expect(screen.getByRole('heading', { name: '未结束的事件' })).toBeInTheDocument();
  });
});
