import { notifications } from '@mantine/notifications';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { json, problem, renderPage, type Answers, type Options } from '@/testing/render';
import ClonePage from './ClonePage';
import EditPage from './EditPage';
import NewPage from './NewPage';
import { admission, answersOf, definition, HOSTILE, ID, monitor } from './testData';

vi.mock('@/ui/CodeEditor', () => import('./editorMock'));
vi.mock('@/ui/DiffView', () => import('./editorMock'));
afterEach(() => notifications.clean()); // toasts outlive the page that they came from

const edit = (one = monitor(), more: Answers = {}, options: Options = {}) =>
  renderPage(<EditPage />, { route: '/monitors/$id/edit', path: `/monitors/${ID}/edit`, answers: answersOf(one, more), ...options });
const begin = (more: Answers = {}, options: Options = {}) =>
  renderPage(<NewPage />, { route: '/monitors/new', path: '/monitors/new?app=shop', answers: answersOf(monitor(), more), ...options });

const field = (name: string | RegExp) => screen.findByRole('textbox', { name });
const type = (input: HTMLElement, value: string) => fireEvent.change(input, { target: { value } });
const save = () => fireEvent.click(screen.getByRole('button', { name: 'Save' }));
const sent = (requests: Request[], method: string, path: string) =>
  requests.filter((request) => request.method === method && new URL(request.url).pathname === path);
const bodyOf = async (request: Request | undefined) => (await request?.clone().json()) as Record<string, unknown>;
const view = (name: string) => fireEvent.click(screen.getByRole('radio', { name }));

describe('a new monitor', () => {
  test('is picked by category and text, which stand in the address', async () => {
    const rows = [
      { ...definition, names: undefined },
      { ...definition, app: 'pg', category: 'db', name: { en: 'PostgreSQL' }, monitors: 0 },
    ];
    const page = renderPage(<NewPage />, {
      path: '/monitors/new',
      answers: {
        ...answersOf(),
        'GET /api/v1/definitions': { total: 2, offset: 0, limit: 1000, definitions: rows },
        'GET /api/v1/definitions/pg': { ...definition, app: 'pg' },
      },
    });
    expect(await screen.findByRole('button', { name: /Shop/ })).toBeVisible();
    fireEvent.click(screen.getByRole('checkbox', { name: 'Databases 1' }));
    await waitFor(() => expect(page.location()).toBe('/monitors/new?category=db'));
    expect(screen.queryByRole('button', { name: /Shop/ })).toBeNull();
    type(screen.getByRole('searchbox', { name: 'Name of a product or protocol' }), 'post');
    await waitFor(() => expect(page.requests.some(({ url }) => url.includes('text=post'))).toBe(true));
    fireEvent.click(screen.getByRole('button', { name: /PostgreSQL/ }));
    await waitFor(() => expect(page.location()).toContain('app=pg'));
  });

  test('has a form of what its definition asks for, by its rules', async () => {
    const page = begin();
    expect(await field('Host')).toBeVisible();
    expect(screen.queryByRole('textbox', { name: 'User' })).toBeNull();
    await page.user.click(screen.getByRole('textbox', { name: 'Log in' }));
    await page.user.click(await screen.findByRole('option', { name: 'with password', hidden: true }));
    expect(await field('User')).toBeVisible();
    expect(screen.getByLabelText('Password')).toBeVisible();
  });

  test('is not sent while something is missing, and says what at its field', async () => {
    const page = begin();
    type(await field('Port'), '70000');
    save();
    expect(await screen.findAllByText('Enter a value.')).toHaveLength(2); // name and host
    expect(screen.getByText('It is out of bounds.')).toBeVisible();
    expect(sent(page.requests, 'POST', '/api/v1/monitors')).toEqual([]);
    expect(sent(page.requests, 'POST', '/api/v1/monitors/check')).toEqual([]);
  });

  test('is made once, however often it is sent, and shown then', async () => {
    let tries = 0;
    const page = begin({ 'POST /api/v1/monitors': () => (++tries === 1 ? problem(504, 'no answer in time') : json(monitor(), 201)) });
    type(await field('Name'), 'shop-2');
    type(await field('Host'), 'a.example');
    save();
    expect(await screen.findByText('no answer in time')).toBeVisible();
    save();
    await waitFor(() => expect(page.location()).toBe(`/monitors/${ID}`));
    const [first, second] = sent(page.requests, 'POST', '/api/v1/monitors');
    expect(first?.headers.get('Idempotency-Key')).toHaveLength(32);
    expect(second?.headers.get('Idempotency-Key')).toBe(first?.headers.get('Idempotency-Key'));
    expect(await bodyOf(first)).toEqual({ name: 'shop-2', app: 'shop', interval: '60s', criticality: 'normal', params: { host: 'a.example' } });
  });

  test('is checked while it is written; faults stand at their fields, and the exact admission follows', async () => {
    let fault: Response | typeof admission = problem(400, 'cannot use the host: no such name', 'params.host');
    begin({ 'POST /api/v1/monitors/check': () => fault });
    type(await field('Name'), 'shop-2');
    type(await field('Host'), 'a b');
    expect(await screen.findByText('cannot use the host: no such name')).toBeVisible();
    expect(await field('Host')).toHaveAccessibleDescription('cannot use the host: no such name');
    expect(screen.queryByText('Correct what is named, and try again.')).toBeNull(); // said once, at its field
    fault = { ...admission, verdict: 'does_not_fit', bytes_wanted: 4 << 20 };
    type(await field('Host'), 'ab');
    expect(await screen.findByText(/It does not fit: takes 4(\.0)?\sMiB/)).toBeVisible();
    expect(screen.queryByText('cannot use the host: no such name')).toBeNull();
  });

  test('that the role may not make says so before it is sent', async () => {
    begin({ 'POST /api/v1/monitors/check': () => problem(403, "cannot change the monitor: you are no editor of ''") });
    type(await field('Name'), 'shop-2');
    type(await field('Host'), 'a');
    expect(await screen.findByText("cannot change the monitor: you are no editor of ''")).toBeVisible();
    expect(screen.getByText('Your role does not allow it: ask an administrator.')).toBeVisible();
  });

  test('of an unknown application says that there is none', async () => {
    renderPage(<NewPage />, {
      route: '/monitors/new', path: '/monitors/new?app=gone',
      answers: { ...answersOf(), 'GET /api/v1/definitions/gone': () => problem(404, "cannot find 'gone'"), 'GET /api/v1/admission': () => problem(404, 'none') },
    });
    expect(await screen.findByText("cannot find 'gone'")).toBeVisible();
  });
});

