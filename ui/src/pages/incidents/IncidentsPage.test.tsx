import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { liveStream } from '@/api/live';
import { HOSTILE, incident } from '@/pages/overview/testData';
import { problem, renderPage } from '@/testing/render';
import IncidentsPage from './IncidentsPage';
import { page } from './testData';

// The stream of the test before is none of this one.
beforeEach(() => liveStream.close());

const three = [7, 8, 9].map((id) => incident({ id, annotations: { summary: `incident ${id}` } }));

/** The query of each request for the list. */
function listening(pages: (query: URLSearchParams) => unknown) {
  const asked: URLSearchParams[] = [];
  const answer = (request: Request) => {
    const query = new URL(request.url).searchParams;
    asked.push(query);
    return Response.json(pages(query));
  };
  return { asked, answer };
}

describe('the list of incidents', () => {
  it('shows open ones, each with a link', async () => {
    const { asked, answer } = listening(() => page(three));
    renderPage(<IncidentsPage />, {
      path: '/incidents',
      role: 'viewer',
      answers: { 'GET /api/v1/incidents': answer },
    });
    expect(await screen.findByRole('link', { name: 'incident 7' })).toHaveAttribute('href', '/incidents/7');
    expect(asked[0]?.get('open')).toBe('true');
  });

  it('asks for what the address says', async () => {
    const { asked, answer } = listening(() => page([]));
    renderPage(<IncidentsPage />, {
      path: '/incidents?show=ended&severity=critical&last=24h&text=12',
      role: 'viewer',
      answers: { 'GET /api/v1/incidents': answer },
    });
    expect(await screen.findByText('No incident matches')).toBeInTheDocument();
    expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
      open: 'false',
      severity: 'critical',
      from: '-24h',
      text: '12',
    });
  });

  it('goes on to older ones', async () => {
    const { answer } = listening((query) =>
      query.get('before') === '7' ? page([incident({ id: 6, annotations: { summary: 'the older' } })]) : page(three, 7),
    );
    renderPage(<IncidentsPage />, {
      path: '/incidents',
      role: 'viewer',
      answers: { 'GET /api/v1/incidents': answer },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Show older ones' }));
    expect(await screen.findByText('the older')).toBeInTheDocument();
    expect(screen.getByText('These are all.')).toBeInTheDocument();
  });

  it('lets an operator acknowledge several, and says which were refused', async () => {
    const acknowledged: string[] = [];
    const take = (request: Request) => {
      acknowledged.push(new URL(request.url).pathname);
      return Response.json(incident());
    };
    renderPage(<IncidentsPage />, {
      path: '/incidents',
      role: 'operator',
      answers: {
        'GET /api/v1/incidents': page(three),
        'POST /api/v1/incidents/7/acknowledge': take,
        'POST /api/v1/incidents/8/acknowledge': problem(409, 'cannot change the incident 8: it has ended'),
        'POST /api/v1/incidents/9/acknowledge': take,
      },
    });
    await userEvent.click(await screen.findByRole('checkbox', { name: /Select all open ones/ }));
    const bulk = screen.getByRole('region', { name: 'Selected incidents' });
    expect(within(bulk).getByText('Selected: 3')).toBeInTheDocument();
    await userEvent.click(within(bulk).getByRole('button', { name: 'Acknowledge' }));
    expect(await screen.findByText('Not changed: 1')).toBeInTheDocument();
    expect(screen.getByText(/it has ended/)).toBeInTheDocument();
    expect(acknowledged.sort()).toEqual([
      '/api/v1/incidents/7/acknowledge',
      '/api/v1/incidents/9/acknowledge',
    ]);
  });

  it('follows what happens', async () => {
    let now = [incident({ annotations: { summary: 'the first' } })];
    const { event } = renderPage(<IncidentsPage />, {
      path: '/incidents',
      role: 'viewer',
      answers: { 'GET /api/v1/incidents': () => page(now) },
    });
    expect(await screen.findByText('the first')).toBeInTheDocument();
    now = [incident({ id: 8, annotations: { summary: 'the second' } })];
    event({ id: 1, time: null, kind: 'incident', severity: 'info', text: '' });
    expect(await screen.findByText('the second')).toBeInTheDocument();
    expect(screen.queryByText('the first')).not.toBeInTheDocument();
  });

  it('keeps its filters in the address', async () => {
    const { location } = renderPage(<IncidentsPage />, {
      path: '/incidents',
      role: 'viewer',
      answers: { 'GET /api/v1/incidents': page(three) },
    });
    await userEvent.click(await screen.findByRole('radio', { name: 'Ended' }));
    await waitFor(() => expect(location()).toBe('/incidents?show=ended'));
  });

  it('gives a viewer nothing to select', async () => {
    renderPage(<IncidentsPage />, {
      path: '/incidents',
      role: 'viewer',
      answers: { 'GET /api/v1/incidents': page(three) },
    });
    await screen.findByRole('link', { name: 'incident 7' });
    expect(screen.queryByRole('checkbox')).not.toBeInTheDocument();
  });

  it('lets nobody select what has ended', async () => {
    const over = incident({ id: 5, open: false, ended: '2026-01-01T13:00:00Z', resolution: 'recovered' });
    renderPage(<IncidentsPage />, {
      path: '/incidents?show=all',
      role: 'operator',
      answers: { 'GET /api/v1/incidents': page([over]) },
    });
    expect(await screen.findByText(/recovered/)).toBeInTheDocument();
    expect(screen.queryByRole('checkbox')).not.toBeInTheDocument();
  });

  it('shows hostile texts as text', async () => {
    const hostile = incident({ annotations: { summary: HOSTILE }, rule: HOSTILE, labels: { monitor: HOSTILE } });
    const { view } = renderPage(<IncidentsPage />, {
      path: '/incidents',
      role: 'operator',
      answers: { 'GET /api/v1/incidents': page([hostile]) },
    });
    expect((await screen.findAllByText((text) => text.includes('<script>'))).length).toBeGreaterThan(0);
    expect(view.container.querySelector('script')).toBeNull();
  });

  it('says why there is no list, and asks again', async () => {
    let asked = 0;
    renderPage(<IncidentsPage />, {
      path: '/incidents',
      role: 'viewer',
      answers: {
        'GET /api/v1/incidents': () =>
          ++asked === 1 ? problem(500, 'the catalog cannot be read') : Response.json(page(three)),
      },
    });
    expect(await screen.findByText(/the catalog cannot be read/)).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: /again|retry/i }));
    await waitFor(() => expect(screen.getByRole('link', { name: 'incident 7' })).toBeInTheDocument());
  });
});
