// What several views show.

import { h, icon, fill } from './dom.js';
import { spark } from './chart.js';
import { w } from './words.js';
import { duration, span, link, sum } from './format.js';

export const state = (name, text) => h(`span.state.${name}`, icon(name), text);

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

/** What a delivery's state is marked with; any other one waits. */
export const stateMarks = { delivered: 'ok', dead: 'bad', dropped: 'dash', 'no longer routed': 'dash' };
export const isWaiting = ({ state: at }) => ['pending', 'queued', 'waiting'].includes(at);
const markOf = ({ state: at }) => stateMarks[at] ?? 'wait';

/** Marks and words of where an event stands. */
export function atSinks(row) {
  if (!row.sinks) return state(markOf(row), w.delivery(row.state));
  if (row.sinks.length === 0) return h('span.faint', w.row.unrouted);
  const names = (mark) => row.sinks.filter((sink) => markOf(sink) === mark).map(({ name }) => name).join(', ');
  const dead = names('bad');
  const waiting = names('wait');
  const order = ['ok', 'wait', 'dash', 'bad'];
  const icons = [...row.sinks].sort((a, b) => order.indexOf(markOf(a)) - order.indexOf(markOf(b))).slice(0, 6);
  const text = dead ? w.row.gaveUp(dead) : waiting ? w.row.waits(waiting) : names('ok') ? w.row.delivered : w.row.dropped;
  return [h('span.marks', icons.map((sink) => icon(markOf(sink), `${sink.name}: ${w.delivery(sink.state)}`))), text];
}

export function endpointState(endpoint) {
  const [name, text] = w.endpoint[endpoint.state] ?? ['dash', endpoint.state];
  return state(name, text);
}

export function sinkState(sink, format) {
  const behind = sink.lag?.events ?? 0;
  if (sink.state === 'not configured') return state('dash', w.sink.notConfigured);
  if (sink.state === 'standby') return state('pause', w.sink.standby(sink.held_by, sink.held_until && format.time(sink.held_until)));
  if (sink.state === 'paused') return state('pause', w.sink.pausedSince(sink.paused_at && format.since(sink.paused_at)));
  if (sink.state === 'stopped') return state('warn', w.sink.stopped);
  const next = sink.next_attempt ?? sink.next_probe;
  if (behind > 0 && (sink.state === 'probing' || sink.last_error) && next) return state('wait', w.sink.tryingAt(format.time(next)));
  if (behind > 0) return state('wait', w.sink.behind);
  return sink.dead > 0 ? state('bad', w.sink.givingUp) : state('ok', w.sink.whole);
}

export const isWhole = (sink) => (sink.lag?.events ?? 0) === 0 && (sink.dead ?? 0) === 0;

export function pips(count, all) {
  return h('span.pips', { 'aria-hidden': 'true' }, Array.from({ length: all }, (_, i) => h('i', { class: i < count ? 'on' : '' })));
}

export const eventLink = (row, extra = 'strong') => h('a', { href: link('events', row.id), class: extra }, titleOf(row));

export function select(label, options, value, change) {
  const known = options.some(([key]) => key === value);
  const box = h('select', { 'aria-label': label, onchange: () => change(box.value) },
    (known ? options : [...options, [value, value]]).map(([key, text]) => h('option', { value: key, selected: key === value }, text)));
  return box;
}

export const button = (text, run, kind = '') => h('button', { type: 'button', class: `button ${kind}`, onclick: run }, text);
export const linky = (text, run) => h('button.linky', { type: 'button', onclick: run }, text);

export function head(title, subtitle, ...actions) {
  return h('div.head', h('div', h('h1', { tabindex: '-1' }, title), subtitle && h('p', subtitle)), h('div.actions', actions));
}

export const card = (title, extra, ...children) =>
  h('section.card', title && h('header', h('h2', title), extra), children);

export function table(caption, columns, body, kind = 'rows') {
  return h('div.scroll', { tabindex: kind === 'rows' ? null : 0 }, h('table', { class: kind },
    h('caption.hidden', caption),
    h('thead', h('tr', columns.map(([text, cls = '']) => h('th', { scope: 'col', class: cls }, text)))), body));
}

export const emptyCard = (title, ...children) => h('section.card.empty', h('h2', title), children);

export const figure = (label, number, unit, below) => h('div', h('dt', label), h('dd', h('strong', number), unit && ` ${unit}`), h('dd', below));
export const figures = (...all) => h('dl.card.figures', all);

export function sinkRow(app, sink, each) {
  const { format } = app;
  const behind = sink.lag?.events ?? 0;
  const own = each?.sinks?.[sink.name];
  return h('tr', { 'data-key': sink.name },
    h('td.a.grow', h('a.strong', { href: link('sinks', sink.name) }, sink.name)),
    h('td.clip.soft', { title: sink.target ?? sink.type }, sink.target ?? sink.type),
    h('td.c', sinkState(sink, format)),
    h('td.num.d', format.count(behind), h('span.phone-word', ` ${w.now.behind.toLowerCase()}`)),
    h('td.num', behind > 0 && sink.lag.seconds > 0 ? span(sink.lag.seconds) : h('span.soft', w.none)),
    h('td', { class: `num b ${sink.dead > 0 ? 'strong' : ''}` }, format.count(sink.dead ?? 0), h('span.phone-word', ` ${w.now.givenUp.toLowerCase()}`)),
    each && h('td', spark(own?.delivered, `${sum(own?.delivered)} ${w.delivery('delivered')}`)));
}

export const sinkColumns = (each, windowName) => [[w.now.sink], [w.now.goesTo], [w.now.state], [w.now.behind, 'num'], [w.now.oldestWaiting, 'num'], [w.now.givenUp, 'num'], ...(each ? [[w.now.delivered(windowName)]] : [])];

/** Text in the face of code, to be scrolled by keyboard. */
export const source = (text) => h('pre.code', { tabindex: 0 }, text);

/** A command for a terminal, with a button that copies it. */
export const command = (app, text) =>
  h('div.command', h('pre.code.flat', text), h('button.linky', { type: 'button', 'aria-label': `${w.rejections.copy}: ${text}`, onclick: () => app.copy(text) }, w.rejections.copy));

export function failure(app, error, again, title = w.errors.title) {
  return h('div', head(title), h('section.card.empty', { role: 'alert' }, h('p', w.errors.of(error)), again && button(w.lane.retry, again)));
}

/**
 * Draws what `read` gives: nothing for 150 ms, then a ground of about its height, then `draw(answer)`; what fails is told, with a
 * button to try again, unless `missing(error)` has another word for it.
 */
export async function load(app, root, signal, read, draw, missing) {
  const timer = setTimeout(() => {
    if (root.childElementCount === 0) fill(root, h('div', { 'aria-busy': 'true' }, h('div.skeleton'), h('div.skeleton.tall')));
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

/** Tabs over `panel`: [[key, label]]. */
export function tabs(label, items, current, choose) {
  const list = h('div', { role: 'tablist', 'aria-label': label });
  const make = ([key, text]) => h('button', { type: 'button', role: 'tab', id: `tab-${key}`, 'aria-controls': 'panel', 'aria-selected': String(key === current), tabindex: key === current ? 0 : -1, onclick: () => pick(key) }, text);
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
