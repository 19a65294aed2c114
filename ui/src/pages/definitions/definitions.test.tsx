import { notifications } from '@mantine/notifications';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import type { Schemas } from '@/api/client';
import { definition as shop, HOSTILE } from '@/pages/edit/testData';
import { json, problem, renderPage, type Answers, type Options } from '@/testing/render';
import DefinitionPage from './DefinitionPage';
import DefinitionsPage from './DefinitionsPage';
import EditPage from './EditPage';
import { appOf, marksOf } from './findings';
import NewPage from './NewPage';

vi.mock('@/ui/CodeEditor', () => import('@/pages/edit/editorMock'));
vi.mock('@/ui/DiffView', () => import('@/pages/edit/editorMock'));
afterEach(() => notifications.clean()); // toasts outlive the page that they came from

const TEXT = 'app: shop\ncategory: custom\nhelp: {}\n';
const good: Schemas['DefinitionCheck'] = { usable: true, findings: [], monitors: 3, refused_count: 0, refused: [] };
const report: Schemas['DefinitionReport'] = { dry_run: false, version: 3, removed: false, monitors: 3, in_force: true, pending: null, findings: [] };
// As the server answers: a text has no tag.
const yaml = (text: string) => new Response(text, { headers: { 'Content-Type': 'application/yaml' } });
/** One definition, as a form needs it and as a text. */
const served = (one: Schemas['Definition'] = shop, text = TEXT, etag = '"2"') => (request: Request) =>
  new URL(request.url).searchParams.get('format') === 'yaml' ? yaml(text) : json(one, 200, { ETag: etag });

const open = (one: Partial<Schemas['Definition']> = {}, search = '', more: Answers = {}, options: Options = {}) =>
  renderPage(<DefinitionPage />, {
    route: '/definitions/$name', path: `/definitions/shop${search}`, answers: { 'GET /api/v1/definitions/shop': served({ ...shop, ...one }), ...more }, ...options,
  });
const edit = (more: Answers = {}, options: Options = {}) =>
  renderPage(<EditPage />, {
    route: '/definitions/$name/edit', path: '/definitions/shop/edit',
    answers: { 'GET /api/v1/definitions/shop': served(), 'POST /api/v1/definitions/shop/check': good, ...more }, ...options,
  });
const editor = () => screen.findByRole('textbox', { name: 'The definition as YAML' });
const type = (input: HTMLElement, value: string) => fireEvent.change(input, { target: { value } });
const press = (name: string | RegExp) => fireEvent.click(screen.getByRole('button', { name }));
const puts = (requests: Request[]) => requests.filter(({ method }) => method === 'PUT');

describe('the list', () => {
  const rows = [
    shop,
    { ...shop, app: 'pg', category: 'db', name: { en: 'PostgreSQL' }, monitors: 0, source: 'catalog' as const, fault: 'gone' },
    { ...shop, app: 'my', category: 'db', name: { en: HOSTILE }, monitors: 0 },
  ];
  const list = (options: Options = {}) =>
    renderPage(<DefinitionsPage />, { path: '/definitions', answers: { 'GET /api/v1/definitions': { total: 3, offset: 0, limit: 1000, definitions: rows } }, ...options });

  test('has counts by category, and filters by it in the address', async () => {
    const page = list();
    expect(await screen.findByRole('checkbox', { name: 'Databases 2' })).toBeInTheDocument();
    fireEvent.click(screen.getByRole('checkbox', { name: 'Custom 1' }));
    await waitFor(() => expect(page.location()).toBe('/definitions?category=custom'));
    expect(screen.getByRole('link', { name: 'Shop' })).toHaveAttribute('href', '/definitions/shop');
    expect(screen.queryByRole('link', { name: 'PostgreSQL' })).toBeNull();
    expect(screen.getByRole('link', { name: '3' })).toHaveAttribute('href', '/monitors?app=shop');
  });

  test('asks the server for a text', async () => {
    const page = list();
    type(await screen.findByRole('searchbox'), 'post');
    await waitFor(() => expect(page.requests.some(({ url }) => url.includes('text=post'))).toBe(true));
    expect(page.location()).toBe('/definitions?text=post');
  });

  test('tells which are edited here and which are not in force, and shows hostile names as text', async () => {
    list();
    const row = await screen.findByRole('row', { name: /PostgreSQL/ });
    expect(within(row).getByText('edited here')).toBeVisible();
    expect(within(row).getByText('not in force')).toBeVisible();
    expect(screen.getByText(/<script>alert/)).toBeVisible();
    expect(document.querySelector('script')).toBeNull();
  });

  test('offers a new one to admins alone', async () => {
    list({ role: 'editor' });
    await screen.findByText('PostgreSQL');
    expect(screen.queryByRole('link', { name: 'New definition' })).toBeNull();
  });

  test('speaks Chinese', async () => {
    list({ language: 'zh' });
    expect(await screen.findByRole('link', { name: '商店' })).toBeVisible();
    expect(screen.getByRole('checkbox', { name: '数据库 2' })).toBeInTheDocument();
  });
});