describe('form and text', () => {
  test('change each other', async () => {
    begin();
    type(await field('Name'), 'shop-2');
    view('YAML');
    const text = await field('The monitor as YAML');
    expect(text).toHaveValue('name: shop-2\napp: shop\ninterval: 60s\ncriticality: normal\n');
    type(text, 'name: shop-3\napp: shop\ncron: 0 6 * * *\nlabels: {site: lab}\nparams:\n  host: h\n  release: 1.10\n');
    view('Form');
    expect(await field('Name')).toHaveValue('shop-3');
    expect(await field('Host')).toHaveValue('h');
    expect(await field('Cron expression')).toHaveValue('0 6 * * *');
    expect(await field('Value of label 1')).toHaveValue('lab');
  });

  test('a text that cannot be read keeps the form, and is not saved', async () => {
    const page = begin();
    type(await field('Name'), 'shop-2');
    type(await field('Host'), 'h');
    view('YAML');
    type(await field('The monitor as YAML'), 'name: shop-2\nintervall: 5s');
    expect(await screen.findByText("Line 2: Cannot use the key 'intervall' or its value.")).toBeVisible();
    expect(screen.getByText("error 2:1 Cannot use the key 'intervall' or its value.")).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Save' })).toBeDisabled();
    expect(screen.getByRole('radio', { name: 'Form' })).toBeDisabled();
    type(await field('The monitor as YAML'), 'name: shop-2\nparams: {host: h}');
    await waitFor(() => expect(screen.getByRole('button', { name: 'Save' })).toBeEnabled());
    expect(sent(page.requests, 'POST', '/api/v1/monitors')).toEqual([]);
  });

  test('what is missing in the text is named', async () => {
    begin();
    await field('Name');
    view('YAML');
    type(await field('The monitor as YAML'), 'name: a');
    save();
    expect(await screen.findByText('Not complete yet: host')).toBeVisible();
  });

  test('exact times stay exact times while their text is empty', async () => {
    begin();
    await field('Name');
    view('At exact times');
    type(await field('Cron expression'), '');
    expect(await field('Cron expression')).toHaveValue('');
  });
});

