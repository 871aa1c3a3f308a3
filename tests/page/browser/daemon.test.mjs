// The page over the built daemon: SHOPBELL names it.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { openBrowser, ready, visit, checkAccessibility, eventually } from './browser.mjs';
import { pageHeaders } from '../dev.mjs';
import { shopbell, startDaemon, startTarget } from './daemon.mjs';

const options = { skip: !shopbell && 'SHOPBELL names no daemon' };
let browser;
before(async () => { if (shopbell) browser = await openBrowser(); });
after(() => browser?.close());

const forward = (name, port, retry = '{ initial = "1s", max = "2s" }') => `
[[sink]]
name = "${name}"
type = "forward"
url = "http://127.0.0.1:${port}/hooks"
retry = ${retry}
[[route]]
events = ["**"]
sinks = ["${name}"]
`;

test('the daemon gives the page as the fixtures’ server does', options, async () => {
  const daemon = await startDaemon();
  try {
    const first = await fetch(`${daemon.origin}/`);
    for (const [name, value] of Object.entries(pageHeaders)) assert.equal(first.headers.get(name), value, name);
    const hash = first.headers.get('etag').replaceAll('"', '');
    assert.equal((await fetch(`${daemon.origin}/`, { headers: { 'If-None-Match': `"${hash}"` } })).status, 304);
    assert.equal((await fetch(`${daemon.origin}/page/${hash}/app.js`)).headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal((await fetch(`${daemon.origin}/page/000000000000/app.js`)).status, 404);
  } finally {
    await daemon.close();
  }
});

test('what a store sends is seen at once; a target that refuses is seen, tried again and gets it once', options, async () => {
  const target = await startTarget(422);
  const daemon = await startDaemon({ sinks: forward('accounting', target.port) });
  const { page, go, finish, expected } = await visit(browser, daemon.origin);
  try {
    await go('#/events');
    await page.locator('.live[data-state=live]').waitFor();
    const waits = [];
    const ids = [];
    for (let i = 0; i < 5; i += 1) {
      const id = await daemon.send('jumpseller', 'order_paid');
      const committed = Date.now();
      ids.push(id);
      await page.locator(`tr[data-key="${id}"]`).waitFor();
      waits.push(Date.now() - committed);
    }
    console.log(`committed and visible, ms: ${waits.join(' ')}`);
    await page.locator(`tr[data-key="${ids[0]}"] td.a a`).click();
    const lane = page.locator('.lane[data-key=accounting]');
    await lane.getByText('given up').waitFor();
    await lane.getByText('unknown currency CLP').first().waitFor();
    await checkAccessibility(page, 'one event of the daemon');
    target.answer = 200;
    await lane.getByRole('button', { name: 'Try again' }).click();
    await eventually(() => target.taken.includes(ids[0]), 'the target has it');
    await eventually(async () => {
      await page.reload();
      await ready(page);
      return lane.getByText('delivered').first().isVisible();
    }, 'the lane says so');
    assert.equal(target.taken.filter((id) => id === ids[0]).length, 1);
    await finish();
  } finally {
    await daemon.close();
    target.close();
  }
});

test('the download is what the terminal gives, byte for byte', options, async () => {
  const daemon = await startDaemon();
  const { page, go, finish, expected } = await visit(browser, daemon.origin);
  try {
    const id = await daemon.send('usaepay', 'transaction.sale.success', '--set', '/event_body/object/amount="12.50"', '--set', '/event_body/object/big=9223372036854775807');
    await go(`#/events/${id}`);
    await ready(page);
    await page.locator('pre').getByText('9223372036854775807').waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
    assert.deepEqual(await readFile(await download.path()), await daemon.command('show', id, '--original'));
    await finish();
  } finally {
    await daemon.close();
  }
});

test('kill -9 and a start under an open page', options, async () => {
  const daemon = await startDaemon();
  const { page, go, finish, expected } = await visit(browser, daemon.origin);
  expected.push('net::ERR');
  try {
    const before = await daemon.send('jumpseller', 'order_paid');
    await go('#/events');
    await page.locator(`tr[data-key="${before}"]`).waitFor();
    await page.locator('.live[data-state=live]').waitFor();
    await daemon.kill('SIGKILL');
    await page.getByText('Not connected since').waitFor();
    await daemon.start();
    await page.getByText('Not connected since').waitFor({ state: 'detached' });
    const later = await daemon.send('jumpseller', 'order_paid', '--set', '/order/id=1026');
    await page.locator(`tr[data-key="${later}"]`).waitFor();
    const shown = () => page.locator('tr[data-key]').evaluateAll((rows) => rows.map((row) => row.dataset.key));
    assert.deepEqual(await shown(), [later, before]);
    await page.getByRole('searchbox').fill('1026');
    await page.keyboard.press('Enter');
    await page.getByText('matching “1026”').waitFor();
    await ready(page);
    assert.deepEqual(await shown(), [later], 'found by its number');
    await finish();
  } finally {
    await daemon.close();
  }
});

test('a sink is paused and goes on; a store’s wrong token is explained; the API wants the token, the page’s files do not', options, async () => {
  const target = await startTarget(503);
  const daemon = await startDaemon({ sinks: forward('crm', target.port), token: 'a-token-of-the-test' });
  const { page, go, finish, expected } = await visit(browser, daemon.origin);
  expected.push('status of 401');
  try {
    await daemon.send('jumpseller', 'order_paid');
    await daemon.send('jumpseller', 'order_paid', '--tamper').catch(() => {});
    await go('#/sinks/crm');
    await page.getByLabel('Token', { exact: true }).fill('a-token-of-the-test');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText('crm is paused.').waitFor();
    await eventually(async () => (await daemon.api('/api/sinks')).sinks.find(({ name }) => name === 'crm').state === 'paused', 'paused');
    await page.getByRole('button', { name: 'Undo' }).click();
    await eventually(async () => (await daemon.api('/api/sinks')).sinks.find(({ name }) => name === 'crm').state !== 'paused', 'goes on');
    await page.getByRole('link', { name: 'Rejections' }).click();
    await page.locator('details.card').getByText('jumpseller-main').first().waitFor();
    await checkAccessibility(page, 'rejections of the daemon');
    await finish();
  } finally {
    await daemon.close();
    target.close();
  }
});

/** A test over a daemon of its own, with `sinks` to a target, and a page that must end without a complaint. */
function journey(name, { answer, retry, tokens, visiting, expects = [] }, run) {
  test(name, options, async () => {
    const target = await startTarget(answer);
    const daemon = await startDaemon({ sinks: answer ? forward('accounting', target.port, retry) : '', ...tokens });
    const visited = await visit(browser, daemon.origin, visiting);
    visited.expected.push(...expects);
    try {
      await run({ ...visited, daemon, target });
      await visited.finish();
    } finally {
      await visited.context.close().catch(() => {});
      await daemon.close();
      target.close();
    }
  });
}

const sinkOf = async (daemon, name) => (await daemon.api('/api/sinks')).sinks.find((sink) => sink.name === name);
const search = async (page, text) => {
  await page.getByRole('searchbox').fill(text);
  await page.keyboard.press('Enter');
  await page.getByText(`matching “${text}”`).waitFor();
  await ready(page);
};
const shownIds = (page) => page.locator('tr[data-key]').evaluateAll((rows) => rows.map((row) => row.dataset.key));

journey('an order is found by its number, by the customer’s address, and a sale of E-junkie by its transaction', {}, async ({ page, go, daemon }) => {
  await daemon.send('jumpseller', 'order_paid', '--set', '/order/id=2001');
  const wanted = await daemon.send('jumpseller', 'order_paid', '--set', '/order/id=1026', '--set', '/order/customer/email="ana.perez@example.com"');
  const sale = await daemon.send('ejunkie', 'completed', '--set', '/txn_id=TXN-77001');
  await go('#/events');
  await page.locator(`tr[data-key="${sale}"]`).waitFor();
  for (const [text, id] of [['1026', wanted], ['ana.perez@example.com', wanted], ['TXN-77001', sale]]) {
    await search(page, text);
    assert.deepEqual(await shownIds(page), [id], text);
  }
  assert.ok(!page.url().includes('TXN') || page.url().includes('q='));
});

journey('accounting refuses: its 40 are sent again while others come, and only they', { answer: 422 }, async ({ page, go, daemon, target }) => {
  await daemon.send('jumpseller', 'order_paid', '--count', '40');
  await eventually(async () => (await sinkOf(daemon, 'accounting')).dead === 40, '40 are given up', 60_000);
  const first = (await daemon.api('/api/events?limit=100')).events.map(({ id }) => id);
  await go();
  await page.getByText('accounting has given up 40 events').waitFor();
  await page.getByRole('link', { name: 'Look at them' }).click();
  await page.getByRole('button', { name: 'Try these again…' }).click();
  await page.getByRole('heading', { name: 'Try 40 again at accounting?' }).waitFor();
  await daemon.send('jumpseller', 'order_paid', '--count', '2');
  await eventually(async () => (await sinkOf(daemon, 'accounting')).dead === 42, 'two more are given up', 60_000);
  target.answer = 200;
  await page.getByRole('button', { name: 'Try 40 again', exact: true }).dblclick();
  await page.getByText('40 events will be tried again.').waitFor();
  await eventually(() => target.taken.length >= 40, 'the target has them', 60_000);
  await eventually(async () => (await sinkOf(daemon, 'accounting')).lag.events === 0, 'all is settled', 60_000);
  assert.deepEqual([...target.taken].sort(), [...first].sort(), 'each once, none of the later two');
  assert.equal((await sinkOf(daemon, 'accounting')).dead, 2);
});

journey('a store at six failures: read what to change, and see the pips clear', {}, async ({ page, go, daemon }) => {
  await daemon.send('jumpseller', 'order_paid');
  for (let i = 0; i < 6; i += 1) await daemon.send('jumpseller', 'order_paid', '--tamper').catch(() => {});
  await go();
  await page.getByText('Jumpseller is about to pause the webhook of jumpseller-main').waitFor();
  await page.getByText('6 of 8 failures in a row.').waitFor();
  assert.equal(await page.locator('.need .pips .on').count(), 6);
  await page.getByRole('link', { name: 'See what to change' }).click();
  await page.getByRole('heading', { name: 'What to change' }).first().waitFor();
  await page.getByRole('link', { name: 'Now', exact: true }).click();
  await page.locator('.need .pips').waitFor();
  await daemon.send('jumpseller', 'order_paid');
  await page.locator('.pips').first().waitFor({ state: 'detached' });
  await page.getByText('Jumpseller is about to pause').waitFor({ state: 'detached' });
});

journey('the token is asked for: wrong, right; one that may only look changes nothing', { answer: 422, tokens: { token: 'a-token-of-the-test', viewToken: 'a-view-token-of-the-test' }, expects: ['status of 401'] }, async ({ page, go, daemon, context }) => {
  const id = await daemon.send('jumpseller', 'order_paid');
  await eventually(async () => (await sinkOf(daemon, 'accounting')).dead === 1, 'it is given up', 60_000);
  const enter = async (token) => {
    await page.getByLabel('Token', { exact: true }).fill(token);
    await page.keyboard.press('Enter');
  };
  await go(`#/events/${id}`);
  await enter('wrong');
  await page.getByText('That is not the token.').waitFor();
  await enter('a-token-of-the-test');
  await page.locator('.lane[data-key=accounting]').getByRole('button', { name: 'Try again' }).waitFor();
  assert.deepEqual(await context.cookies(), []);
  await page.evaluate(() => sessionStorage.clear());
  await page.reload();
  await enter('a-view-token-of-the-test');
  await page.getByText('This token may only look.').waitFor();
  await page.locator('.lane[data-key=accounting]').waitFor();
  for (const name of ['Try again', 'Drop', 'Deliver again', 'Show it', 'Download']) assert.equal(await page.getByRole('button', { name }).count(), 0, name);
});

journey('on a phone: what was given up is tried again', { answer: 422, visiting: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } }, async ({ page, go, daemon, target }) => {
  const id = await daemon.send('jumpseller', 'order_paid');
  await eventually(async () => (await sinkOf(daemon, 'accounting')).dead === 1, 'it is given up', 60_000);
  await go();
  await page.getByRole('link', { name: /^Events/ }).tap();
  const row = page.locator(`tr[data-key="${id}"]`);
  await row.locator('td.a a').tap();
  target.answer = 200;
  await page.locator('.lane[data-key=accounting]').getByRole('button', { name: 'Try again' }).tap();
  await eventually(() => target.taken.includes(id), 'the target has it', 60_000);
});

