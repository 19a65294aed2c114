import { notifications } from '@mantine/notifications';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { act, screen, waitFor, within } from '@testing-library/react';
import { liveStream } from '@/api/live';
import { json, problem, renderPage, type Answers, type Options } from '@/testing/render';
import { FakeEventSource } from '@/testing/setup';
import { answersOf, HOSTILE, ID, monitor, results, rounds } from './fixtures';
import MonitorPage from './MonitorPage';

// A canvas has nothing to read: what would be drawn is shown as text.
vi.mock('@/ui/Chart', () => import('./chartMock'));
vi.mock('@/ui/CodeEditor', () => ({
  CodeEditor: ({ value, label }: { value: string; label: string }) => <pre aria-label={label}>{value}</pre>,
}));

// The tab's stream outlives the page that opened it.
beforeEach(() => liveStream.close());
// Toasts outlive the page that they came from.
afterEach(() => notifications.clean());

function open(one = monitor(), more: Answers = {}, options: Options & { search?: string } = {}) {
  const { search = '', ...others } = options;
  return renderPage(<MonitorPage />, {
    route: '/monitors/$id',
    path: `/monitors/${ID}${search}`,
    answers: answersOf(one, more),
    ...others,
  });
}

const asked = (requests: Request[], part: string) => requests.filter(({ url }) => url.includes(part));
const section = (name: string) => screen.findByRole('region', { name });

test('the summary says in which state it is and why, with all values and their units', async () => {
  open();
  expect(await screen.findByRole('heading', { level: 1, name: 'gateway' })).toBeVisible();
  expect(within(await section('Why this state')).getByText(/Every set that decides/)).toBeVisible();
  const values = await section('Overall');
  expect(within(values).getByRole('row', { name: /Round-trip time 12.5\sms/ })).toBeVisible();
  expect(within(values).getByRole('row', { name: 'answer pong' })).toBeVisible();
});

test('it is DOWN for what its deciding set said, so many times in a row', async () => {
  const message = 'no reply within 6 s';
  open(monitor({ state: 'DOWN', code: 'timeout', message }), {
    [`GET /api/v1/monitors/${ID}/results`]: results({ code: 'timeout', message, rows: [] }),
    [`GET /api/v1/monitors/${ID}/rounds`]: rounds([{ code: 'timeout', message }, { code: 'timeout', message }, {}]),
  });
  const why = await section('Why this state');
  expect(await within(why).findByText('The last 2 checks failed.')).toBeVisible();
  expect(within(why).getAllByText(message).length).toBeGreaterThan(0);
});

test('it is UNREACHABLE for a parent that it leads to', async () => {
  open(
    monitor({
      state: 'UNREACHABLE',
      unreachable_because: "parent 'router-1' is down",
      parents: [
        { id: '00000000000000c1', name: 'router-1', state: 'DOWN' },
        { id: null, name: 'gone', state: 'UNKNOWN' },
      ],
    }),
  );
  const why = await section('Why this state');
  expect(within(why).getByText("parent 'router-1' is down")).toBeVisible();
  expect(within(why).getByRole('link', { name: 'router-1' })).toHaveAttribute('href', '/monitors/00000000000000c1');
  expect(within(why).getByText('There is no such monitor.')).toBeVisible();
});

test('one that was never checked has no data, and says what comes', async () => {
  open(monitor({ state: 'UNKNOWN', since: null, last_check: null, duration_ms: null, code: null }), {
    [`GET /api/v1/monitors/${ID}/results`]: { monitor: ID, results: [] },
    [`GET /api/v1/monitors/${ID}/rounds`]: rounds([]),
    'GET /api/v1/monitors/heartbeats': { from: null, to: null, step_ms: 1000, monitors: [] },
  });
  expect(await screen.findByText('No results yet')).toBeVisible();
  expect(screen.getByText('No checks in this range')).toBeVisible();
  expect(screen.getByText('not known')).toBeVisible();
});

test('a drag over a chart puts its range into the address', async () => {
  const page = open();
  await page.user.click(await screen.findByRole('button', { name: 'zoom' }));
  await waitFor(() => expect(page.location()).toContain('from=1000&to=2000'));
  await waitFor(() => expect(asked(page.requests, 'heartbeats').at(-1)!.url).toContain(encodeURIComponent('1970-01-01T00:16:40.000Z')));
});