describe('an edited monitor', () => {
  test('is stored on the version that was edited, its secret unseen', async () => {
    const page = edit(monitor(), { [`PUT /api/v1/monitors/${ID}`]: monitor() });
    type(await field('Description'), 'The shop in town.');
    expect(screen.getByLabelText('Password')).toHaveAttribute('placeholder', 'stored; leave empty to keep it');
    save();
    await waitFor(() => expect(page.location()).toBe(`/monitors/${ID}`));
    const [put] = sent(page.requests, 'PUT', `/api/v1/monitors/${ID}`);
    expect(put?.headers.get('If-Match')).toBe('"4"');
    expect(await bodyOf(put)).toMatchObject({ description: 'The shop in town.', depends_on: { set: true }, params: { password: { set: true } } });
  });

  test('asks for its secret again where it would go elsewhere', async () => {
    const one = { ...definition, params: definition.params.map((param) => (param.field === 'password' ? { ...param, required: true } : param)) };
    const page = edit(monitor(), { 'GET /api/v1/definitions/shop': one });
    type(await field('Host'), 'b.example');
    expect(await screen.findByText(/what is stored of Password is not used there/)).toBeVisible();
    save();
    expect(await screen.findByText('Enter a value.')).toBeVisible();
    expect(sent(page.requests, 'PUT', `/api/v1/monitors/${ID}`)).toEqual([]);
    type(screen.getByLabelText(/^Password/), 'hunter2'); // typed again, it goes where it is meant to
    await waitFor(() => expect(screen.queryByText(/what is stored of Password/)).toBeNull());
    type(screen.getByLabelText(/^Password/), '');
    type(await field('Host'), 'a.example');
    await waitFor(() => expect(screen.queryByText(/what is stored of Password/)).toBeNull());
  });

  test('loses a secret that is removed', async () => {
    const page = edit(monitor(), { [`PUT /api/v1/monitors/${ID}`]: monitor() });
    fireEvent.click(await screen.findByRole('button', { name: 'Remove the stored Password' }));
    expect(screen.getByLabelText('Password')).not.toHaveAttribute('placeholder', 'stored; leave empty to keep it');
    save();
    await waitFor(() => expect(sent(page.requests, 'PUT', `/api/v1/monitors/${ID}`)).toHaveLength(1));
    expect((await bodyOf(page.requests.find(({ method }) => method === 'PUT')))['params']).not.toHaveProperty('password');
  });

  test('does not take its own name for one of another', async () => {
    const page = edit(monitor(), { 'POST /api/v1/monitors/check': () => problem(409, "cannot use the name 'shop-1': another monitor has it", 'name') });
    type(await field('Description'), 'new');
    await waitFor(() => expect(sent(page.requests, 'POST', '/api/v1/monitors/check')).toHaveLength(1));
    expect(await bodyOf(sent(page.requests, 'POST', '/api/v1/monitors/check')[0])).toMatchObject({ depends_on: ['router'], params: { password: 'stored' } });
    expect(screen.queryByText(/another monitor has it/)).toBeNull();
    type(await field('Name'), 'shop-9');
    expect(await screen.findByText(/another monitor has it/)).toBeVisible();
  });

  test('shows a fault that has no field of its own above the form', async () => {
    edit(monitor(), { [`PUT /api/v1/monitors/${ID}`]: () => problem(400, 'cannot use this: it is too much', 'params') });
    type(await field('Description'), 'new');
    save();
    expect(await screen.findByText('cannot use this: it is too much')).toBeVisible();
  });

  test('of a file is not edited here', async () => {
    edit(monitor({ owner: 'file', file: '/etc/holter/monitors.yml', version: null }));
    expect(await screen.findByText('This monitor stands in a file')).toBeVisible();
    expect(screen.getByText('/etc/holter/monitors.yml')).toBeVisible();
  });

  test('can be edited as a text when its definition is gone', async () => {
    const page = edit(monitor(), { 'GET /api/v1/definitions/shop': () => problem(404, "cannot find 'shop'"), [`PUT /api/v1/monitors/${ID}`]: monitor() });
    expect(await screen.findByText("cannot find 'shop'")).toBeVisible();
    view('YAML');
    const text = (await field('The monitor as YAML')) as HTMLTextAreaElement;
    expect(text.value).toContain('password:\n    set: true');
    type(text, text.value.replace('interval: 5m', 'interval: 9m'));
    save();
    await waitFor(() => expect(page.location()).toBe(`/monitors/${ID}`));
    expect(await bodyOf(sent(page.requests, 'PUT', `/api/v1/monitors/${ID}`)[0])).toMatchObject({ interval: '9m', params: { host: 'a.example', password: { set: true } } });
  });
});

