import { expect, test } from '@playwright/test';
import { expectAccessible, expectFits, expectQuiet, logIn, watch } from './pages';
import { Holter, password, Port, Site } from './server';

test.describe('a first start', () => {
  let holter: Holter;
  let site: Site;
  test.beforeAll(async () => {
    [holter, site] = await Promise.all([Holter.start(), Site.start()]);
  });
  test.afterAll(async () => {
    site.stop();
    await holter.end();
  });

  test('leads from the link to a monitor that is up, within a minute', async ({ page }) => {
    const seen = watch(page, holter);
    const began = Date.now();
    await page.goto(holter.setUpLink);
    await expect(page).toHaveURL(`${holter.url}/setup`); // the token has left the address
    await page.getByLabel('Account name').fill('root');
    await page.locator('input[type=password]').first().fill(password);
    await page.locator('input[type=password]').nth(1).fill(password);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Make the account' }).click();

    await expect(page.getByRole('heading', { name: 'What do you want to watch?' })).toBeVisible();
    await page.getByLabel('Host, URL or network').fill(`http://127.0.0.1:${site.port}/`);
    await page.getByRole('button', { name: 'Look' }).click();
    await page.getByRole('button', { name: /^Save selected/ }).click({ timeout: 20_000 });
    await expect(page.getByText(/Watched now: \d/)).toBeVisible();
    await page.getByRole('button', { name: 'To the overview' }).or(page.getByRole('link', { name: 'To the overview' })).first().click();
    await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
    await expect(page.getByRole('link', { name: /^[1-9]\d* Up$/ }).first()).toBeVisible({ timeout: 20_000 });
    expect(Date.now() - began).toBeLessThan(60_000);
    expectQuiet(seen);
  });

});