test('charts lie over one another, each unit with its own, and yesterday dashed', async () => {
  const incident = {
    id: 7, rule: 'slow', severity: 'critical', labels: {}, annotations: {}, monitor: ID, open: true,
    started: new Date(Date.now() - 1000).toISOString(), ended: null, evidence: '',
  };
  const page = open(monitor(), { 'GET /api/v1/incidents': { next: null, open: {}, incidents: [incident] } }, {
    search: '?tab=charts&last=1h&compare=day&fields=summary%2FresponseTime&fields=summary%2Floss',
  });
  await waitFor(() => expect(screen.getAllByTestId('chart')).toHaveLength(2));
  const [time, loss] = screen.getAllByTestId('chart');
  expect(within(time!).getByText('Round-trip time [ms]')).toBeVisible();
  expect(within(time!).getByText('Round-trip time · a day before [ms] dashed')).toBeVisible();
  expect(within(time!).getByText('critical: slow')).toBeVisible();
  expect(within(loss!).getByText('loss [%]')).toBeVisible();
  const froms = asked(page.requests, '/history').map(({ url }) => Date.parse(new URL(url).searchParams.get('from')!));
  expect(Math.max(...froms) - Math.min(...froms)).toBeGreaterThan(86_000_000);
});

test('without a picked field the first number of the deciding set is drawn', async () => {
  const page = open(monitor(), {}, { search: '?tab=charts' });
  expect(await screen.findByText('Round-trip time [ms]')).toBeVisible();
  expect(new URL(asked(page.requests, '/history')[0]!.url).searchParams.get('field')).toBe('responseTime');
});

test('rows of a field are picked by their labels', async () => {
  const cell = { field: 'used', unit: '%', type: 'number' as const, value: 5, series: '00000000000000b1' };
  const rows = ['/', '/home'].map((disk) => ({ labels: `disk="${disk}"`, cells: [cell] }));
  const page = open(monitor(), { [`GET /api/v1/monitors/${ID}/results`]: results({ rows }) }, { search: '?tab=charts' });
  await page.user.click(await screen.findByRole('textbox', { name: 'Rows of used' }));
  await page.user.click(await screen.findByRole('option', { name: '/home', hidden: true }));
  await waitFor(() => expect(decodeURIComponent(decodeURIComponent(page.location()))).toContain('fields=summary/used/disk="/home"'));
});

test('a range of few checks is shown round by round, a long one as buckets', async () => {
  const page = open(monitor(), {}, { search: '?last=1h' });
  expect(await screen.findByText('of the time UP')).toBeVisible();
  expect(screen.getByText('100 %')).toBeVisible();
  await page.user.click(screen.getByRole('radio', { name: '90d' }));
  expect(await screen.findByText('of all checks succeeded')).toBeVisible();
  expect(screen.getByText('75 %')).toBeVisible();
  expect(page.location()).toBe(`/monitors/${ID}?last=90d`);
});

test('results come as files, too', async () => {
  open(monitor(), {}, { search: '?tab=results' });
  expect(await screen.findByRole('link', { name: 'CSV' })).toHaveAttribute('href', `/api/v1/monitors/${ID}/results?format=csv`);
  expect(screen.getByRole('link', { name: 'Arrow' })).toHaveAttribute('href', `/api/v1/monitors/${ID}/results?format=arrow`);
});

test('rounds are read page by page, and failed ones can be picked out', async () => {
  const page = open(
    monitor(),
    {
      [`GET /api/v1/monitors/${ID}/rounds`]: (request: Request) =>
        new URL(request.url).searchParams.has('cursor')
          ? rounds([{ message: 'older', code: 'fail' }])
          : rounds([{ message: '' }, { message: 'newer', code: 'timeout' }], '5-1'),
    },
    { search: '?tab=rounds' },
  );
  expect(await screen.findByText('newer')).toBeVisible();
  await page.user.click(screen.getByRole('button', { name: 'Show older ones' }));
  expect(await screen.findByText('older')).toBeVisible();
  expect(screen.getByText('These are all 3 rounds of the range.')).toBeVisible();
  await page.user.click(screen.getByRole('switch', { name: 'Only failed ones' }));
  await waitFor(() => expect(screen.getAllByRole('row')).toHaveLength(3));
  expect(page.location()).toContain('failed=true');
});

