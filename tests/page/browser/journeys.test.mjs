// What an operator does, against the fixtures: over the files that the daemon serves where SHOPBELL names it, else over those of
// src/admin/page.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { openBrowser, ready, visit, eventually } from './browser.mjs';
import { servedPage } from './daemon.mjs';
import { startServer } from '../dev.mjs';
import { createWorld } from '../fixtures.mjs';

let browser;
let served;
before(async () => { [browser, served] = await Promise.all([openBrowser(), servedPage()]); });
after(() => browser?.close());

/** A test with a server of its own and a page that must end without a complaint. */
function journey(name, { scenario, count, options, expects = [] }, run) {
  test(name, async () => {
    const server = await startServer({ world: createWorld({ scenario, count }), served });
    const visited = await visit(browser, server.origin, options);
    visited.expected.push(...expects);
    try {
      await run({ ...visited, server, world: server.world });
      await visited.finish();
    } finally {
      await visited.context.close().catch(() => {});
      await server.close();
    }
  });
}

const rowTitles = (page) => page.locator('tbody tr td.a').allTextContents();

journey('order 1026 is found by number, by address and by transaction', {}, async ({ page, go, world }) => {
  await go();
  const search = page.getByRole('searchbox');
  await search.fill('1026');
  await search.press('Enter');
  await page.getByText('matching “1026”').waitFor();
  await page.getByText('Order 1026 paid').waitFor();
  await ready(page);
  assert.deepEqual((await rowTitles(page)).slice(0, 3), ['Order 1026 updated', 'Order 1026 paid', 'Order 1026 created']);

  await search.fill('ana.perez@example.com');
  await search.press('Enter');
  await page.getByText('matching “ana.perez@example.com”').waitFor();
  await page.getByText('Order 1026 paid').waitFor();
  assert.equal(new URL(page.url()).hash, '#/events?q=*');
  assert.ok(world.calls.every((call) => !call.includes('perez')), 'an address stands in a URL');

  const sale = world.list({ endpoint: 'ejunkie' }).events[0];
  await search.fill(`txn-${sale.order.number}`);
  await search.press('Enter');
  await page.getByText(sale.title).first().waitFor();

  await search.fill(sale.id);
  await search.press('Enter');
  await page.getByRole('heading', { level: 1, name: sale.title }).waitFor();
});

journey('accounting refuses: its 40 are sent again, once, and what came after the plan is not', {}, async ({ page, go, world }) => {
  await go();
  await page.getByText('accounting has given up 40 events').waitFor();
  await page.getByRole('link', { name: 'Look at them' }).click();
  await page.getByText('422 unknown currency CLP').first().waitFor();
  await page.getByRole('button', { name: 'Try these again…' }).click();
  await page.getByRole('heading', { name: 'Try 40 again at accounting?' }).waitFor();
  await page.getByText('A receiver that does not look at the event’s id will act twice.').waitFor();
  world.arrive(3);
  await page.getByRole('button', { name: 'Try 40 again', exact: true }).dblclick();
  await page.getByText('40 events will be tried again.').waitFor();
  assert.deepEqual(world.replays.map(({ what, sink, count }) => [what, sink, count]), [['retry', 'accounting', 40]]);
  const plan = world.calls.find((call) => call.includes('plan=1'));
  assert.match(plan, /before=2026-11-30T06%3A11%3A53.000Z/);
  await eventually(() => page.getByText('This sink has given up nothing.').isVisible(), 'the list is read again');
});

journey('40,000 are sent again: progress, stop, go on', { scenario: 'flood', count: 45_000 }, async ({ page, go, world }) => {
  world.bulkStep = 15_000;
  await go('#/sinks/accounting?tab=dead');
  await page.getByRole('button', { name: 'Try these again…' }).click();
  world.delay = 1000;
  await page.getByRole('button', { name: 'Try 40,000 again', exact: true }).click();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText(/^Stopped: (15|30),000 of about 40,000 done/).waitFor();
  await page.getByRole('link', { name: 'Now', exact: true }).click();
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('40,000 events will be tried again.').waitFor();
});

