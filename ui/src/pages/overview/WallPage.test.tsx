import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { problem, renderPage } from '@/testing/render';
import WallPage from './WallPage';
import { HOSTILE, monitor, monitors, overviewAnswers, states } from './testData';

const rows = [
  monitor({ id: '00000000000000a2', name: HOSTILE, state: 'UP' }),
  monitor({ id: '00000000000000a1', name: 'web-1', state: 'DOWN' }),
];

describe('the wall', () => {
  it('has a tile for each monitor, the worst first, and says how old it is', async () => {
    const answers = { ...overviewAnswers(), 'GET /api/v1/monitors': monitors(rows) };
    const { view } = renderPage(<WallPage />, { path: '/wall', role: 'viewer', answers });
    const tiles = within(await screen.findByRole('list', { name: /need attention first/ })).getAllByRole('link');
    expect(tiles.map((tile) => tile.getAttribute('href'))).toEqual([
      '/monitors/00000000000000a1',
      '/monitors/00000000000000a2',
    ]);
    expect(screen.getByText(/Last update/)).toBeInTheDocument();
    expect(view.container.querySelector('script')).toBeNull();
  });

  it('sums up what has no place', async () => {
    const many = Array.from({ length: 400 }, (_, index) =>
      monitor({ id: index.toString(16).padStart(16, '0'), name: `m${index}`, state: index === 0 ? 'DOWN' : 'UP' }),
    );
    const answers = {
      ...overviewAnswers({ monitors: 9000, states: states({ DOWN: 1, UP: 8999 }) }),
      'GET /api/v1/monitors': monitors(many, 9000),
    };
    renderPage(<WallPage />, { path: '/wall', role: 'viewer', answers });
    const list = await screen.findByRole('list', { name: /need attention first/ });
    const tiles = within(list).getAllByRole('listitem');
    expect(tiles.length).toBeLessThan(200);
    expect(tiles[0]).toHaveTextContent('m0');
    expect(tiles.at(-1)).toHaveTextContent(/and .* more/);
  });

  it('shows folders when the address says so', async () => {
    renderPage(<WallPage />, { path: '/wall?by=folder', role: 'viewer', answers: overviewAnswers() });
    const list = await screen.findByRole('list', { name: /need attention first/ });
    expect(within(list).getByRole('link')).toHaveAttribute('href', '/monitors?folder=lab');
  });

  it('says why it is empty', async () => {
    const answers = { ...overviewAnswers(), 'GET /api/v1/monitors': problem(403, 'not for you') };
    renderPage(<WallPage />, { path: '/wall', role: 'viewer', answers });
    expect(await screen.findByText(/not for you/)).toBeInTheDocument();
  });
});
