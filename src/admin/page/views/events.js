// Events: what came, and where is order 1026?

import { link, searchOfRoute } from '../format.js';
import { h, fill } from '../dom.js';
import { time, titleOf, atSinks, eventLink, select, button, linky, table, emptyCard } from '../pieces.js';
import { w } from '../words.js';
import { createList } from '../list.js';
import { deliverAgain, changeDead } from '../bulk.js';

const pageSize = 100;
const filterNames = ['type', 'endpoint', 'state', 'sink', 'since', 'q'];

export function open(root, route, app, signal) {
  const filter = Object.fromEntries(filterNames.map((name) => [name, route.query[name] ?? '']));
  const text = searchOfRoute(filter.q, sessionStorage);
  const isPlain = filterNames.every((name) => !filter[name]);
  const key = `events ${location.hash}`;
  const saved = app.memory.get(key);
  let shownAt = new Date(app.format.clock()).toISOString();
  const picked = new Map();
  let fresh = 0;
  let pulling = 0;

  const brief = { brief: 1, mask: 1 };
  const shown = { ...filter, q: '' };
  const given = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value));

  async function load(cursor, more = {}) {
    const answer = text
      ? await app.api.post('/api/events/search', brief, given({ ...shown, q: text, sink: '', limit: pageSize, cursor }), signal)
      : await app.api.get('/api/events', { ...brief, ...shown, limit: pageSize, cursor, ...more }, signal);
    if (!cursor && !more.newer_than && answer.now) shownAt = answer.now;
    return { items: answer.events, next: answer.next, searchedTo: answer.searched_to };
  }

  function makeRow(row, previous) {
    const { format } = app;
    const day = format.day(row.time);
    const rows = [];
    if (previous ? format.day(previous.time) !== day : !format.isToday(row.time)) {
      rows.push(h('tr.day', h('td', { colspan: 7 }, format.isYesterday(row.time) ? w.events.yesterday : format.date(row.time))));
    }
    const box = h('input', { type: 'checkbox', checked: picked.has(row.id), 'aria-label': w.events.pick(titleOf(row)), onclick: (event) => pick(row, event.target.checked) });
    const line = h('tr', { 'data-key': row.id, class: picked.has(row.id) ? 'picked' : '' },
      h('td.pick', h('label', box)),
      h('td.c', time(format, row.time, format.isToday(row.time) ? 'time' : 'minute')),
      h('td.a.grow', eventLink(row)),
      h('td.soft', row.endpoint),
      h('td.num.b', { title: row.order?.total?.amount }, format.money(row.order?.total)),
      h('td.d.grow', atSinks(row)),
      h('td.code.faint.later', { title: row.id }, `${row.id.slice(0, 4)}…${row.id.slice(-3)}`));
    return [...rows, line];
  }

  function pick(row, on) {
    if (on) picked.set(row.id, row);
    else picked.delete(row.id);
    rows.querySelector(`[data-key="${row.id}"]`)?.classList.toggle('picked', on);
    drawSelection();
  }

  function unpick() {
    picked.clear();
    for (const line of rows.querySelectorAll('tr.picked')) {
      line.classList.remove('picked');
      line.querySelector('input').checked = false;
    }
    drawSelection();
  }

  const to = (change) => link('events', '', { ...filter, ...change });
  const choice = (name, options) => select(w.events.filter[name], [['', w.events.any[name]], ...options], filter[name], (value) => {
    app.memory.set('chosen', name);
    app.go(to({ [name]: value }));
  });
  const names = (list) => (list ?? []).map(({ name }) => [name, name]);

  function drawFilters() {
    const filters = h('div', { class: `filters ${box.filters?.classList.contains('open') ? 'open' : ''}`, id: 'filters' },
      choice('since', Object.entries(w.events.sinceOptions)), choice('state', Object.entries(w.events.stateOptions)),
      choice('endpoint', names(app.status?.endpoints)), !text && choice('sink', names(app.status?.sinks)));
    const toggle = h('button.button.phone', { type: 'button', 'aria-expanded': 'false', 'aria-controls': 'filters', onclick: () => {
      toggle.setAttribute('aria-expanded', String(filters.classList.toggle('open')));
    } }, w.events.filters);
    box.filters = filters;
    if (!box.head.matches(':focus-within')) fill(box.head, toggle, filters);
  }

  function drawChips() {
    const label = { state: w.events.stateOptions[filter.state], since: w.events.sinceOptions[filter.since] ?? `${w.events.filter.since} ${filter.since}`, q: text && w.events.searching(text) };
    const chips = filterNames.filter((name) => filter[name]).map((name) => {
      const shown = label[name] || filter[name];
      return h('a.chip', { href: to({ [name]: '' }), 'aria-label': w.events.remove(shown) }, shown, h('span', { 'aria-hidden': 'true' }, '×'));
    });
    fill(box.chips, chips, chips.length > 0 && h('a', { href: '#/events' }, w.events.clear), chips.length > 0 && app.mayChange() && canDeliver() && linky(w.events.deliver, deliverAll));
    box.chips.hidden = chips.length === 0;
  }

  const canDeliver = () => (text ? list.state().isEnd && list.state().count <= 1000 && list.state().count > 0 : !list.state().isEmpty);

  function deliverAll() {
    const after = () => list.reread();
    if (text) return deliverAgain(app, { ids: list.items().map(({ id }) => id), after });
    if (filter.sink && filter.state === 'dead') return changeDead(app, 'retry', { sink: filter.sink, before: shownAt, type: filter.type, after });
    return deliverAgain(app, { query: given({ type: filter.type, endpoint: filter.endpoint, since: filter.since || '1970-01-01T00:00:00Z', state: filter.state, until: shownAt }), sink: filter.sink, after });
  }

  function drawSelection() {
    box.selection.hidden = picked.size === 0;
    fill(box.selection, picked.size > 0 && [h('span', w.events.picked(app.format.count(picked.size))),
      app.mayChange() && button(w.events.deliverPicked(w.replay.button(app.format.count(picked.size))), () => deliverAgain(app, { ids: [...picked.keys()].slice(0, 1000), after: () => { unpick(); list.reread(); } }), 'main'),
      linky(w.events.unpick, unpick)]);
  }

  function drawFresh() {
    fill(box.fresh, fresh > 0 && button(w.events.fresh(app.format.count(fresh)), readAnew));
    if (fresh > 0) app.announce(w.events.fresh(fresh));
  }

  async function readAnew() {
    fresh = 0;
    drawFresh();
    scrollTo(0, 0);
    await list.start();
  }

  function onPage(state) {
    const { page } = state;
    const searched = page?.searchedTo && page.next ? w.events.searched(app.format.when(page.searchedTo)) : '';
    fill(box.foot, state.isEmpty ? null
      : state.waitsForClick ? [h('span', searched), button(w.events.searchOn, () => list.goOn())]
        : state.isEnd ? h('span', isPlain ? w.events.theEnd : w.events.theEndFiltered) : h('span', w.events.loading));
    box.card.hidden = state.isEmpty;
    fill(box.empty, state.isEmpty && emptyCard(isPlain ? w.events.none : w.events.noneFiltered,
      !isPlain && [h('p', w.events.widen), h('a.button', { href: '#/events' }, w.events.removeAll)],
      isPlain && h('a', { href: '#/' }, w.view('now'))));
    drawChips();
  }

  // ---- What arrives ----

  const mayInsert = () => list.isAtTop() && picked.size === 0 && !rows.matches(':hover') && !rows.contains(document.activeElement);

  /** With a filter the server says which of them fit. */
  async function pull() {
    if (text) return;
    if (pulling > 0) {
      pulling = 2;
      return;
    }
    pulling = 1;
    try {
      const newest = list.newest();
      const answer = await load(undefined, newest ? { newer_than: newest.id } : {});
      arrive(answer.items, Boolean(answer.next));
    } catch { /* the next message asks again */ } finally {
      setTimeout(() => {
        const again = pulling > 1;
        pulling = 0;
        if (again && !signal.aborted) pull();
      }, 1000);
    }
  }

  function arrive(items, more = false) {
    const unknown = items.filter(({ id }) => !list.has(id));
    if (unknown.length === 0) return;
    if (!mayInsert()) {
      fresh += unknown.length;
      drawFresh();
      return;
    }
    if (fresh > 0 || more || list.state().isEmpty || !list.prepend(unknown)) readAnew();
    app.announce(w.events.fresh(unknown.length));
  }

  const box = { head: h('div.actions'), chips: h('div.chips'), selection: h('div.bar.plain', { role: 'status' }), fresh: h('div.fresh'), foot: h('div.foot'), empty: h('div'), card: null };
  const frame = table(w.events.title, [['', 'pick'], [w.events.columns.time], [w.events.columns.event], [w.events.columns.store], [w.events.columns.total, 'num'], [w.events.columns.sinks], [w.events.columns.id, 'later']], []);
  const rows = frame.querySelector('table');
  rows.tHead.rows[0].cells[0].append(h('span.hidden', w.events.picked('')));
  box.card = h('section.card.picking', frame, box.foot);
  const list = createList({
    table: rows, load, makeRow, onPage, signal, saved,
    onError: (error) => { if (error.status !== 401) fill(box.foot, h('span.bad', { role: 'alert' }, w.errors.of(error)), button(w.lane.retry, () => (list.items().length ? list.goOn() : list.start()))); },
  });

  fill(root, h('div.head', h('div', h('h1', { tabindex: '-1' }, w.events.title)), box.head), box.chips, box.selection, box.fresh, box.card, box.empty);
  drawFilters();
  drawChips();
  drawSelection();

  // Who goes from filter to filter stays there.
  const chosen = app.memory.get('chosen');
  app.memory.delete('chosen');
  box.filters.querySelector(`[aria-label="${w.events.filter[chosen]}"]`)?.focus();

  let placed = Boolean(chosen);
  async function begin() {
    if (saved && !chosen) {
      placed = true;
      await new Promise(requestAnimationFrame);
      scrollTo(0, saved.scroll);
      (rows.querySelector(`[data-key="${saved.focus}"] a`) ?? root.querySelector('h1')).focus({ preventScroll: true });
      list.look();
      list.reread().catch(() => {});
      pull();
    } else await list.start();
  }
  app.memory.set('events order', () => list.items().map(({ id }) => id));

  const remember = (event) => {
    const row = event.target.closest?.('tr[data-key]');
    if (row) focus = row.dataset.key;
  };
  let focus = saved?.focus;
  rows.addEventListener('click', remember, { signal });
  rows.addEventListener('focusin', remember, { signal });

  return {
    ready: begin(),
    placed: () => placed,
    reload: () => list.start(),
    close() {
      const order = list.items().map(({ id }) => id);
      for (const name of app.memory.keys()) if (String(name).startsWith('events #')) app.memory.delete(name);
      app.memory.set(key, { ...list.save(), scroll: scrollY, focus });
      app.memory.set('events order', () => order);
    },
    update(kind, items) {
      if (kind === 'status') {
        drawFilters();
        drawChips();
      } else if (kind === 'accepted') {
        if (isPlain) arrive([...items].sort((a, b) => (a.id < b.id ? 1 : -1)));
        else pull();
      } else if (kind === 'settled') {
        for (const item of items) list.change(item.id, (row) => ({ ...row, ...item }));
      } else if (kind === 'returned') {
        list.reread().catch(() => {});
        pull();
      }
    },
  };
}