journey('by keyboard alone: what was given up is dropped, and that is undone', { answer: 422 }, async ({ page, go, daemon, target }) => {
  const id = await daemon.send('jumpseller', 'order_paid');
  await eventually(async () => (await sinkOf(daemon, 'accounting')).dead === 1, 'it is given up', 60_000);
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
  const reach = async (name) => {
    for (let i = 0; i < 60; i += 1) {
      if (await page.evaluate((text) => document.activeElement.textContent.trim() === text && document.activeElement.matches(':focus-visible'), name)) return;
      await press('Tab');
    }
    assert.fail(`${name} is not reached by Tab`);
  };
  await go();
  await ready(page);
  await press('g', 's');
  await page.locator('main[data-ready=sinks]').waitFor();
  await press('j', 'j');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'accounting');
  await press('Enter');
  await page.locator('main[data-ready=sink]').waitFor();
  await page.locator(`tr[data-key="${id}"]`).waitFor();
  await reach('Drop');
  await press('Enter');
  await page.getByText('Dropped at accounting. The event stays in the inbox.').waitFor();
  await eventually(async () => (await sinkOf(daemon, 'accounting')).dead === 0, 'it is dropped');
  target.answer = 200;
  await reach('Undo');
  await press('Enter');
  await eventually(() => target.taken.includes(id), 'the target has it after all', 60_000);
});
