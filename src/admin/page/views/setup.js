// Setup and Check-up: what a terminal on the machine says of them.

import { h, fill, head, command } from '../dom.js';
import { words as w } from '../words.js';

export function open(root, { view }, app) {
  const { host = 'YOUR.HOST', endpoints = [] } = app.status ?? {};
  const { title, text, commands } = w[view];
  fill(root, head(title, text), h('section', { class: 'card pad' }, commands.map(([why, what]) => [h('p', { class: 'soft' }, why), command(app, what)]),
    view === 'checkup' && endpoints.map(({ name, path }) => [h('p', { class: 'soft' }, w.checkup.probe(name)), command(app, `shopbell doctor --url https://${host}${path}`)])));
  return { close() {}, update() {} };
}
