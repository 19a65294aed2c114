// Pictures of the main pages for the README: PICTURES=../docs/images npm run e2e -- pictures
import { expect, test } from '@playwright/test';
import { logIn } from './pages';
import { Holter, Port, Site } from './server';

const folder = process.env['PICTURES'];

test.describe('pictures', () => {
  test.skip(folder === undefined, 'only where PICTURES names a folder');
  test.setTimeout(240_000);
  let holter: Holter;
  const sites: Site[] = [];
  const ports: Port[] = [];
  test.beforeAll(async () => {
    test.setTimeout(240_000);
    for (let i = 0; i < 4; ++i) sites.push(await Site.start());
    for (let i = 0; i < 3; ++i) ports.push(await Port.start());
    sites.forEach((site, i) => (site.delayMs = 3 * i));
    const site = (i: number) => String(sites[i % sites.length]?.port ?? 0);
    const port = (i: number) => String(ports[i % ports.length]?.port ?? 0);
    const monitors = [
      ...['shop', 'checkout', 'search', 'images', 'blog'].map((name, i) => ({ name: `${name}.example`, app: 'website', folder: 'web', params: { host: '127.0.0.1', port: site(i) } })),
      ...['db-1', 'db-2', 'db-3', 'queue-1', 'cache-1'].map((name, i) => ({ name, app: 'port', folder: 'data', params: { host: '127.0.0.1', port: port(i) } })),
      ...['router', 'switch-1', 'switch-2', 'nas', 'printer', 'vpn'].map((name) => ({ name, app: 'ping', folder: 'office', params: { host: '127.0.0.1' } })),
    ];
    holter = await Holter.start({ monitors: JSON.stringify({ monitors: monitors.map((one) => ({ interval: '1s', labels: { site: 'berlin' }, ...one })) }) });
    await holter.makeAccounts();
    await holter.waitForState('shop.example', 'UP');
    await new Promise((done) => setTimeout(done, 45_000));
    const failing = sites[1];
    if (failing !== undefined) failing.status = 503;
    ports[2]?.stop();
    await holter.waitForState('checkout.example', 'DOWN');
    await new Promise((done) => setTimeout(done, 20_000));
  });
  test.afterAll(async () => {
    for (const site of sites) site.stop();
    for (const port of ports) port.stop();
    await holter?.end();
  });

  test('of the main pages in both themes', async ({ page }) => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await logIn(page, holter, 'root');
    await holter.api('POST', '/api/v1/status-pages', {
      slug: 'example',
      spec: {
        title: 'Example',
        public: true,
        history_days: 90,
        groups: [
          { name: 'Shop', components: [{ id: 'shop', name: 'Shop', monitors: ['shop.example'] }, { id: 'checkout', name: 'Checkout', monitors: ['checkout.example'] }] },
          { name: 'Network', components: [{ id: 'office', name: 'Office', matchers: '{folder="office"}' }] },
        ],
      },
    });
    const { monitors } = await holter.api<{ monitors: { id: string }[] }>('GET', '/api/v1/monitors?text=checkout');
    const pictures = [
      ['overview', '/'],
      ['monitors', '/monitors'],
      ['monitor', `/monitors/${monitors[0]?.id ?? ''}?last=15m`],
      ['status', '/status/example'],
    ];
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const [name, path] of pictures) {
        await page.goto(`${holter.url}${path}`);
        await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible();
        await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
        await page.waitForTimeout(1500);
        await page.screenshot({ path: `${folder}/${name}-${scheme}.png` });
      }
    }
  });
});
