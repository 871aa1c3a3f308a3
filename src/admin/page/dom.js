// Elements by call instead of markup (text can only become text), and the pieces that several views show.

import { words as w } from './words.js';
import { duration, link } from './format.js';

const svgTags = new Set(['svg', 'use', 'path', 'rect', 'line', 'polyline', 'polygon', 'g']);

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
}

/** h('a', {href, class, onclick}, 'text', node, [nodes], null): properties that are functions listen. */
export function h(tag, attributes, ...children) {
  const node = svgTags.has(tag)
    ? document.createElementNS('http://www.w3.org/2000/svg', tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  append(node, children);
  return node;
}

export const icon = (name, label) =>
  h('svg', { class: `icon ${name}`, ...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' }) },
    h('use', { href: `#i-${name}` }));

/** Puts `children` in place of what is there, and leaves what is the same as it is. */
export function fill(node, ...children) {
  const fresh = document.createDocumentFragment();
  append(fresh, children);
  if (!sameContent(node, fresh)) node.replaceChildren(fresh);
  return node;
}

const sameContent = (a, b) =>
  a.childNodes.length === b.childNodes.length && [...a.childNodes].every((child, i) => child.isEqualNode(b.childNodes[i]));

/** Makes the children of `parent` those of `items`, by key: a node that stays is not moved and keeps its focus. */
export function patch(parent, items, keyOf, make, update) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let node = old.get(key);
    old.delete(key);
    const isNew = !node;
    if (isNew) {
      node = make(item);
      node.dataset.key = key;
    }
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
    if (!isNew) update(node, item);
  }
  for (const node of old.values()) node.remove();
}

/** A row whose content is made anew, but only where it differs. */
export function refresh(node, fresh) {
  if (node.isEqualNode(fresh)) return node;
  if (node.contains(document.activeElement) || node.matches(':hover')) {
    [...fresh.children].forEach((cell, i) => {
      const there = node.children[i];
      if (there && !there.isEqualNode(cell) && !there.contains(document.activeElement)) there.replaceWith(cell);
    });
    return node;
  }
  node.replaceWith(fresh);
  return fresh;
}

// ---- Pieces ----

export const state = (name, text, extra = '') => h('span', { class: `state ${name === 'dash' ? 'warn' : name === 'pause' ? 'wait' : name} ${extra}` }, icon(name), text);

/** A moment; `shown` is one of the format's names: time, when, ago, minute. */
export function time(format, moment, shown = 'time') {
  if (!moment) return null;
  return h('time', { datetime: moment, title: format.exact(moment), 'data-shown': shown }, format[shown](moment));
}

/** What was relative when it was drawn is told anew. */
export function refreshTimes(format) {
  for (const node of document.querySelectorAll('time[data-shown="ago"], time[data-shown="until"]')) {
    const text = node.dataset.shown === 'ago' ? format.ago(node.dateTime) : untilText(format, node.dateTime);
    if (node.textContent !== text) node.textContent = text;
  }
}

const untilText = (format, moment) => {
  const left = -format.secondsSince(moment);
  return left > 0 ? w.lane.nextIn(duration(left)) : w.lane.due;
};

export const until = (format, moment) =>
  h('time', { datetime: moment, title: format.exact(moment), 'data-shown': 'until' }, untilText(format, moment));

const human = (text) => text.replaceAll('_', ' ').replaceAll('.', ' ');

/** The server's title of an event; where it gave none, out of type and subject. */
export function titleOf(row) {
  if (row.title) return row.title;
  const parts = (row.type ?? '').split('.').slice(1);
  const number = row.subject?.split('/').pop();
  const verb = parts.length > 1 ? parts.pop() : '';
  return w.capital([human(parts.join(' ')), number, human(verb)].filter(Boolean).join(' ')) || row.id;
}

const marks = { delivered: 'ok', pending: 'wait', queued: 'wait', waiting: 'wait', dead: 'bad', dropped: 'dash' };

/** Marks and words of where an event stands. */
export function atSinks(row) {
  if (!row.sinks) return state(marks[row.state] ?? 'wait', w.row.states[row.state] ?? row.state);
  if (row.sinks.length === 0) return h('span', { class: 'faint' }, w.row.unrouted);
  const names = (wanted) => row.sinks.filter(({ state: at }) => marks[at] === wanted).map(({ name }) => name).join(', ');
  const dead = names('bad');
  const waiting = names('wait');
  const order = ['ok', 'wait', 'dash', 'bad'];
  const icons = [...row.sinks].sort((a, b) => order.indexOf(marks[a.state]) - order.indexOf(marks[b.state])).slice(0, 6);
  const text = dead ? w.row.gaveUp(dead) : waiting ? w.row.waits(waiting) : names('ok') ? w.row.delivered : w.row.dropped;
  return [h('span', { class: 'marks' }, icons.map(({ name, state: at }) => icon(marks[at] ?? 'dash', `${name}: ${w.lane[at] ?? at}`))), text];
}

