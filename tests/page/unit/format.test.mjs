import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createFormat, duration, span, took, parseRoute, link, searchToRoute, searchOfRoute } from '../../../src/admin/page/format.js';

const now = Date.parse('2026-11-30T06:11:53Z');
const at = (locale, zone = 'America/Santiago', home = new Set(['CLP'])) => createFormat({ locale, zone, clock: () => now, home });

test('money is the text that came, in the writing of the locale', () => {
  const f = at('en-US');
  const cases = [
    ['27990.0', 'CLP', '$27,990'], ['14500', 'CLP', '$14,500'], ['0.0', 'CLP', '$0'], ['-1000', 'CLP', '−$1,000'], ['369.2', 'USD', 'US$369.20'], ['12.50', 'USD', 'US$12.50'],
    ['0.125', 'USD', 'US$0.125'], ['1', 'USD', 'US$1.00'], ['9007199254740993.07', 'USD', 'US$9,007,199,254,740,993.07'], ['27990.5', 'CLP', '$27,990.5'], ['5', 'XYZ9', '5 XYZ9'], ['1e400', 'USD', '1e400 USD'], ['', 'USD', 'USD'],
  ];
  for (const [amount, currency, shown] of cases) assert.equal(f.money({ amount, currency }), shown, `${amount} ${currency}`);
  assert.equal(f.money(undefined), '');
  assert.equal(at('de-DE').money({ amount: '1234567.8', currency: 'EUR' }), '1.234.567,80 €');
});

test('a sign stands for one currency: without another at home, for its own', () => {
  assert.equal(at('en-US', 'UTC', new Set()).money({ amount: '12.50', currency: 'USD' }), '$12.50');
});

test('a hundred random amounts keep their digits', () => {
  const f = at('en-US');
  let state = Number(process.env.SHOPBELL_SEED ?? Date.now() % 1e9);
  console.log(`seed ${state}`);
  const random = (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state % below;
  };
  for (let i = 0; i < 100; i += 1) {
    const whole = Array.from({ length: 1 + random(25) }, (_, k) => (k === 0 ? 1 + random(9) : random(10))).join('');
    const fraction = Array.from({ length: 2 + random(6) }, () => 1 + random(9)).join('');
    const shown = f.money({ amount: `${whole}.${fraction}`, currency: 'USD' });
    assert.equal(shown.replace(/US\$|,/g, ''), `${whole}.${fraction}`);
  }
});

test('times stand in the zone that was chosen, shorter the nearer they are', () => {
  const f = at('en-US');
  assert.equal(f.time('2026-11-30T06:11:52.000Z'), '03:11:52');
  assert.equal(f.time('2026-11-29T20:58:00Z'), '29 Nov 17:58');
  assert.equal(f.time('2025-03-01T12:00:00Z'), '1 Mar 2025 09:00');
  assert.equal(f.when('2026-11-29T20:58:00Z'), 'yesterday 17:58');
  assert.equal(f.since('2026-11-27T20:00:00Z'), 'Friday');
  assert.equal(f.zoneName(), 'Santiago (UTC−3)');
  assert.equal(at('en-US', 'UTC').time('2026-11-30T06:11:52Z'), '06:11:52');
  assert.equal(at('en-US', 'UTC').zoneName(), 'UTC');
  assert.equal(f.exact('2026-11-30T06:11:52.031Z'), '2026-11-30 06:11:52.031 UTC');
});

test('today begins at the midnight of the zone', () => {
  assert.equal(at('en-US').dayStart(), '2026-11-30T03:00:00.000Z');
  assert.equal(at('en-US', 'UTC').dayStart(), '2026-11-30T00:00:00.000Z');
  assert.equal(at('en-US', 'Asia/Kolkata').dayStart(), '2026-11-29T18:30:00.000Z');
});

test('spans of time are told in the units that matter', () => {
  assert.equal(duration(33120), '9 h 12 min');
  assert.equal(duration(0), '0 s');
  assert.equal(duration(89), '1 min 29 s');
  assert.equal(duration(3600), '1 h');
  assert.equal(duration(6 * 86400 + 4 * 3600), '6 d 4 h');
  assert.equal(span(1999), '33 min');
  assert.equal(span(2 * 86400 + 5), '2 days');
  assert.equal(took(41.4), '41 ms');
  assert.equal(took(5000), '5.0 s');
  assert.equal(at('en-US').ago('2026-11-30T05:44:10Z'), '27 min ago');
});

test('numbers are grouped, bytes have their unit', () => {
  const f = at('en-US');
  assert.equal(f.count(81234), '81,234');
  assert.equal(f.count('18446744073709551615'), '18,446,744,073,709,551,615');
  assert.equal(f.bytes(1449), '1.4 KB');
  assert.equal(f.bytes(182 * 2 ** 20), '182 MB');
  assert.equal(f.bytes(75 * 2 ** 30), '75 GB');
});

test('a route says view, id and filters, and comes back the same', () => {
  assert.deepEqual(parseRoute(''), { view: 'now', id: undefined, query: {} });
  assert.deepEqual(parseRoute('#/events?state=dead&q=order%201026'), { view: 'events', id: undefined, query: { state: 'dead', q: 'order 1026' } });
  assert.deepEqual(parseRoute('#/sinks/a%2Fb?tab=dead'), { view: 'sink', id: 'a/b', query: { tab: 'dead' } });
  assert.equal(parseRoute('#/rejections/17').view, 'rejections');
  for (const wrong of ['#/nothing', '#/events/a/b', '#/setup/x', '#/%ff', '#/constructor']) assert.equal(parseRoute(wrong), null, wrong);
  assert.equal(link('events', '', { state: 'dead', sink: '', q: 'a b&c' }), '#/events?state=dead&q=a+b%26c');
  assert.equal(parseRoute(link('sinks', 'a/b')).id, 'a/b');
});

test('an address of a person does not stand in the route', () => {
  const kept = new Map();
  const store = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) };
  assert.equal(searchToRoute('ana@example.com', store), '*');
  assert.equal(searchOfRoute('*', store), 'ana@example.com');
  assert.equal(searchToRoute('1026', store), '1026');
});
