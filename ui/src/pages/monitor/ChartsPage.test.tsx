import { expect, test, vi } from 'vitest';
import { screen, waitFor } from '@testing-library/react';
import { problem, renderPage, type Answers } from '@/testing/render';
import ChartsPage from './ChartsPage';
import { answersOf, ID, monitor } from './fixtures';

vi.mock('@/ui/Chart', () => import('./chartMock'));

const OTHER = '00000000000000a2';
const both: Answers = {
  ...answersOf(monitor()),
  ...answersOf(monitor({ id: OTHER, name: 'database' })),
  'GET /api/v1/monitors': { total: 1, offset: 0, limit: 30, next_cursor: null, monitors: [monitor()] },
};

function open(search: string, answers: Answers = both) {
  return renderPage(<ChartsPage />, { path: `/charts${search}`, answers });
}

test('an address draws fields of several monitors over one another', async () => {
  open(`?series=${ID}%2Fsummary%2FresponseTime&series=${OTHER}%2Fsummary%2FresponseTime&last=6h`);
  expect(await screen.findByText('gateway · Round-trip time [ms]')).toBeVisible();
  expect(await screen.findByText('database · Round-trip time [ms]')).toBeVisible();
  expect(screen.getAllByTestId('chart')).toHaveLength(1);
});

test('taking one away changes the address', async () => {
  const page = open(`?series=${ID}%2Fsummary%2FresponseTime&series=${OTHER}%2Fsummary%2FresponseTime`);
  await page.user.click(await screen.findByRole('button', { name: 'Take away gateway · Round-trip time' }));
  await waitFor(() => expect(page.location()).not.toContain(ID));
  expect(page.location()).toContain(OTHER);
});

// Where nothing has a size, boxes of options count as out of sight.
test('a monitor and a field are picked and added', async () => {
  const page = open('');
  expect(await screen.findByText('Pick what to draw')).toBeVisible();
  await page.user.click(screen.getByRole('textbox', { name: 'Monitors' }));
  await page.user.click(await screen.findByRole('option', { name: 'gateway', hidden: true }));
  await waitFor(() => expect(screen.getByRole('textbox', { name: 'Field' })).toBeEnabled());
  await page.user.click(screen.getByRole('textbox', { name: 'Field' }));
  await page.user.click(await screen.findByRole('option', { name: /Round-trip time \(ms\)/, hidden: true }));
  await page.user.click(screen.getByRole('button', { name: 'Add' }));
  expect(await screen.findByText('gateway · Round-trip time [ms]')).toBeVisible();
  expect(decodeURIComponent(page.location())).toContain(`series=${ID}/summary/responseTime`);
});

test('a monitor that is gone does not hide the others', async () => {
  const gone = () => problem(404, `cannot find the monitor ${OTHER}`);
  open(`?series=${ID}%2Fsummary%2FresponseTime&series=${OTHER}%2Fsummary%2FresponseTime`, {
    ...both,
    [`GET /api/v1/monitors/${OTHER}`]: gone,
    [`GET /api/v1/monitors/${OTHER}/history`]: gone,
  });
  expect(await screen.findByText('gateway · Round-trip time [ms]')).toBeVisible();
  expect(screen.getAllByRole('alert').length).toBeGreaterThan(0);
});