journey('a store is mended and the pips clear', {}, async ({ page, go, world }) => {
  await go();
  await page.getByRole('link', { name: 'See what to change' }).click();
  await page.getByText('The signature is right for the old hooks token').waitFor();
  await page.getByRole('button', { name: 'Copy: systemctl reload shopbell' }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'systemctl reload shopbell');
  await page.getByRole('link', { name: 'Now', exact: true }).click();
  await page.getByText('Jumpseller is about to pause').waitFor();
  world.mended = true;
  world.send('endpoint', [{ name: 'jumpseller-main' }]);
  await page.getByText('Jumpseller is about to pause').waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: '2 things need you' }).waitFor();
  assert.equal(await page.locator('.pips').count(), 0);
});

journey('the daemon is killed and comes back under an open page: nothing is missing, nothing twice', { expects: ['Failed to load resource', 'net::ERR'] }, async ({ page, go, server, world }) => {
  await go('#/events');
  await page.locator('.live[data-state=live]').waitFor();
  world.arrive(1);
  await page.getByText('Order 9000 paid').waitFor();
  server.refuse(true);
  await page.getByText('Not connected since').waitFor();
  world.arrive(2);
  server.refuse(false);
  const back = Date.now();
  await page.getByText('Not connected since').waitFor({ state: 'detached' });
  console.log(`connected again after ${Date.now() - back} ms`); // tries come every two seconds at most: unit/stream.test.mjs
  await page.getByText('Order 9002 paid').waitFor();
  world.arrive(1);
  await page.getByText('Order 9003 paid').waitFor();
  assert.deepEqual((await rowTitles(page)).slice(0, 5), ['Order 9003 paid', 'Order 9002 paid', 'Order 9001 paid', 'Order 9000 paid', 'Sale INV-2214 approved']);
});

journey('a sink is paused, and that is undone', {}, async ({ page, go, world }) => {
  await go('#/sinks/crm');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByText('crm is paused.').waitFor();
  assert.ok(world.pausedAt.has('crm'));
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
  assert.equal(world.pausedAt.has('crm'), false);
});

journey('Shopbell is upgraded under an open page', { expects: ['net::ERR'] }, async ({ page, go, world }) => {
  await go();
  await page.locator('.live[data-state=live]').waitFor();
  world.version = '0.3.0';
  world.cut();
  await page.getByText('Shopbell was upgraded.').waitFor();
  await page.getByRole('button', { name: 'Reload' }).click();
  await page.getByText('Shopbell was upgraded.').waitFor({ state: 'detached' });
});

journey('the token is asked for: wrong, right, and back to where one wanted to go', { scenario: 'token', expects: ['401'] }, async ({ page, go, world, context }) => {
  await go('#/sinks');
  const field = page.getByLabel('Token', { exact: true });
  await field.fill('wrong');
  await field.press('Enter');
  await page.getByText('That is not the token.').waitFor();
  await field.fill('right-token');
  await field.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Sinks' }).waitFor();
  await page.locator('.live[data-state=live]').waitFor();
  assert.deepEqual(await context.cookies(), []);
  assert.ok(world.calls.every((call) => !call.includes('right-token')));
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Sinks' }).waitFor();
});

journey('a token that may only look changes nothing and unmasks nothing', { scenario: 'viewonly' }, async ({ page, go, world }) => {
  for (const hash of ['#/', '#/sinks/accounting?tab=dead', `#/events/${world.rowAt(4).id}`]) {
    await go(hash);
    await ready(page);
    for (const name of ['Try again', 'Drop', 'Pause', 'Deliver again', 'Show it', 'Download']) assert.equal(await page.getByRole('button', { name }).count(), 0, `${name} on ${hash}`);
  }
  await page.getByText('This token may only look.').waitFor();
});

