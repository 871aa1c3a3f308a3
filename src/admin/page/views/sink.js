// One sink: how far it is, who waits, what was given up.

import { h, fill } from '../dom.js';
import { time, sinkState, eventLink, titleOf, button, linky, head, table, command, load, failure, tabs, figure, figures } from '../pieces.js';
import { w } from '../words.js';
import { pathOf } from '../api.js';
import { chart, timeChart } from '../chart.js';
import { createList } from '../list.js';
import { span, link, joined } from '../format.js';
import { replayTo, retryAt, dropAt, changeDead, changePicked, deliverAgain } from '../bulk.js';

export function open(root, route, app, signal) {
  const name = route.id;
  let sink = null;
  let series = null;
  let tab = ['waiting', 'dead', 'routes'].includes(route.query.tab) ? route.query.tab : null;
  let list = null;
  let listEnd = null;
  let shownAt;
  const picked = new Map();

  async function read() {
    const [answer, columns] = await Promise.all([app.api.get('/api/sinks', {}, signal), app.api.get('/api/series', { window: '1h', sink: name }, signal)]);
    sink = answer.sinks.find((one) => one.name === name);
    series = columns;
  }

  // ---- Actions ----

  const post = (action) => app.api.post(pathOf('sinks', name, action)).then(reread);
  const pause = () => app.act(w.sinks.pause, () => post('pause'), w.sinks.paused(name), () => post('resume'));
  const resume = () => app.act(w.sinks.resume, () => post('resume'), w.sinks.resumed(name), () => post('pause'));
  const again = (id) => replayTo(app, id, name).then(reread);
  const retry = (id) => retryAt(app, id, name).then((answer) => answer && gone(id));
  const drop = (id) => dropAt(app, id, name, reread).then((answer) => answer && gone(id));

  function gone(id) {
    picked.delete(id);
    list?.remove(id);
    drawSelection();
    reread();
  }

  // ---- Drawing ----

  function drawHead() {
    const { format } = app;
    fill(box.subtitle, joined([sink.type, sink.target]), ' ', sinkState(sink, format));
    const had = box.pause.contains(document.activeElement);
    fill(box.pause, app.mayChange() && sink.state !== 'not configured' && (sink.state === 'paused' ? button(w.sinks.resume, resume, 'main') : button(w.sinks.pause, pause)));
    if (had) box.pause.querySelector('button')?.focus();
    const behind = sink.lag?.events ?? 0;
    fill(box.figures, figures(
      figure(w.sinks.behind, format.count(behind), w.now.deliveries(behind), sink.last_delivered_at && ['last ', time(format, sink.last_delivered_at, 'ago')]),
      figure(w.sinks.oldest, behind > 0 && sink.lag.seconds > 0 ? span(sink.lag.seconds) : w.none, '', sink.oldest_waiting && h('a', { href: link('events', sink.oldest_waiting.id) }, format.when(sink.oldest_waiting.time))),
      figure(w.sinks.deliveredTitle, format.count(sink.delivered ?? 0), '', w.sinks.sinceStart),
      sink.eta_s != null && behind > 0 && figure(w.sinks.eta, w.sinks.about(span(sink.eta_s))),
      figure(w.sinks.givenUp, format.count(sink.dead ?? 0), w.now.deliveries(sink.dead ?? 0))));
    fill(box.note, sink.last_error && behind + (sink.dead ?? 0) > 0 && h('p.said', joined([w.sinks.last, sink.last_error_at && format.when(sink.last_error_at)]) + ': ' + sink.last_error),
      sink.state === 'not configured' && h('div', h('p', w.sinks.forget), command(app, `shopbell sinks forget ${name}`)));
    if (series && !box.charts.matches(':focus-within')) {
      fill(box.charts, h('div.charts',
        chart(format, w.sinks.chart(series.step_s), series, [[w.delivery('delivered'), series.delivered, 'c1'], [w.sinks.failed, series.failed, 'c3']]),
        timeChart(format, w.sinks.duration, series, series.delivery_ms)));
    }
  }

  const labels = () => Object.entries({ waiting: sink.lag?.events ?? 0, dead: sink.dead ?? 0, routes: sink.routes?.length }).filter(([, count]) => count !== undefined)
    .map(([key, count]) => [key, w.sinks.tabs[key](app.format.count(count))]);

  function drawTabs() {
    const bar = box.tabs.querySelector('[role="tablist"]');
    if (bar && bar.childElementCount === labels().length) {
      labels().forEach(([key, label]) => fill(bar.querySelector(`#tab-${key}`), label));
      return;
    }
    fill(box.tabs, tabs(name, labels(), tab, (key) => {
      tab = key;
      app.replaceRoute(link('sinks', name, { tab }));
      drawPanel();
    }));
  }

  function pick(row, on) {
    if (on) picked.set(row.id, row);
    else picked.delete(row.id);
    box.panel.querySelector(`[data-key="${row.id}"]`)?.classList.toggle('picked', on);
    drawSelection();
  }

  function drawSelection() {
    const count = app.format.count(picked.size);
    box.selection.hidden = picked.size === 0;
    const ids = [...picked.keys()];
    const after = () => { picked.clear(); drawPanel(); reread(); };
    const change = (action) => button(w.dead[action].button(count), () => changePicked(app, action, name, ids, after), action === 'retry' ? 'main' : '');
    fill(box.selection, picked.size > 0 && [h('span', w.events.picked(count)),
      tab === 'dead' ? [change('retry'), change('drop')] : button(w.dead.retry.button(count), () => deliverAgain(app, { ids, sink: name, after }), 'main'),
      linky(w.events.unpick, () => { picked.clear(); drawPanel(); })]);
  }

  function makeRow(row) {
    const { format } = app;
    const may = app.mayChange();
    const label = w.events.pick(titleOf(row));
    return [h('tr', { 'data-key': row.id, class: picked.has(row.id) ? 'picked' : '' },
      h('td.pick', may && h('label', h('input', { type: 'checkbox', checked: picked.has(row.id), 'aria-label': label, onclick: (event) => pick(row, event.target.checked) }))),
      h('td.a.grow', eventLink(row)),
      h('td.num', w.sinks.tries(row.attempts ?? 0)),
      tab === 'waiting'
        ? h('td.b', row.held_by ? h('span.soft', w.sinks.after) : row.next_attempt ? time(format, row.next_attempt) : '')
        : h('td.b', time(format, row.died_at)),
      h('td.c.clip.soft', { title: row.error ?? '' }, row.error ?? ''),
      h('td.d.num.action', may && (tab === 'waiting' ? linky(w.lane.tryNow, () => again(row.id)) : [linky(w.lane.retry, () => retry(row.id)), linky(w.lane.drop, () => drop(row.id))])))];
  }

  async function readPage(cursor) {
    if (tab === 'waiting') {
      const answer = await app.api.get(pathOf('sinks', name, 'waiting'), { limit: 100, cursor }, signal);
      return { items: answer.waiting, next: answer.next };
    }
    const answer = await app.api.get('/api/dead', { sink: name, limit: 100, cursor }, signal);
    if (!cursor) shownAt = answer.now ?? new Date(app.format.clock()).toISOString();
    return { items: answer.dead, next: answer.next };
  }

  function drawPanel() {
    listEnd?.abort();
    picked.clear();
    drawSelection();
    list = null;
    box.panel.setAttribute('aria-labelledby', `tab-${tab}`);
    if (tab === 'routes') return fill(box.panel, sink.routes.length > 0 ? sink.routes.map((one) => h('div.item', one)) : h('p.empty', w.sinks.noRoute));
    listEnd = new AbortController();
    const isDead = tab === 'dead';
    const foot = h('div.foot');
    const empty = h('p.empty', { hidden: true }, isDead ? w.sinks.noneDead : w.sinks.noneWaiting);
    const frame = table(isDead ? w.now.dead : w.now.waiting, [['', 'pick'], [w.sinks.columns.event], [w.sinks.columns.tries, 'num'], [isDead ? w.sinks.columns.given : w.sinks.columns.next], [w.sinks.columns.answer], [w.sinks.columns.action, 'num']], []);
    const grid = frame.querySelector('table');
    grid.tHead.rows[0].cells[0].append(h('span.hidden', w.events.picked('')));
    const bulk = app.mayChange() && h('div.pad.actions', { hidden: true }, isDead
      ? [button(w.sinks.againAll, () => changeDead(app, 'retry', { sink: name, before: shownAt, after: done }), 'main'), button(w.sinks.dropAll, () => changeDead(app, 'drop', { sink: name, before: shownAt, after: done }))]
      : null);
    const done = () => { drawPanel(); reread(); };
    fill(box.panel, bulk, frame, empty, foot);
    list = createList({
      table: grid, load: readPage, makeRow, signal: listEnd.signal,
      onPage: (state) => {
        empty.hidden = !state.isEmpty;
        frame.hidden = state.isEmpty;
        if (bulk && isDead) bulk.hidden = state.count < 2;
        fill(foot, !state.isEmpty && !state.isEnd && w.events.loading);
      },
      onError: (failed) => {
        if (failed.status !== 401) fill(foot, h('span.bad', { role: 'alert' }, w.errors.of(failed)));
      },
    });
    return list.start();
  }

  async function reread() {
    if (signal.aborted) return;
    try {
      await read();
      if (sink && !signal.aborted) {
        drawHead();
        drawTabs();
      }
    } catch { /* the connection's bar tells it */ }
  }

  // What changes has a place of its own: a button must not be exchanged while it is pressed.
  const box = { subtitle: h('p'), pause: h('div'), note: h('div'), figures: h('div'), charts: h('div'), tabs: h('div.tabs'), selection: h('div.bar.plain', { role: 'status', hidden: true }), panel: h('div', { role: 'tabpanel', id: 'panel' }) };

  const begin = () => load(app, root, signal, read, () => {
    if (!sink) return fill(root, failure(app, new Error(w.sinks.gone), null, name));
    tab ??= (sink.dead ?? 0) > 0 && (sink.lag?.events ?? 0) === 0 ? 'dead' : 'waiting';
    const title = head(name, null, box.pause);
    title.firstChild.append(box.subtitle);
    fill(root, title, box.note, box.figures, box.charts, box.selection, h('section.card.picking', box.tabs, box.panel));
    app.setTitle(name);
    drawHead();
    drawTabs();
    return drawPanel();
  });

  return {
    ready: begin(),
    close: () => listEnd?.abort(),
    reload: reread,
    update(kind, items) {
      if (!sink) return;
      if (kind === 'status') {
        sink = items[0].sinks?.find((one) => one.name === name) ?? sink;
        drawHead();
        drawTabs();
      } else if (kind === 'returned') {
        reread();
        list?.reread().catch(() => {});
      } else if (kind === 'settled' && tab === 'waiting') {
        for (const item of items) if (item.sinks?.some((one) => one.name === name && !['waiting', 'pending', 'queued'].includes(one.state))) list?.remove(item.id);
      }
    },
  };
}