describe('the page of one', () => {
  test('shows sets with fields and units, and what else is known of it', async () => {
    open({
      extends: 'base', help: { en: HOSTILE }, help_link: { en: 'https://shop.example/docs' },
      results: [{ ...shop.results[0]!, fields: [{ field: 'wait', i18n: { en: 'Waiting time' }, type: 'number', unit: 'ms', label: false }] }],
    });
    expect(await screen.findByRole('row', { name: 'wait Waiting time number ms' })).toBeVisible();
    expect(screen.getByText('decides on up and down')).toBeVisible();
    expect(screen.getByRole('link', { name: 'base' })).toHaveAttribute('href', '/definitions/base');
    expect(screen.getByRole('link', { name: 'Documentation of the product' })).toHaveAttribute('href', 'https://shop.example/docs');
    expect(document.querySelector('script')).toBeNull();
  });

  test('has no link to an address that is none of the web', async () => {
    open({ help_link: { en: 'javascript:alert(1)' } });
    await screen.findByRole('heading', { level: 1, name: 'Shop' });
    expect(screen.queryByRole('link', { name: 'Documentation of the product' })).toBeNull();
  });

  test('shows parameters with bounds, values and when they are asked', async () => {
    open({}, '?tab=params');
    expect(await screen.findByRole('row', { name: /port Port number · \[1,65535\] 8080/ })).toBeVisible();
    expect(screen.getByRole('row', { name: /auth Log in radio · none \| basic none/ })).toBeVisible();
    expect(screen.getByRole('row', { name: /password Password password auth: basic/ })).toBeVisible();
  });

  test('shows the text as it was written', async () => {
    open({}, '?tab=yaml');
    expect(await screen.findByRole('textbox', { name: 'YAML' })).toHaveValue(TEXT);
  });

  test.each([
    ['viewer', []],
    ['editor', ['New monitor of this']],
    ['admin', ['New monitor of this', 'Edit']],
  ] as const)('lets a %s do what the role may', async (role, links) => {
    open({ source: 'catalog', version: 2 }, '', {}, { role });
    await screen.findByRole('heading', { level: 1, name: 'Shop' });
    const found = ['New monitor of this', 'Edit'].filter((name) => screen.queryByRole('link', { name }) !== null);
    expect(found).toEqual([...links]);
    expect(screen.queryByRole('button', { name: 'Delete' }) !== null).toBe(role === 'admin');
  });

  test('compares versions with what is in force, and goes back to one on the version that was seen', async () => {
    const page = open({ source: 'catalog', version: 2 }, '?tab=versions', {
      'GET /api/v1/definitions/shop': (request: Request) =>
        new URL(request.url).searchParams.get('version') === '1' ? yaml('app: shop\ncategory: db\n') : served({ ...shop, source: 'catalog', version: 2 })(request),
      'GET /api/v1/definitions/shop/versions': { versions: [{ version: 2, deleted: false, created: null, created_by: HOSTILE }, { version: 1, deleted: false, created: null, created_by: 'bob' }] },
      'PUT /api/v1/definitions/shop': report,
    });
    fireEvent.click(await screen.findByRole('button', { name: 'Compare version 1 with now' }));
    expect(await screen.findByLabelText('Version 1 and what is in force')).toHaveTextContent('-category: db');
    expect(screen.queryByRole('button', { name: 'Go back to version 2' })).toBeNull();
    press('Go back to version 1');
    fireEvent.click(await screen.findByRole('button', { name: 'Go back to it' }));
    await waitFor(() => expect(puts(page.requests)).toHaveLength(1));
    expect(puts(page.requests)[0]?.headers.get('If-Match')).toBe('"2"');
    expect(await puts(page.requests)[0]?.json()).toEqual({ text: 'app: shop\ncategory: db\n' });
  });

  test('is deleted on the version that was seen, once its name is typed', async () => {
    const page = open({ source: 'catalog', version: 2, overrides: 'definitions/custom/shop.yml' }, '', { 'DELETE /api/v1/definitions/shop': { ...report, version: null } });
    fireEvent.click(await screen.findByRole('button', { name: 'Delete' }));
    const dialog = await screen.findByRole('dialog', { hidden: true });
    expect(within(dialog).getByText(/definitions\/custom\/shop.yml counts again/)).toBeInTheDocument();
    type(within(dialog).getByRole('textbox', { hidden: true }), 'shop');
    fireEvent.click(within(dialog).getByRole('button', { name: 'Delete', hidden: true }));
    await waitFor(() => expect(page.requests.find(({ method }) => method === 'DELETE')?.headers.get('If-Match')).toBe('"2"'));
    expect(await screen.findByText('The definition is deleted.')).toBeVisible();
  });

  test('says why it is not in force', async () => {
    open({ fault: HOSTILE });
    expect(await screen.findByText('not in force')).toBeVisible();
    expect(screen.getByText(/<script>alert/)).toBeVisible();
  });
});