journey('100,000 events down to the oldest, never more than 600 rows; back keeps the place', { count: 100_000 }, async ({ page, go, world }) => {
  await go('#/events');
  const rows = () => page.locator('tbody tr[data-key]').count();
  for (let i = 0; i < 12; i += 1) {
    const before = await page.locator('.space').count();
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await eventually(() => page.evaluate(() => document.body.scrollHeight - scrollY > innerHeight * 1.5), 'more pages are loaded');
    assert.ok(await rows() <= 600);
  }
  assert.equal(await page.locator('.space').count(), 1, 'what is above has become a space');
  await page.evaluate(() => scrollTo(0, 0));
  await page.getByText(world.rowAt(0).title).waitFor();
  assert.ok(await rows() <= 600);
  await page.evaluate(() => scrollTo(0, 20_000));
  const link = page.locator('td.a a').filter({ visible: true });
  await eventually(() => page.evaluate(() => [...document.querySelectorAll('td.a a')].some((node) => node.getBoundingClientRect().top > 100 && node.getBoundingClientRect().bottom < innerHeight)), 'rows at the place');
  const id = await page.evaluate(() => [...document.querySelectorAll('tr[data-key]')].find((node) => node.getBoundingClientRect().top > 200).dataset.key);
  await page.locator(`tr[data-key="${id}"] td.a a`).click();
  await page.locator('main[data-ready=event]').waitFor();
  await page.goBack();
  await page.locator('main[data-ready=events]').waitFor();
  await eventually(() => page.evaluate((key) => {
    const box = document.querySelector(`tr[data-key="${key}"]`)?.getBoundingClientRect();
    return box && box.top >= 0 && box.bottom <= innerHeight && document.activeElement.closest('tr')?.dataset.key === key;
  }, id), 'the row is in sight and has the focus');
  await link.first().waitFor();
});

journey('1,030 events down to the oldest, which is told', { count: 1_030 }, async ({ page, go, world }) => {
  await go('#/events');
  await eventually(async () => {
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    return page.getByText('That is the oldest event in the inbox.').isVisible();
  }, 'the oldest', 120_000);
  const shown = await page.locator('tbody tr[data-key]').evaluateAll((rows) => rows.map((row) => row.dataset.key));
  assert.equal(shown.at(-1), world.rowAt(1_029).id);
  assert.ok(shown.length <= 600, `${shown.length} rows`);
  assert.equal(new Set(shown).size, shown.length);
});

journey('a search that goes on says how far it looked', { count: 100_000 }, async ({ page, go }) => {
  await go('#/events?q=nothing-of-it');
  for (let i = 0; i < 4; i += 1) {
    await page.getByText(/^Searched back to /).waitFor();
    await page.getByRole('button', { name: 'Search on' }).click();
    await page.waitForTimeout(0);
  }
  await page.getByText('No event fits').waitFor();
});

journey('what arrives moves nothing that is read', {}, async ({ page, go, world }) => {
  await go('#/events');
  await page.locator('.live[data-state=live]').waitFor();
  world.arrive(1);
  await page.getByText('Order 9000 paid').waitFor();
  await page.locator('tbody tr').nth(3).hover();
  world.arrive(2);
  await page.getByRole('button', { name: '2 new events' }).waitFor();
  assert.equal((await rowTitles(page))[0], 'Order 9000 paid');
  await page.getByRole('button', { name: '2 new events' }).click();
  await page.getByText('Order 9002 paid').waitFor();
  await page.mouse.move(5, 5);
  await page.locator('h1').click();
  await page.keyboard.press('p');
  await page.getByText('Paused', { exact: true }).waitFor();
  world.arrive(1);
  await page.keyboard.press('p');
  await page.getByText('Order 9003 paid').waitFor();
});