test.describe('an entry', () => {
  let holter: Holter;
  test.beforeAll(async () => {
    holter = await Holter.start();
    await holter.makeAccounts();
  });
  test.afterAll(() => holter.end());

  test('the login sends back to where one wanted to, and says what is wrong', async ({ page }) => {
    await page.goto(`${holter.url}/incidents?show=all`);
    await page.waitForURL(/\/login\?next=/);
    await expectAccessible(page);
    await page.getByLabel('Account name').fill('root');
    await page.locator('input[type=password]').first().fill('wrong password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await page.locator('input[type=password]').first().fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(`${holter.url}/incidents?show=all`);
  });

  test('language and colours are kept, and the whole is there in Chinese', async ({ page }) => {
    await logIn(page, holter, 'root');
    await page.getByRole('button', { name: 'Account root' }).click();
    await page.getByRole('menuitem', { name: '中文' }).click();
    await expect(page.getByRole('link', { name: '概览' })).toBeVisible();
    await page.getByRole('button', { name: /root/ }).click();
    await page.getByRole('menuitem', { name: '深色' }).click();
    await page.reload();
    await expect(page.getByRole('link', { name: '概览' })).toBeVisible();
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh');
  });

  test('Ctrl-K finds pages and monitors', async ({ page }) => {
    await logIn(page, holter, 'root');
    await expect(page.getByRole('button', { name: /Search/ }).first()).toBeVisible();
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('Search monitors, pages, incidents').fill('wall');
    await page.getByRole('button', { name: /Status wall/ }).or(page.getByRole('option', { name: /Status wall/ })).first().click();
    await page.waitForURL(`${holter.url}/wall`);
  });
});

test.describe('a server with monitors', () => {
  let holter: Holter;
  let site: Site;
  let port: Port;
  const hostile = `<script>window.hacked=1</script> \u202etxt.exe ${'long '.repeat(30)}`;
  test.beforeAll(async () => {
    [site, port] = await Promise.all([Site.start(), Port.start()]);
    const monitors = [
      ['shop', 'website', { host: '127.0.0.1', port: String(site.port) }],
      ['door', 'port', { host: '127.0.0.1', port: String(port.port) }],
      [hostile, 'port', { host: '127.0.0.1', port: String(port.port) }],
    ];
    const list = monitors.map(([name, app, params]) => ({ name, app, interval: '1s', params, labels: { team: 'web', site: '<b>lab</b>' } }));
    holter = await Holter.start({ monitors: JSON.stringify({ monitors: list }) });
    await holter.makeAccounts();
    await holter.waitForState('shop', 'UP');
    await holter.waitForState('door', 'UP');
  });
  test.afterAll(async () => {
    site.stop();
    port.stop();
    await holter.end();
  });

  test('shows names from elsewhere as text, and nothing of them breaks the page', async ({ page }) => {
    const seen = watch(page, holter);
    await logIn(page, holter, 'vera');
    for (const path of ['/', '/wall', '/monitors', '/incidents']) {
      await page.goto(holter.url + path);
      await expect(page.getByText('<script>').or(page.locator('main')).first()).toBeVisible();
      await expectFits(page);
    }
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    expectQuiet(seen);
  });

  test('a fall and a recovery are seen without a reload', async ({ page }) => {
    await logIn(page, holter, 'vera');
    site.status = 500;
    await expect(page.getByRole('link', { name: /^1 Down$/ }).first()).toBeVisible({ timeout: 30_000 });
    site.status = 200;
    await expect(page.getByRole('link', { name: /^0 Down$/ }).first()).toBeVisible({ timeout: 30_000 });
  });

  test('an incident is acknowledged by an operator, and a viewer cannot', async ({ page, browser }) => {
    site.status = 500;
    await logIn(page, holter, 'otto', '/incidents');
    await expect(page.getByText(/shop/).first()).toBeVisible({ timeout: 30_000 });
    await page.getByRole('link', { name: /shop/ }).first().click();
    await page.waitForURL(/\/incidents\/\d+/);
    const address = page.url();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await expect(page.getByText(/acknowledged/i).first()).toBeVisible();
    const other = await browser.newPage();
    await logIn(other, holter, 'vera', new URL(address).pathname);
    await expect(other.getByText(/acknowledged/i).first()).toBeVisible();
    await expect(other.getByRole('button', { name: 'Acknowledge' })).toHaveCount(0);
    await other.close();
    site.status = 200;
  });

  test('a restart of the server is said, and the page goes on by itself', async ({ page }) => {
    await logIn(page, holter, 'vera');
    await expect(page.getByText('Live')).toBeVisible();
    await holter.stop('SIGKILL');
    await expect(page.getByText(/No connection to the server/)).toBeVisible();
    await holter.run();
    await expect(page.getByText(/No connection to the server/)).toHaveCount(0, { timeout: 40_000 });
    await expect(page.getByText('Live')).toBeVisible();
    await expect(page.getByRole('link', { name: /Up/ }).first()).toBeVisible();
  });

  for (const scheme of ['light', 'dark'] as const)
    test(`each page passes axe (${scheme})`, async ({ page }) => {
      test.setTimeout(240_000);
      await page.emulateMedia({ colorScheme: scheme });
      const seen = watch(page, holter);
      await logIn(page, holter, 'root');
      const { monitors } = await holter.api<{ monitors: { id: string; name: string }[] }>('GET', '/api/v1/monitors?text=shop');
      const id = monitors[0]?.id ?? '';
      const pages = [
        '/', '/wall', '/start', '/monitors', `/monitors/${id}`, `/monitors/${id}?tab=charts`, `/monitors/${id}?tab=rounds`, `/monitors/${id}?tab=config`,
        '/monitors/new', `/monitors/new?app=website`, '/charts', '/incidents?show=all', '/notifications', '/alerting/rules', '/alerting/rules/new', '/alerting/receivers',
        '/alerting/receivers/new', '/alerting/silences', '/alerting/routes', '/definitions', '/definitions/website', '/memory', '/status-pages', '/settings/accounts',
        '/settings/tokens', '/settings/audit', '/settings/system',
      ];
      const wrong: string[] = [];
      for (const path of pages) {
        await page.goto(holter.url + path);
        await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible();
        await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
        try {
          await expectAccessible(page);
        } catch (error) {
          wrong.push(`${path}: ${String(error).slice(0, 1500)}`);
        }
      }
      expect(wrong).toEqual([]);
      expectQuiet(seen);
    });

  test('each page fits a phone', async ({ page }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await logIn(page, holter, 'root');
    const wrong: string[] = [];
    for (const path of ['/', '/start', '/monitors', '/incidents?show=all', '/notifications', '/alerting/rules', '/alerting/silences', '/definitions', '/memory', '/status-pages', '/settings/accounts', '/settings/audit']) {
      await page.goto(holter.url + path);
      await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible();
      await expectFits(page).catch(() => wrong.push(path));
    }
    expect(wrong).toEqual([]);
  });

  test('an answer that fails, and one that never comes, say what to do', async ({ page }) => {
    await logIn(page, holter, 'vera');
    await page.route('**/api/v1/incidents?**', (route) =>
      route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ type: 'x', title: 'Fault', status: 500, detail: 'it broke <b>here</b>' }) }),
    );
    await page.goto(`${holter.url}/incidents`);
    await expect(page.getByText('it broke <b>here</b>').first()).toBeVisible();
    await expect(page.getByRole('button', { name: 'Try again' }).first()).toBeVisible();
    await page.unroute('**/api/v1/incidents?**');
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await expect(page.getByText('it broke <b>here</b>')).toHaveCount(0);
  });
});
