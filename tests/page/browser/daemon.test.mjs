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
    assert.ok(waits.sort((a, b) => a - b)[2] < 1500);
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