journey('500 events a second leave the page small', {}, async ({ page, go, world, context }) => {
  await go('#/events');
  await page.locator('.live[data-state=live]').waitFor();
  const session = await context.newCDPSession(page);
  for (let i = 0; i < 40; i += 1) {
    world.arrive(50);
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 60)));
  }
  await page.getByText('Order 10999 paid').waitFor();
  assert.ok(await page.locator('tbody tr[data-key]').count() <= 600);
  await session.send('HeapProfiler.collectGarbage');
  const { nodes } = await session.send('Memory.getDOMCounters');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  assert.ok(nodes < 20_000 && usedSize < 60 * 2 ** 20, `${nodes} nodes, ${usedSize} bytes`);
});

journey('eight tabs, one stream', {}, async ({ page, go, context, world, server }) => {
  await go('#/events');
  const others = [];
  for (let i = 0; i < 7; i += 1) {
    const other = await context.newPage();
    await go('#/events', other);
    others.push(other);
  }
  for (const one of [page, ...others]) await one.locator('.live[data-state=live]').waitFor();
  assert.equal(world.streams.size, 1);
  world.arrive(1);
  for (const one of [page, ...others]) await eventually(() => one.locator('text=/Order 9000 paid|1 new event/').first().isVisible(), 'every tab');
  await page.close();
  await eventually(() => world.streams.size === 1, 'another tab takes over');
  world.arrive(1);
  await others[6].locator('text=/Order 9001 paid|2 new events/').first().waitFor();
  assert.ok(server.origin);
});

journey('personal data is hidden until it is asked for, and the download is the bytes', {}, async ({ page, go, world }) => {
  const event = world.rowAt(4);
  await go(`#/events/${event.id}`);
  await ready(page);
  assert.equal(world.unmasked.length, 0);
  const shown = await page.locator('body').textContent();
  for (const secret of ['ana.perez@example.com', 'Ana Pérez', '5550 0100', '203.0.113.77']) assert.ok(!shown.includes(secret), secret);
  for (const exact of ['9223372036854775807', '1.10', '9007199254741026']) assert.ok(shown.includes(exact), exact);
  await page.getByRole('button', { name: 'Show it' }).click();
  await page.locator('.person').getByText('ana.perez@example.com').waitFor();
  assert.ok(world.unmasked.length > 0);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
  let bytes = '';
  for await (const part of await download.createReadStream()) bytes += part;
  assert.equal(bytes, world.handle('GET', `/api/events/${event.id}/original`, {}, '').body);
});

journey('a payload cannot become markup', {}, async ({ page, go, world }) => {
  const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  const handle = world.handle;
  world.handle = (...call) => {
    const made = handle(...call);
    return { ...made, body: typeof made.body === 'string' ? made.body.replaceAll('Order 1026 paid', evil.replaceAll('"', '\\"')).replaceAll('Camiseta algodón', evil.replaceAll('"', '\\"')) : made.body };
  };
  await go('#/events');
  await page.getByText(evil).first().waitFor();
  await go(`#/events/${world.rowAt(4).id}`);
  await page.getByText(evil).first().waitFor();
  assert.equal(await page.locator('main img, main script').count(), 0);
});

journey('one event: tried again, dropped and undone', {}, async ({ page, go, world }) => {
  const event = world.rowAt(4);
  await go(`#/events/${event.id}`);
  const lane = page.locator('.lane[data-key=accounting]');
  await lane.getByRole('button', { name: 'Drop' }).click();
  await page.getByText('Dropped at accounting. The event stays in the inbox.').waitFor();
  await lane.getByText('dropped').first().waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Undone').waitFor();
  assert.deepEqual(world.replays.map(({ what, id, sink }) => [what ?? 'replay', id, sink]), [['drop', event.id, 'accounting'], ['replay', event.id, 'accounting']]);
  await page.locator('.lane[data-key=crm]').getByRole('button', { name: 'Show' }).click();
  assert.equal(await page.locator('.lane[data-key=crm] .tries li').count(), 10);
});