test('a test shows what was asked step by step, with secrets as they were typed', async () => {
  let sent: unknown;
  const page = open(
    monitor({ params: { host: '192.0.2.1', password: { set: true } } }),
    {
      'POST /api/v1/monitors/test': async (request: Request) => {
        sent = await request.json();
        return { state: 'DOWN', cut: true, results: [...results().results, ...results({ set: 'details', priority: 1, code: 'fail', message: 'denied' }).results] };
      },
    },
    { search: '?tab=trace' },
  );
  await page.user.type(await screen.findByLabelText('password'), 'hidden');
  await page.user.click(screen.getByRole('button', { name: 'Run a test' }));
  const steps = await screen.findByRole('list', { name: 'Steps of the test' });
  expect(within(steps).getByText('details')).toBeVisible();
  expect(within(steps).getByText('denied')).toBeVisible();
  expect(screen.getByText('There was more than is shown here.')).toBeVisible();
  expect(sent).toMatchObject({ app: 'ping', params: { host: '192.0.2.1', password: 'hidden' } });
});

test('a test that takes long can be left', async () => {
  const page = open(monitor(), { 'POST /api/v1/monitors/test': () => new Promise(() => undefined) }, { search: '?tab=trace' });
  await page.user.click(await screen.findByRole('button', { name: 'Run a test' }));
  await page.user.click(await screen.findByRole('button', { name: 'Stop waiting' }));
  expect(await screen.findByRole('button', { name: 'Run a test' })).toBeEnabled();
  expect(screen.queryByRole('alert')).toBeNull();
});

test('a pause is asked for, and of the version that was seen', async () => {
  let tag: string | null = null;
  const page = open(monitor(), {
    [`POST /api/v1/monitors/${ID}/pause`]: (request: Request) => {
      tag = request.headers.get('If-Match');
      return monitor({ state: 'PAUSED', paused_by: 'user' });
    },
  });
  await page.user.click(await screen.findByRole('button', { name: 'Pause' }));
  const dialog = await screen.findByRole('dialog');
  await page.user.click(within(dialog).getByRole('button', { name: 'OK' }));
  await waitFor(() => expect(tag).toBe('"3"'));
  expect(await screen.findByText('The monitor is paused.')).toBeVisible();
});

test('what somebody else has changed meanwhile is not deleted', async () => {
  const page = open(monitor(), {
    [`DELETE /api/v1/monitors/${ID}`]: () => problem(412, 'it is version 4 now', 'If-Match'),
  });
  await page.user.click(await screen.findByRole('button', { name: 'More actions' }));
  await page.user.click(await screen.findByRole('menuitem', { name: 'Delete' }));
  const dialog = await screen.findByRole('dialog');
  await page.user.click(within(dialog).getByRole('button', { name: 'Delete' }));
  expect(await screen.findByText(/Somebody has changed it meanwhile/)).toBeVisible();
  expect(page.location()).toBe(`/monitors/${ID}`);
});

test('a viewer sees all and can change nothing', async () => {
  open(monitor(), {}, { role: 'viewer', search: '?tab=trace' });
  expect(await screen.findByText('Tests need the role Editor.')).toBeVisible();
  for (const name of ['Pause', 'More actions', 'Run a test'])
    expect(screen.queryByRole('button', { name })).toBeNull();
});

test('an operator pauses, and does not edit', async () => {
  open(monitor(), {}, { role: 'operator' });
  expect(await screen.findByRole('button', { name: 'Pause' })).toBeVisible();
  expect(screen.queryByRole('link', { name: 'Edit' })).toBeNull();
});