describe('when somebody else was quicker', () => {
  const theirs = monitor({ version: 5, description: 'Theirs.', params: { ...monitor().params, port: '9090' }, parents: [] });
  /** The first save is refused; from then on the server has theirs. */
  function race(more: Answers = {}) {
    let now = monitor();
    return edit(monitor(), {
      [`GET /api/v1/monitors/${ID}`]: () => json(now, 200, { ETag: `"${now.version}"` }),
      [`PUT /api/v1/monitors/${ID}`]: (request: Request) => {
        now = theirs;
        return request.headers.get('If-Match') === '"5"' ? theirs : problem(412, 'cannot change the monitor: it is version 5 now', 'If-Match');
      },
      ...more,
    });
  }

  test('what differs is shown, parameters too, and mine is stored over the version that was shown', async () => {
    const page = race();
    type(await field('Description'), 'Mine.');
    save();
    expect(await screen.findByText('Somebody has changed this monitor meanwhile')).toBeVisible();
    expect(await screen.findByText('alice was quicker. Below is what yours would change in it.')).toBeVisible();
    const diff = screen.getByLabelText('From theirs to yours');
    for (const line of ['-description: Theirs.', '+description: Mine.', '-  port: 9090', '+  port: 8080']) expect(diff).toHaveTextContent(line, { normalizeWhitespace: false });
    fireEvent.click(screen.getByRole('button', { name: 'Store mine over it' }));
    await waitFor(() => expect(page.location()).toBe(`/monitors/${ID}`));
    const puts = sent(page.requests, 'PUT', `/api/v1/monitors/${ID}`);
    expect(puts.map((put) => put.headers.get('If-Match'))).toEqual(['"4"', '"5"']);
    // "Those that are stored" would be theirs by now.
    expect(await bodyOf(puts[1])).toMatchObject({ description: 'Mine.', depends_on: ['router'] });
  });

  test('theirs is taken up, and mine is gone with its draft', async () => {
    race();
    type(await field('Description'), 'Mine.');
    await waitFor(() => expect(sessionStorage.getItem(`holter.draft.monitor.${ID}`)).toContain('Mine.'));
    save();
    fireEvent.click(await screen.findByRole('button', { name: 'Take theirs' }));
    await waitFor(async () => expect(await field('Description')).toHaveValue('Theirs.'));
    expect(sessionStorage.getItem(`holter.draft.monitor.${ID}`)).toBeNull();
    expect(screen.queryByText('Somebody has changed this monitor meanwhile')).toBeNull();
  });

  test('a draft of an older version does not overwrite unseen', async () => {
    const fields = { ...(await import('./fields')).fieldsOf(monitor()), description: 'From before.' };
    sessionStorage.setItem(`holter.draft.monitor.${ID}`, JSON.stringify({ fields, tag: '"4"' }));
    const page = edit(theirs, { [`PUT /api/v1/monitors/${ID}`]: () => problem(412, 'it is version 5 now', 'If-Match') });
    expect(await screen.findByText(/Meanwhile somebody else has changed it/)).toBeVisible();
    fireEvent.click(screen.getByRole('button', { name: 'Go on with it' }));
    expect(await field('Description')).toHaveValue('From before.');
    save();
    expect(await screen.findByText('Somebody has changed this monitor meanwhile')).toBeVisible();
    expect(sent(page.requests, 'PUT', `/api/v1/monitors/${ID}`)[0]?.headers.get('If-Match')).toBe('"4"');
  });
});

test('a draft has no secret', async () => {
  begin();
  type(await field('Name'), 'shop-2');
  fireEvent.click(screen.getByRole('textbox', { name: 'Log in' }));
  fireEvent.click(await screen.findByRole('option', { name: 'with password', hidden: true }));
  type(screen.getByLabelText('Password'), 'hunter2');
  type(await field('User'), 'bob');
  await waitFor(() => expect(sessionStorage.getItem('holter.draft.monitor.new.shop')).toContain('bob'));
  expect(sessionStorage.getItem('holter.draft.monitor.new.shop')).not.toContain('hunter2');
});