journey('the phone, with one hand', { options: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } }, async ({ page, go, world }) => {
  await go();
  await page.getByRole('link', { name: /^Events/ }).tap();
  await page.getByRole('button', { name: 'Filters' }).tap();
  await page.getByLabel('State').selectOption('dead');
  await page.getByRole('link', { name: 'Given up: remove this filter' }).waitFor();
  const widths = await page.locator('tbody tr[data-key]').first().evaluate((row) => [row.querySelector('td.a').offsetWidth, row.offsetWidth]);
  assert.ok(widths[0] > widths[1] / 2, `a title has ${widths[0]} of ${widths[1]} px`);
  await page.getByText('Order 1026 paid').tap();
  await page.locator('.lane[data-key=accounting]').getByRole('button', { name: 'Try again' }).tap();
  await page.getByText('accounting: it is tried at once.').waitFor();
  assert.deepEqual(world.replays.map(({ what, sink }) => [what, sink]), [['retry', 'accounting']]);
  const small = await page.evaluate(() => [...document.querySelectorAll('button, .nav a, select')].filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 43.5).map((node) => node.outerHTML.slice(0, 80)));
  assert.deepEqual(small.filter((text) => !/role="tab"|class="live"/.test(text)), []);
});

journey('all of it by keyboard', {}, async ({ page, go, world }) => {
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
  await go();
  await ready(page);
  await press('/');
  await page.keyboard.type('1026');
  await press('Enter');
  await page.getByText('matching “1026”').waitFor();
  await page.locator('main[data-ready=events]').waitFor();
  await press('j', 'j', 'Enter');
  await page.getByRole('heading', { level: 1, name: 'Order 1026 paid' }).waitFor();
  await page.locator('main[data-ready=event]').waitFor();
  await press(']');
  await page.getByRole('heading', { level: 1, name: 'Order 1026 updated' }).waitFor();
  await page.locator('main[data-ready=event]').waitFor();
  await press('[');
  await page.getByRole('heading', { level: 1, name: 'Order 1026 paid' }).waitFor();
  await page.locator('main[data-ready=event]').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
  for (const [second, title] of [['e', 'Events'], ['r', 'Rejections'], ['s', 'Sinks'], ['t', 'Setup'], ['c', 'Check-up'], ['n', '3 things need you']]) {
    await press('g', second);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
  }
  await press('g', 'e');
  await page.locator('main[data-ready=events]').waitFor();
  await press('j', 'x');
  await page.getByText('1 selected').first().waitFor();
  assert.equal(world.replays.length, 0);
});

/** What has the focus, as a reader of the screen would name it. */
const focused = (page) => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim());

journey('the focus goes on where what had it goes away', {}, async ({ page, go, world }) => {
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
  await go(`#/events/${world.rowAt(4).id}`);
  await ready(page);
  const lane = page.locator('.lane[data-key=accounting]');
  await lane.getByRole('button', { name: 'Drop' }).focus();
  await press('Enter');
  await lane.getByText('dropped').first().waitFor();
  assert.equal(await focused(page), 'Deliver again', 'a lane that is drawn anew');
  await page.getByRole('button', { name: 'Undo' }).focus();
  await press('Enter');
  await page.getByText('Undone').waitFor();
  assert.equal(await focused(page), 'Order 1026 paid', 'a message that is gone');
  const menu = page.locator('.head').getByRole('button', { name: 'Deliver again' });
  await menu.focus();
  await press('Enter', 'ArrowDown');
  assert.equal(await focused(page), 'To accounting');
  await press('Escape');
  assert.ok(await menu.evaluate((node) => node === document.activeElement), 'a menu');

  await go('#/sinks/accounting?tab=dead');
  await ready(page);
  const again = page.getByRole('button', { name: 'Try these again…' });
  await again.focus();
  await press('Enter');
  await page.getByRole('heading', { name: 'Try 39 again at accounting?' }).waitFor();
  await press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  assert.ok(await again.evaluate((node) => node === document.activeElement), 'a question');
  const row = page.locator('tbody tr[data-key]').first();
  const next = await page.locator('tbody tr[data-key]').nth(1).getAttribute('data-key');
  await row.getByRole('button', { name: 'Drop' }).focus();
  await press('Enter');
  await row.and(page.locator(`[data-key="${next}"]`)).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.closest('tr')?.dataset.key), next, 'a row');

  await go('#/events');
  await ready(page);
  await page.getByLabel('State').focus();
  await page.getByLabel('State').selectOption('dead');
  await page.getByRole('link', { name: 'Given up: remove this filter' }).waitFor();
  await ready(page);
  assert.equal(await focused(page), 'State', 'a filter');
  const link = page.locator('td.a a').first();
  await link.focus();
  await press('?');
  await page.getByRole('heading', { name: 'Keyboard' }).waitFor();
  await press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  assert.ok(await link.evaluate((node) => node === document.activeElement), 'the list of keys');
});