export function endpointState(endpoint) {
  const [name, text] = w.endpoint[endpoint.state] ?? ['dash', endpoint.state];
  return state(name, text);
}

export function sinkState(sink, format) {
  const behind = sink.lag?.events ?? 0;
  if (sink.state === 'not configured') return state('dash', w.sink.notConfigured);
  if (sink.state === 'paused') return state('pause', w.sink.pausedSince(sink.paused_at && format.since(sink.paused_at)));
  if (sink.state === 'stopped') return state('warn', w.sink.stopped);
  const next = sink.next_attempt ?? sink.next_probe;
  if (behind > 0 && (sink.state === 'probing' || sink.last_error) && next) return state('wait', w.sink.tryingAt(format.time(next)));
  if (behind > 0) return state('wait', w.sink.behind);
  return sink.dead > 0 ? state('bad', w.sink.givingUp) : state('ok', w.sink.whole);
}

export const isWhole = (sink) => (sink.lag?.events ?? 0) === 0 && (sink.dead ?? 0) === 0;

export function pips(count, all) {
  return h('span', { class: 'pips', 'aria-hidden': 'true' }, Array.from({ length: all }, (_, i) => h('i', { class: i < count ? 'on' : '' })));
}

export const eventLink = (row, extra = 'strong') => h('a', { href: link('events', row.id), class: extra }, titleOf(row));

export function select(label, options, value, change) {
  const known = options.some(([key]) => key === value);
  const box = h('select', { 'aria-label': label, onchange: () => change(box.value) },
    (known ? options : [...options, [value, value]]).map(([key, text]) => h('option', { value: key, selected: key === value }, text)));
  return box;
}

export const button = (text, run, kind = '') => h('button', { type: 'button', class: `button ${kind}`, onclick: run }, text);
export const linky = (text, run) => h('button', { type: 'button', class: 'linky', onclick: run }, text);

export function head(title, subtitle, ...actions) {
  return h('div', { class: 'head' }, h('div', {}, h('h1', { tabindex: '-1' }, title), subtitle && h('p', {}, subtitle)), h('div', { class: 'actions' }, actions));
}

export const card = (title, extra, ...children) =>
  h('section', { class: 'card' }, title && h('header', {}, h('h2', {}, title), extra), children);

export function table(caption, columns, body, kind = 'rows') {
  return h('div', { class: 'scroll', tabindex: kind === 'rows' ? null : 0 }, h('table', { class: kind },
    h('caption', { class: 'hidden' }, caption),
    h('thead', {}, h('tr', {}, columns.map(([text, cls = '']) => h('th', { scope: 'col', class: cls }, text)))), body));
}

/** A command for a terminal, with a button that copies it. */
export const command = (app, text) =>
  h('div', { class: 'command' }, h('pre', { class: 'code flat' }, text), h('button', { type: 'button', class: 'linky', 'aria-label': `${w.rejections.copy}: ${text}`, onclick: () => app.copy(text) }, w.rejections.copy));

export function failure(app, error, again, title = w.errors.title) {
  return h('div', {}, head(title), h('section', { class: 'card empty', role: 'alert' }, h('p', {}, w.errors.of(error)), again && button(w.errors.again, again)));
}

/**
 * Draws what `read` gives: nothing for 150 ms, then a ground of about its height, then `draw(answer)`; what fails is told, with a
 * button to try again, unless `missing(error)` has another word for it.
 */
export async function load(app, root, signal, read, draw, missing) {
  const timer = setTimeout(() => {
    if (root.childElementCount === 0) fill(root, h('div', { 'aria-busy': 'true' }, h('div', { class: 'skeleton' }), h('div', { class: 'skeleton tall' })));
  }, 150);
  try {
    const answer = await read();
    clearTimeout(timer);
    if (!signal.aborted) await draw(answer);
  } catch (error) {
    clearTimeout(timer);
    if (signal.aborted || error.status === 401) return;
    fill(root, missing?.(error) || failure(app, error, () => {
      fill(root);
      load(app, root, signal, read, draw, missing);
    }));
  }
}

/** Tabs over `panel`: [{key, label}]. */
export function tabs(label, items, current, choose) {
  const list = h('div', { role: 'tablist', 'aria-label': label });
  const make = ({ key, label: text }) => h('button', { type: 'button', role: 'tab', id: `tab-${key}`, 'aria-controls': 'panel', 'aria-selected': String(key === current), tabindex: key === current ? 0 : -1, onclick: () => pick(key) }, text);
  const pick = (key) => {
    for (const tab of list.children) {
      const mine = tab.id === `tab-${key}`;
      tab.setAttribute('aria-selected', String(mine));
      tab.tabIndex = mine ? 0 : -1;
    }
    choose(key);
  };
  list.append(...items.map(make));
  list.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = [...list.children];
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    next.focus();
    next.click();
  });
  return list;
}