describe('a test', () => {
  const trial = {
    state: 'UP', cut: false,
    results: [{ set: 'status', priority: 0, code: 'success', time: null, duration_ms: 12, message: '', rows: [{ labels: '', cells: [{ field: 'up', unit: '', type: 'number', value: 1, series: '00000000000000b1' }] }] }],
  };

  test('shows what the monitor would be, step by step, and that the form has changed since', async () => {
    const page = begin({ 'POST /api/v1/monitors/test': trial });
    type(await field('Name'), 'shop-2');
    type(await field('Host'), 'h');
    fireEvent.click(screen.getByRole('button', { name: 'Test' }));
    const steps = await screen.findByRole('list', { name: 'Steps of the test' });
    expect(within(steps).getByText('Status')).toBeVisible();
    expect(screen.getByText('Up')).toBeVisible();
    expect(await bodyOf(sent(page.requests, 'POST', '/api/v1/monitors/test')[0])).toMatchObject({ params: { host: 'h' } });
    type(await field('Host'), 'i');
    expect(await screen.findByText('The form has been changed since this test.')).toBeVisible();
  });

  test('can be left while it runs, which is no fault', async () => {
    let aborted = false;
    begin({
      'POST /api/v1/monitors/test': (request: Request) =>
        new Promise((_, reject) => request.signal.addEventListener('abort', () => {
          aborted = true;
          reject(new DOMException('left', 'AbortError'));
        })),
    });
    await field('Host');
    fireEvent.click(screen.getByRole('button', { name: 'Test' }));
    fireEvent.click(await screen.findByRole('button', { name: 'Stop' }));
    expect(await screen.findByRole('button', { name: 'Test' })).toBeVisible();
    await waitFor(() => expect(aborted).toBe(true));
    expect(screen.queryByRole('alert')).toBeNull();
  });

  test('that is refused says so at the field', async () => {
    begin({ 'POST /api/v1/monitors/test': () => problem(400, 'cannot use the host', 'params.host') });
    await field('Host');
    fireEvent.click(screen.getByRole('button', { name: 'Test' }));
    await waitFor(async () => expect(await field('Host')).toHaveAccessibleDescription('cannot use the host'));
  });

  test('of a stored monitor says that stored secrets are not used, and sends none', async () => {
    const page = edit(monitor(), { 'POST /api/v1/monitors/test': trial });
    expect(await screen.findByText(/Stored secrets are not used for it/)).toBeVisible();
    fireEvent.click(screen.getByRole('button', { name: 'Test' }));
    await waitFor(() => expect(sent(page.requests, 'POST', '/api/v1/monitors/test')).toHaveLength(1));
    expect((await bodyOf(sent(page.requests, 'POST', '/api/v1/monitors/test')[0]))['params']).not.toHaveProperty('password');
  });
});

describe('a clone', () => {
  const clone = (one = monitor(), more: Answers = {}, options: Options = {}) =>
    renderPage(<ClonePage />, { route: '/monitors/$id/clone', path: `/monitors/${ID}/clone`, answers: answersOf(one, more), ...options });

  test('is made of the original by the server, which alone knows its secrets', async () => {
    const page = clone(monitor(), { [`POST /api/v1/monitors/${ID}/clone`]: () => json(monitor({ id: '00000000000000a2' }), 201) });
    expect(await field('Name')).toHaveValue('shop-1 (copy)');
    save();
    await waitFor(() => expect(page.location()).toBe('/monitors/00000000000000a2'));
    const [made] = sent(page.requests, 'POST', `/api/v1/monitors/${ID}/clone`);
    expect(await bodyOf(made)).toMatchObject({ name: 'shop-1 (copy)', params: { host: 'a.example' } });
    expect((await bodyOf(made))['params']).not.toHaveProperty('password');
  });

  test('of one in a file is made anew', async () => {
    const page = clone(monitor({ owner: 'file', file: 'm.yml', version: null }), { 'POST /api/v1/monitors': () => json(monitor(), 201) });
    type(await field('Name'), 'shop-2');
    save();
    await waitFor(() => expect(sent(page.requests, 'POST', '/api/v1/monitors')).toHaveLength(1));
  });
});

test('hostile names are text', async () => {
  edit(monitor({ name: HOSTILE, labels: { [HOSTILE]: HOSTILE }, description: HOSTILE }));
  expect(await field('Description')).toHaveValue(HOSTILE);
  expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('<script>alert(1)</script>');
  expect(document.querySelector('script')).toBeNull();
});

test('it speaks Chinese', async () => {
  begin({}, { language: 'zh' });
  expect(await screen.findByRole('textbox', { name: '主机' })).toBeVisible();
  fireEvent.click(screen.getByRole('button', { name: '保存' }));
  expect(await screen.findAllByText('请输入值。')).toHaveLength(2);
  expect(screen.getByText(/可以容纳/)).toBeVisible();
});
