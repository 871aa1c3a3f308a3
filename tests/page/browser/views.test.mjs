// Every view, in every look: nothing wrong for a screen reader, nothing sideways, nothing in the console.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { openBrowser, ready, visit, checkAccessibility, scrollsSideways } from './browser.mjs';
import { startServer } from '../dev.mjs';
import { createWorld } from '../fixtures.mjs';

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser?.close());

const looks = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};
const routes = (world) => ({
  Now: '#/', Events: '#/events', 'filtered events': '#/events?state=dead&sink=accounting', 'events that are not there': '#/events?q=nothing%20of%20it',
  'one event': `#/events/${world.rowAt(4).id}`, 'headers of an event': `#/events/${world.rowAt(4).id}?tab=headers`, 'an event of a form': `#/events/${world.list({ endpoint: 'ejunkie' }).events[0].id}`, 'an event that is gone': '#/events/01a22ce4-6569-7652-a747-000000000000',
  Rejections: '#/rejections', Sinks: '#/sinks', 'a sink with waiting ones': '#/sinks/crm', 'a sink with given up ones': '#/sinks/accounting?tab=dead', 'routes of a sink': '#/sinks/crm?tab=routes', Setup: '#/setup', 'Check-up': '#/checkup', 'no such view': '#/nothing',
});

for (const [look, options] of Object.entries(looks)) {
  test(`every view in ${look}`, async (t) => {
    const server = await startServer();
    const { page, go, finish, expected } = await visit(browser, server.origin, options);
    expected.push('404');
    for (const [name, hash] of Object.entries(routes(server.world))) {
      await t.test(name, async () => {
        await go(hash);
        await ready(page);
        await checkAccessibility(page, `${name}, ${look}`);
        assert.equal(await scrollsSideways(page), false);
        assert.equal(await page.locator('h1').count(), 1);
        assert.equal(await page.locator('[style]').count(), 0);
      });
    }
    await finish();
    await server.close();
  });
}

for (const scenario of ['calm', 'first', 'token', 'viewonly', 'full']) {
  test(`the state ${scenario}`, async () => {
    const server = await startServer({ world: createWorld({ scenario }) });
    const { page, go, finish, expected } = await visit(browser, server.origin);
    expected.push('401');
    await go();
    await ready(page);
    await checkAccessibility(page, scenario);
    const title = await page.locator('h1').textContent();
    assert.equal(title, { calm: 'All is well', first: 'All is well', token: 'Shopbell asks for its token', viewonly: '3 things need you', full: '3 things need you' }[scenario]);
    if (scenario === 'full') await page.getByText('Stores are told to come again: only 12 MiB of disk are free').waitFor();
    if (scenario === 'first') await page.getByRole('heading', { name: 'Nothing came yet' }).waitFor();
    await finish();
    await server.close();
  });
}

test('a sink that another daemon holds says so', async () => {
  const server = await startServer({ world: createWorld({ scenario: 'pair' }) });
  const { page, go, finish } = await visit(browser, server.origin);
  for (const [hash, ...texts] of [['#/sinks', 'held by shop-b until 03:12:13', 'held by another daemon'], ['#/sinks/crm', 'held by shop-b until 03:12:13'], ['#/sinks/slack', 'held by another daemon']]) {
    await go(hash);
    await ready(page);
    for (const text of texts) await page.getByText(text, { exact: true }).waitFor();
    await checkAccessibility(page, hash);
  }
  await finish();
  await server.close();
});

test('dialogs and menus, light and dark', async () => {
  const server = await startServer();
  for (const colorScheme of ['light', 'dark']) {
    const { page, go, finish } = await visit(browser, server.origin, { colorScheme });
    await go('#/sinks/accounting?tab=dead');
    await page.getByRole('button', { name: 'Drop these…' }).click();
    await page.getByText('Type 40 to confirm').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Drop 40' }).isDisabled(), true);
    await checkAccessibility(page, 'a question');
    await page.keyboard.press('Escape');
    await page.locator('h1').click();
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keyboard' }).waitFor();
    await checkAccessibility(page, 'the keys');
    await page.keyboard.press('Escape');
    await go(`#/events/${server.world.rowAt(4).id}`);
    await page.locator('.head').getByRole('button', { name: 'Deliver again' }).click();
    await checkAccessibility(page, 'a menu', '.menu ul:not([hidden])');
    await finish();
  }
  await server.close();
});

test('320 pixels, text of twice the size, forced colours, reduced motion', async () => {
  const server = await startServer();
  for (const options of [{ viewport: { width: 320, height: 640 } }, { viewport: { width: 640, height: 900 }, deviceScaleFactor: 2 }, { forcedColors: 'active', reducedMotion: 'reduce' }]) {
    const { page, go, finish } = await visit(browser, server.origin, options);
    for (const hash of ['#/', '#/events', `#/events/${server.world.rowAt(4).id}`, '#/sinks/accounting?tab=dead', '#/rejections']) {
      await go(hash);
      await ready(page);
      assert.equal(await scrollsSideways(page), false, `${hash} ${JSON.stringify(options)}`);
    }
    await finish();
  }
  await server.close();
});

test('without JavaScript the terminal’s commands are named', async () => {
  const server = await startServer();
  const { page, finish } = await visit(browser, server.origin, { javaScriptEnabled: false });
  await page.goto(server.origin);
  assert.match(await page.locator('noscript pre').innerText(), /shopbell dead list/);
  await finish();
  await server.close();
});

test('the page as an auditor sees it', async () => {
  const server = await startServer();
  const { page, go, finish } = await visit(browser, server.origin);
  const answers = [];
  page.on('response', (answer) => answers.push(answer));
  await go();
  await ready(page);
  const calls = answers.filter((answer) => answer.url().includes('/api/') && !answer.url().includes('/stream'));
  assert.ok(calls.length <= 2, `Now makes ${calls.length} calls`);
  for (const answer of answers.filter((one) => one.url().includes('/page/'))) {
    const headers = await answer.allHeaders();
    assert.equal(headers['content-encoding'], 'gzip', answer.url());
    assert.match(headers['cache-control'], /immutable/);
  }
  const found = await page.evaluate(() => ({
    lang: document.documentElement.lang, title: document.title, viewport: document.querySelector('meta[name=viewport]').content, description: document.querySelector('meta[name=description]').content,
    sheets: document.querySelectorAll('link[rel=stylesheet]').length, blocking: document.querySelectorAll('script:not([type=module]):not([defer])').length,
    unnamed: [...document.querySelectorAll('button, a, input, select')].filter((node) => !node.textContent.trim() && !node.getAttribute('aria-label') && !node.labels?.length).map((node) => node.outerHTML),
  }));
  found.shift = await page.evaluate(() => new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().reduce((sum, entry) => sum + entry.value, 0))).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => resolve(0), 500); // no shift, no entry
  }));
  assert.deepEqual([found.lang, found.title, found.sheets, found.blocking, found.unnamed], ['en', 'Now · Shopbell', 1, 0, []]);
  assert.ok(found.viewport.includes('width=device-width') && found.description.length > 20 && found.shift < 0.02);
  await finish();
  await server.close();
});