describe('the editor', () => {
  const findings: Schemas['Finding'][] = [
    { severity: 'error', line: 3, column: 7, key: 'metrics[0].fields[2].type', message: 'cannot use the type 9' },
    { severity: 'warning', line: null, column: null, key: '', message: 'no set has priority 0' },
  ];

  test('marks what the server finds, by line and column, and says it in words', async () => {
    edit({ 'POST /api/v1/definitions/shop/check': { usable: false, findings, monitors: 0, refused_count: 21, refused: [{ name: HOSTILE, reason: 'port is gone' }] } });
    const marks = await screen.findByRole('list', { name: 'The definition as YAML: marks' });
    expect(await within(marks).findByText('error 3:7 metrics[0].fields[2].type: cannot use the type 9')).toBeInTheDocument();
    expect(within(marks).getByText('warning 1:- no set has priority 0')).toBeInTheDocument();
    expect(screen.getByText('It cannot be saved yet.')).toBeVisible();
    const words = screen.getByRole('list', { name: 'What was found' });
    expect(within(words).getAllByRole('listitem')[0]).toHaveTextContent('Error in line 3, column 7: metrics[0].fields[2].type: cannot use the type 9');
    expect(screen.getByText('Monitors that would lose what they need: 21.')).toBeVisible();
    expect(screen.getByText('port is gone')).toBeVisible();
    expect(screen.getByText('and 20 more')).toBeVisible();
  });

  test('saves on the version that was edited', async () => {
    const page = edit({ 'PUT /api/v1/definitions/shop': report });
    expect(await editor()).toHaveValue(TEXT);
    expect(screen.getByRole('button', { name: 'Save' })).toBeDisabled(); // there is nothing to save yet
    type(await editor(), `${TEXT}name: {en-US: Shop}\n`);
    expect(await screen.findByText('It can be saved. Monitors that follow: 3.')).toBeVisible();
    press('Save');
    await waitFor(() => expect(page.location()).toBe('/definitions/shop'));
    expect(puts(page.requests)[0]?.headers.get('If-Match')).toBe('"2"');
    expect(await puts(page.requests)[0]?.json()).toEqual({ text: `${TEXT}name: {en-US: Shop}\n` });
    expect(await screen.findByText('Saved, and in force. Monitors that follow: 3.')).toBeVisible();
  });

  test('leads to a trial against a live host', async () => {
    const page = edit({ 'PUT /api/v1/definitions/shop': { ...report, in_force: false, pending: 'no memory' } });
    type(await editor(), `${TEXT}#\n`);
    press('Save and try');
    await waitFor(() => expect(page.location()).toBe('/monitors/new?app=shop'));
    expect(await screen.findByText('Saved, and not in force yet: no memory')).toBeVisible();
  });

  test('tells which monitors are in the way', async () => {
    edit({
      'PUT /api/v1/definitions/shop': () => json({ type: 'x', title: 'Refused', status: 409, detail: 'monitors would lose what they need', monitors: [{ name: 'shop-1', reason: 'port is gone' }] }, 409),
    });
    type(await editor(), `${TEXT}#\n`);
    press('Save');
    expect(await screen.findByText('monitors would lose what they need')).toBeVisible();
    expect(screen.getByText('port is gone')).toBeVisible();
  });

  function race() {
    let isLate = false;
    return edit({
      'GET /api/v1/definitions/shop': (request: Request) =>
        served({ ...shop, version: isLate ? 3 : 2, updated_by: 'alice' }, isLate ? 'app: shop\ncategory: db\n' : TEXT, isLate ? '"3"' : '"2"')(request),
      'PUT /api/v1/definitions/shop': (request: Request) => {
        isLate = true;
        return request.headers.get('If-Match') === '"3"' ? report : problem(412, 'it is version 3 now', 'If-Match');
      },
    });
  }

  test('shows what differs when somebody else was quicker, and stores mine over what was shown', async () => {
    const page = race();
    type(await editor(), 'app: shop\ncategory: cn\n');
    press('Save');
    expect(await screen.findByText('alice was quicker. Below is what yours would change in it.')).toBeVisible();
    expect(screen.getByLabelText('From theirs to yours')).toHaveTextContent('-category: db +category: cn');
    press('Store mine over it');
    await waitFor(() => expect(page.location()).toBe('/definitions/shop'));
    expect(puts(page.requests).map((request) => request.headers.get('If-Match'))).toEqual(['"2"', '"3"']);
  });

  test('takes theirs up, and forgets mine', async () => {
    race();
    type(await editor(), 'app: shop\ncategory: cn\n');
    await waitFor(() => expect(sessionStorage.getItem('holter.draft.definition.shop')).toContain('cn'));
    press('Save');
    fireEvent.click(await screen.findByRole('button', { name: 'Take theirs' }));
    await waitFor(async () => expect(await editor()).toHaveValue('app: shop\ncategory: db\n'));
    expect(sessionStorage.getItem('holter.draft.definition.shop')).toBeNull();
  });

  test('goes on with a draft on the version that it was made on', async () => {
    sessionStorage.setItem('holter.draft.definition.shop', JSON.stringify({ text: 'app: shop\n#mine\n', etag: '"1"' }));
    const page = edit({ 'PUT /api/v1/definitions/shop': () => problem(412, 'it is version 2 now', 'If-Match') });
    expect(await screen.findByText(/Meanwhile somebody else has changed it/)).toBeVisible();
    press('Go on with it');
    expect(await editor()).toHaveValue('app: shop\n#mine\n');
    press('Save');
    expect(await screen.findByText('Somebody has changed this definition meanwhile')).toBeVisible();
    expect(puts(page.requests)[0]?.headers.get('If-Match')).toBe('"1"');
  });

  test('speaks Chinese', async () => {
    edit({}, { language: 'zh' });
    expect(await screen.findByText('可以保存。随之更新的监控：3。')).toBeVisible();
  });
});

