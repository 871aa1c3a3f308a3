// Debian's Chromium, driven by playwright-core; what every visit of the page must hold.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const hasChromium = existsSync(chromiumPath);

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Contexts in which axe is at work: it tries styles of its own, which the page's policy refuses. */
const audited = new Set();

export const openBrowser = () => chromium.launch({
  executablePath: chromiumPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'],
});

/**
 * A browser context on `origin`. Whatever a test does there, `finish` demands: no error or warning in the console, no violated
 * policy, no request to anywhere else. `expected`: texts of console lines that the test itself brings about.
 */
export async function visit(browser, origin, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US', timezoneId: 'America/Santiago', permissions: ['clipboard-read', 'clipboard-write'], ...options });
  context.setDefaultTimeout(60_000); // a machine may be busy
  const wrong = [];
  const expected = [];
  context.on('console', (line) => {
    if (['error', 'warning'].includes(line.type()) && !audited.has(context)) wrong.push(line.text());
  });
  context.on('weberror', (error) => wrong.push(String(error.error())));
  context.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('blob:')) wrong.push(`request to ${request.url()}`);
  });
  const page = await context.newPage();
  const go = async (hash = '#/', on = page) => {
    await on.goto(`${origin}/${hash}`);
    await on.locator('main[data-ready], h1').first().waitFor();
  };
  const finish = async () => {
    const left = wrong.filter((line) => !expected.some((text) => line.includes(text)));
    await context.close();
    assert.deepEqual(left, []);
  };
  return { context, page, go, finish, expected };
}

/** The view is drawn with its data. */
export const ready = (page) => page.locator('main[data-ready]').waitFor();

/** `scope`: only that part, where it lies over others. */
export async function checkAccessibility(page, what, scope = 'html') {
  audited.add(page.context());
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate((part) => globalThis.axe.run(part, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], preload: false }), scope);
  await page.evaluate(() => new Promise(requestAnimationFrame));
  audited.delete(page.context());
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`).join(' | ')}`), [], what);
}

export const scrollsSideways = (page) => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

/** Until `check` holds; the page decides when, no clock of the test's. */
export async function eventually(check, what, limit = 60_000) {
  const end = Date.now() + limit;
  let last;
  while (Date.now() < end) {
    last = await check();
    if (last) return last;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${limit} ms: ${what}`);
}