test('a monitor of a file says where it is changed', async () => {
  open(monitor({ owner: 'file', file: 'lab.yml', version: null }));
  expect(await screen.findByText('It stands in a file: change it there.')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Pause' })).toBeNull();
});

test('the configuration has its YAML twin and the answer of the memory budget', async () => {
  open(monitor({ params: { host: '192.0.2.1', password: { set: true } } }), {}, { search: '?tab=config' });
  expect(await screen.findByText(/host: 192.0.2.1/)).toBeVisible();
  expect(screen.getByText(/Secrets are left out/)).toBeVisible();
  expect(await screen.findByText('It fits.')).toBeVisible();
  expect(screen.getByText('2 KiB')).toBeVisible();
});

test('incidents and events are those of this monitor', async () => {
  const event = (id: number, text: string) => ({ id, time: new Date().toISOString(), kind: 'monitor.state', severity: 'warning', text });
  open(
    monitor(),
    { 'GET /api/v1/events': { restarted: false, last: 2, events: [event(1, "'gateway' is DOWN: lost"), event(2, "'other' is DOWN")] } },
    { search: '?tab=incidents' },
  );
  expect(await screen.findByText("'gateway' is DOWN: lost")).toBeVisible();
  expect(screen.queryByText("'other' is DOWN")).toBeNull();
  expect(screen.getByText('No incidents')).toBeVisible();
});

/** Events that come before the stream is open are old ones. */
const listen = () => act(() => FakeEventSource.all.forEach((source) => source.onopen?.()));
const stateEvent = (id: number, text: string) => ({ id, time: new Date().toISOString(), kind: 'monitor.state', severity: 'warning', text });

test('an event of its state shows the new state and its reason', async () => {
  let now = monitor();
  const page = open(now, { [`GET /api/v1/monitors/${ID}`]: () => json(now) });
  const why = await section('Why this state');
  const heard = asked(page.requests, '/results').length;
  now = monitor({ state: 'DOWN', since: new Date().toISOString(), last_check: new Date().toISOString(), message: 'no reply' });
  listen();
  page.event(stateEvent(9, "'gateway' is DOWN (was UP): no reply"));
  expect(await within(why).findByText('no reply')).toBeVisible();
  await waitFor(() => expect(asked(page.requests, '/results').length).toBeGreaterThan(heard));
});

test('an event of another monitor asks for nothing', async () => {
  const page = open();
  await section('Overall');
  const before = page.requests.length;
  listen();
  page.event(stateEvent(9, "'other' is DOWN"));
  page.event(stateEvent(10, "'gateway' is DOWN"));
  await waitFor(() => expect(page.requests.length).toBeGreaterThan(before));
  expect(asked(page.requests.slice(before), `/monitors/${ID}`)).toHaveLength(1);
});

test('a monitor that is not there says what to do', async () => {
  renderPage(<MonitorPage />, {
    route: '/monitors/$id',
    path: `/monitors/${ID}`,
    answers: { [`GET /api/v1/monitors/${ID}`]: () => problem(404, `cannot find the monitor ${ID}`) },
  });
  expect(await screen.findByRole('alert')).toHaveTextContent(`cannot find the monitor ${ID}`);
});

test('what fails in part leaves the rest', async () => {
  open(monitor(), { [`GET /api/v1/monitors/${ID}/results`]: () => problem(503, 'memory is short'), 'GET /api/v1/definitions/ping': () => json({}, 404) });
  expect(await screen.findByText(/memory is short/)).toBeVisible();
  expect(screen.getByRole('heading', { level: 1, name: 'gateway' })).toBeVisible();
});

test('hostile names are text', async () => {
  const hostile = results({ set: HOSTILE, message: HOSTILE });
  hostile.results[0]!.rows = [1, 2].map((row) => ({
    labels: `name="${row}<img src=x onerror=alert(1)>"`,
    cells: [{ field: HOSTILE, unit: '<b>', type: 'text', value: HOSTILE, series: '' }],
  }));
  const { view } = open(monitor({ name: HOSTILE, message: HOSTILE, labels: { [HOSTILE]: HOSTILE } }), {
    [`GET /api/v1/monitors/${ID}/results`]: hostile,
  });
  expect(await screen.findByText('1<img src=x onerror=alert(1)>')).toBeVisible();
  expect(view.container.querySelector('script, img')).toBeNull();
});

test('it speaks Chinese', async () => {
  open(monitor(), {}, { language: 'zh' });
  expect(await section('为何是此状态')).toBeVisible();
  expect(screen.getByRole('tab', { name: '检查记录' })).toBeVisible();
  expect(await screen.findByText('往返时间')).toBeVisible();
});