describe('a new definition', () => {
  const create = (more: Answers = {}) =>
    renderPage(<NewPage />, { path: '/definitions/new', answers: { 'POST /api/v1/definitions/my_service/check': good, 'POST /api/v1/definitions/till/check': good, ...more } });

  test('is named by its text, and replaces nothing', async () => {
    const page = create({ 'PUT /api/v1/definitions/till': report });
    type(await editor(), 'app: till\ncategory: custom\n');
    expect(await screen.findByText(/It can be saved/)).toBeVisible();
    press('Save');
    await waitFor(() => expect(page.location()).toBe('/definitions/till'));
    expect(puts(page.requests)[0]?.headers.get('If-Match')).toBeNull();
  });

  test('without a name is not saved', async () => {
    create();
    type(await editor(), 'category: custom\n');
    expect(await screen.findByText('error 1:- Name the application by the key app.')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Save' })).toBeDisabled();
  });

  test('of a name that is there leads to that one', async () => {
    create({ 'PUT /api/v1/definitions/till': () => problem(428, 'If-Match is missing', 'If-Match') });
    type(await editor(), 'app: till\n');
    press('Save');
    expect(await screen.findByText(/There is a definition of till already/)).toBeVisible();
    expect(screen.getByRole('link', { name: 'Edit it' })).toHaveAttribute('href', '/definitions/till/edit');
  });
});

test('the name is read from texts that are not whole', () => {
  expect(appOf('app: shop\nname: {')).toBe('shop');
  expect(appOf('category: x\napp: "shop" # mine\n: [')).toBe('shop');
  expect(appOf('- app: shop')).toBe('');
  expect(appOf('')).toBe('');
});

test('what is about the whole stands at the first line', () => {
  expect(marksOf([{ severity: 'warning', line: null, column: null, key: '', message: 'm' }])).toEqual([{ line: 1, column: undefined, message: 'm', severity: 'warning' }]);
});
