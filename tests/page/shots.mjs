#!/usr/bin/env node
// Screenshots of every view from the fixtures: node tests/page/shots.mjs FOLDER [NAME...]

import { mkdir } from 'node:fs/promises';
import { openBrowser } from './browser/browser.mjs';
import { startServer } from './dev.mjs';
import { createWorld, fixtureNow } from './fixtures.mjs';

const [folder = 'build/page', ...wanted] = process.argv.slice(2);
const event = (world) => `#/events/${world.rowAt(4).id}`;
const shots = {
  overview: { hash: () => '#/', size: [1280, 1420] },
  event: { hash: event, size: [1280, 1000] },
  events: { hash: () => '#/events', size: [1280, 900] },
  filtered: { hash: () => '#/events?state=dead&sink=accounting', size: [1280, 700] },
  rejections: { hash: () => '#/rejections', size: [1280, 900] },
  sinks: { hash: () => '#/sinks', size: [1280, 600] },
  sink: { hash: () => '#/sinks/crm', size: [1280, 1100] },
  dead: { hash: () => '#/sinks/accounting?tab=dead', size: [1280, 1000] },
  setup: { hash: () => '#/setup', size: [1280, 1100] },
  checkup: { hash: () => '#/checkup', size: [1280, 800] },
  calm: { hash: () => '#/', size: [1280, 1000], scenario: 'calm' },
  first: { hash: () => '#/', size: [1280, 1000], scenario: 'first' },
  token: { hash: () => '#/', size: [1280, 700], scenario: 'token' },
};

await mkdir(folder, { recursive: true });
const browser = await openBrowser();
for (const [name, { hash, size, scenario = 'busy' }] of Object.entries(shots)) {
  if (wanted.length > 0 && !wanted.some((one) => name === one.split('.')[0])) continue;
  const server = await startServer({ world: createWorld({ scenario }) });
  for (const [look, colorScheme, [width, height]] of [['light', 'light', size], ['dark', 'dark', size], ['phone', 'light', [390, 844]]]) {
    if (wanted.length > 0 && !wanted.some((one) => one === name || one === `${name}.${look}`)) continue;
    const context = await browser.newContext({ bypassCSP: true, viewport: { width, height }, colorScheme, timezoneId: 'America/Santiago', locale: 'en-US', ...(look === 'phone' ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}) });
    const page = await context.newPage();
    await page.clock.setFixedTime(fixtureNow);
    await page.goto(server.origin + '/' + hash(server.world));
    await page.locator('main[data-ready]').waitFor();
    // A face that is the same on every machine that has it, so that pictures may be compared by eye.
    await page.addStyleTag({ content: ':root { --font-ui: Inter, system-ui, sans-serif; }' });
    server.world.send('tick', [{ per_minute: 3 }]);
    await page.waitForTimeout(600);
    await page.evaluate(() => document.activeElement?.blur?.());
    await page.screenshot({ path: `${folder}/${name}.${look}.png`, fullPage: look === 'phone' });
    await context.close();
  }
  await server.close();
}
await browser.close();
