// What the tests of the browser share.
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { password, type Holter } from './server';

/** Logs in by the page, as people do. */
export async function logIn(page: Page, holter: Holter, name: string, next = '/'): Promise<void> {
  await page.goto(`${holter.url}/login?next=${encodeURIComponent(next)}`);
  await page.getByLabel('Account name').fill(name);
  await page.locator('input[type=password]').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL((url) => url.pathname + url.search === next || url.pathname === next);
}

/** Rules of WCAG 2.2 A and AA. */
export async function expectAccessible(page: Page, exclude: string[] = []): Promise<void> {
  let axe = new AxeBuilder({ page: page as never }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']);
  for (const one of exclude) axe = axe.exclude(one);
  const { violations } = await axe.analyze();
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(' | ')}`);
  expect(told).toEqual([]);
}

/** The page itself does not scroll sideways. */
export async function expectFits(page: Page): Promise<void> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(over).toBeLessThanOrEqual(0);
}

/** Notes what the page prints as an error, breaks its policy, or asks of others. Give the result to expectQuiet(). */
export function watch(page: Page, holter: Holter): string[] {
  const seen: string[] = [];
  page.on('pageerror', (error) => seen.push(`thrown: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    // The browser itself prints each answer that is no success; whether there should be one is for the test to say.
    if (message.type() === 'error' && !text.includes('Failed to load resource')) seen.push(text);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(holter.url) && !url.startsWith('data:') && !url.startsWith('blob:')) seen.push(`foreign request: ${url}`);
  });
  return seen;
}
export function expectQuiet(seen: string[]): void {
  expect(seen).toEqual([]);
}