journey('Tab reaches every control; each is seen, and none lies under the bar', {}, async ({ page, go, world }) => {
  for (const hash of ['#/', `#/events/${world.rowAt(4).id}`, '#/sinks/accounting?tab=dead', '#/rejections', '#/setup', '#/checkup']) {
    await go(hash);
    await ready(page);
    await page.evaluate(() => document.activeElement.blur());
    const missed = await page.evaluate(() => {
      globalThis.reachable = new Set([...document.querySelectorAll('a, button, input, select, summary, [tabindex="0"]')].filter((node) => node.tabIndex >= 0 && !node.disabled && node.checkVisibility({ visibilityProperty: true })));
      return reachable.size;
    });
    assert.ok(missed > 10);
    for (let i = 0; i < missed + 5; i += 1) {
      await page.keyboard.press('Tab');
      const wrong = await page.evaluate(() => {
        const node = document.activeElement;
        reachable.delete(node);
        if (node === document.body) return '';
        const { top, bottom, width } = node.getBoundingClientRect();
        const bar = document.querySelector('.top').getBoundingClientRect().bottom;
        const isUnder = !node.closest('.top, .side, .skip') && bottom <= bar;
        const style = getComputedStyle(node);
        return style.outlineStyle === 'none' || isUnder || width === 0 || top > innerHeight ? `${node.outerHTML.slice(0, 120)} ${style.outlineStyle} ${top}-${bottom}` : '';
      });
      assert.equal(wrong, '', hash);
    }
    assert.deepEqual(await page.evaluate(() => [...reachable].filter((node) => node.isConnected).map((node) => node.outerHTML.slice(0, 120))), [], hash);
  }
});

journey('no single key changes anything, and single keys can be switched off', {}, async ({ page, go, world }) => {
  for (const hash of ['#/', '#/events', `#/events/${world.rowAt(4).id}`, '#/sinks/accounting?tab=dead']) {
    await go(hash);
    await ready(page);
    for (const key of 'abdefhiklmnoqrstuvwyz0123456789'.split('').concat('Delete', 'Backspace', 'Control+d', 'Alt+r')) await page.keyboard.press(key);
  }
  assert.deepEqual(world.replays, []);
  assert.deepEqual([...world.pausedAt.keys()], ['slack']);
  await page.keyboard.press('?');
  await page.getByLabel('Single keys are on').uncheck();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  assert.notEqual(new URL(page.url()).hash, '#/events');
});

journey('a time zone is chosen', {}, async ({ page, go }) => {
  await go();
  await page.getByRole('button', { name: 'Times in Santiago' }).click();
  await page.getByRole('combobox', { name: 'Time zone' }).fill('UTC');
  await page.getByRole('button', { name: 'Use it' }).click();
  await page.getByText('06:11:52').waitFor();
  await page.getByRole('button', { name: 'Times in UTC' }).waitFor();
});
