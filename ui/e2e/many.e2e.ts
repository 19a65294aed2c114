import { expect, test } from '@playwright/test';
import { expectQuiet, logIn, watch } from './pages';
import { Holter } from './server';

const count = 10_000;
/** Chromium draws in software here, beside the server: a graphics card does several times as much. */
const leastFrames = 20;

test.describe('ten thousand monitors', () => {
  let holter: Holter;
  test.beforeAll(async () => {
    test.setTimeout(120_000);
    const monitors = Array.from({ length: count }, (_, i) => ({
      name: `host-${String(i).padStart(5, '0')}`,
      app: 'ping',
      interval: '10m',
      labels: { rack: `r${i % 50}` },
      params: { host: `127.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}` },
    }));
    holter = await Holter.start({ monitors: JSON.stringify({ monitors }), env: { HOLTER_MEMORY_BUDGET: '256MiB' } });
    await holter.makeAccounts();
  });
  test.afterAll(() => holter.end());

  test('scroll fluidly to the end, and nothing piles up in the page', async ({ page }) => {
    test.setTimeout(120_000);
    const seen = watch(page, holter);
    await logIn(page, holter, 'vera', '/monitors');
    await expect(page.getByText('host-00000')).toBeVisible();
    const list = page.locator('[role=rowgroup][tabindex="0"]');
    await list.hover();
    const frames = page.evaluate(
      () =>
        new Promise<number>((done) => {
          let n = 0;
          const began = performance.now();
          const step = () => {
            ++n;
            if (performance.now() - began < 4000) requestAnimationFrame(step);
            else done((1000 * n) / (performance.now() - began));
          };
          requestAnimationFrame(step);
        }),
    );
    for (let i = 0; i < 80; ++i) {
      await page.mouse.wheel(0, 600);
      await page.waitForTimeout(40);
    }
    const perSecond = await frames;
    console.log(`      ${Math.round(perSecond)} frames a second while ${count} monitors are scrolled`);
    expect(perSecond).toBeGreaterThan(leastFrames);
    await list.press('End');
    await expect(page.getByText('host-09999')).toBeVisible();
    expect(await page.locator('[role=row]').count()).toBeLessThan(100);
    expectQuiet(seen);
  });

  test('a filter is answered while one types', async ({ page }) => {
    await logIn(page, holter, 'vera', '/monitors');
    await expect(page.getByText('host-00000')).toBeVisible();
    const box = page.getByRole('searchbox', { name: 'Part of a name' });
    await box.fill('host-0777');
    const began = Date.now();
    await expect(page.getByText('host-07770')).toBeVisible();
    const took = Date.now() - began;
    console.log(`      filter of ${count} monitors shown after ${took} ms, of which 150 wait for the next letter`);
    expect(took).toBeLessThan(2_000);
    await expect(page.getByText('10 match')).toBeVisible();
    await expect(page).toHaveURL(/text=host-0777/);
  });
});
