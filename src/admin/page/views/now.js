// Now: does anything need me?

import { h, fill, icon, patch, refresh, time, atSinks, endpointState, sinkState, isWhole, pips, eventLink, select, button, card, table, command, load } from '../dom.js';
import { words as w } from '../words.js';
import { chart, spark } from '../chart.js';
import { took, span, link } from '../format.js';
import { retryDead } from '../bulk.js';

const sum = (values) => values.reduce((total, value) => total + (value ?? 0), 0);
const last = (values) => values?.findLast((value) => value !== null && value !== undefined);
const byName = (list, name) => list?.find((item) => item.name === name);

function needOf(app, item, status) {
  const { format } = app;
  const ago = (moment) => format.ago(moment);
  const endpoint = byName(status.endpoints, item.endpoint);
  const sink = byName(status.sinks, item.sink);
  const open = (hash, text, kind = '') => h('a', { class: `button ${kind}`, href: hash }, text);
  if (endpoint && ['about_to_pause', 'failing'].includes(item.kind)) {
    const failure = endpoint.last_failure;
    const told = w.need[item.kind](endpoint, failure ? w.need.last(failure, ago(failure.at)) : '');
    return { ...told, pips: [endpoint.failures_in_a_row, endpoint.pauses_after], actions: [open(link('rejections', failure?.rejection, failure?.rejection ? {} : { endpoint: endpoint.name }), w.need.change, 'main')] };
  }
  if (endpoint && item.kind === 'silent') return { ...w.need.silent(endpoint, format), icon: 'dash', actions: [open(link('checkup', '', { endpoint: endpoint.name }), w.need.probe)] };
  if (sink && item.kind === 'dead') {
    return { ...w.need.dead(sink, item.since && format.since(item.since)), actions: [open(link('sinks', sink.name, { tab: 'dead' }), w.need.look),
      app.mayChange() && button(w.need.again, () => retryDead(app, { sink: sink.name, before: status.now }))] };
  }
  if (sink && ['behind', 'stopped', 'paused', 'not_configured'].includes(item.kind)) {
    const told = item.kind === 'paused' ? w.need.paused(sink, sink.paused_at && format.since(sink.paused_at))
      : item.kind === 'not_configured' ? w.need.not_configured(sink) : w.need.behind(sink, sink.lag?.seconds ? span(sink.lag.seconds) : '');
    return { ...told, icon: item.kind === 'paused' ? 'pause' : 'wait', actions: [open(link('sinks', sink.name), w.need.open)] };
  }
  if (item.kind === 'not_ready') return { ...w.need.not_ready(item.text ?? (status.hindrances ?? []).join('; ')), actions: [open('#/checkup', w.views.checkup)] };
  return { ...w.need.other(item), actions: [item.sink && open(link('sinks', item.sink), w.need.open), item.endpoint && open(link('rejections', '', { endpoint: item.endpoint }), w.need.open)] };
}

function drawNeed(app, item, status) {
  const need = needOf(app, item, status);
  return h('section', { class: 'need', 'data-key': `${item.kind} ${item.endpoint ?? item.sink ?? ''}` },
    h('div', { class: `tile ${need.tone}` }, icon(need.icon ?? need.tone)),
    h('div', {}, h('h2', {}, need.title), h('p', {}, need.pips && pips(...need.pips), need.text)),
    h('div', { class: 'actions' }, need.actions));
}

function drawFigures(app, status, series) {
  const { format } = app;
  const active = (status.sinks ?? []).filter((sink) => sink.state !== 'paused');
  const waiting = sum(active.map((sink) => sink.lag?.events));
  const oldest = Math.max(0, ...active.map((sink) => sink.lag?.seconds ?? 0));
  const dead = sum((status.sinks ?? []).map((sink) => sink.dead));
  const figure = (label, number, unit, below) => h('div', {}, h('dt', {}, label), h('dd', {}, h('strong', {}, number), unit && ` ${unit}`), h('dd', {}, below));
  const minutes = series && series.step_s / 60;
  const come = series?.accepted.map((value, i) => (value === null ? null : value + (series.duplicate[i] ?? 0)));
  const recent = come?.slice(-Math.max(1, Math.round(5 / minutes)) - 1, -1).filter((value) => value !== null) ?? [];
  const peak = come ? Math.max(0, ...come.map((value) => value ?? 0)) : 0;
  const peakAt = come && new Date(new Date(series.from).getTime() + come.indexOf(peak) * series.step_s * 1000);
  const perMinute = (value) => format.decimal(value, value < 10 ? 1 : 0);
  const p50 = last(series?.answer_ms?.p50);
  const p95 = last(series?.answer_ms?.p95);
  const ms = (value) => (value === undefined ? '–' : format.decimal(value, value < 10 ? 1 : 0));
  return h('dl', { class: 'card figures' },
    status.received_today !== undefined && figure(w.now.received, format.count(status.received_today), '', status.inbox && w.now.inInbox(format.count(status.inbox.events))),
    series && figure(w.now.rate, recent.length > 0 ? perMinute(sum(recent) / recent.length / minutes) : '0', w.now.aMinute, peak > 0 ? w.now.peak(perMinute(peak / minutes), format.minute(peakAt)) : ''),
    series && figure(w.now.answer, ms(p50), 'ms', p95 === undefined ? '' : w.now.slowest(took(p95))),
    figure(w.now.waiting, format.count(waiting), w.now.deliveries(waiting), waiting > 0 && oldest > 0 ? w.now.oldest(span(oldest)) : w.now.nothingWaits),
    figure(w.now.dead, format.count(dead), w.now.deliveries(dead), w.now.inSinks((status.sinks ?? []).filter((sink) => sink.dead > 0).length)),
    status.inbox && figure(w.now.disk, ...format.bytes(status.inbox.free_disk).split(/ (?=\D+$)/).map((part, i) => (i ? `${part} ${w.now.free}` : part)), w.now.inbox(format.bytes(status.inbox.bytes))));
}

function drawCharts(app, series) {
  const { from, step_s: step } = series;
  return h('div', { class: 'charts' },
    chart(app.format, { title: w.now.requests(step), from, step, kind: 'bars', series: [
      { name: w.now.accepted, values: series.accepted, colour: 'c1' }, { name: w.now.duplicate, values: series.duplicate, colour: 'c2' }, { name: w.now.refused, values: series.refused, colour: 'c3' }] }),
    chart(app.format, { title: w.now.answers, from, step, kind: 'lines', unit: 'ms', series: [
      { name: w.now.typical, values: series.answer_ms?.p50 ?? [null], colour: 'c1', filled: true }, { name: w.now.slow, values: series.answer_ms?.p95 ?? [null], colour: 'c3' }] }));
}

function endpointRow(app, endpoint, each) {
  const { format } = app;
  const own = each?.endpoints?.[endpoint.name];
  const failures = endpoint.failures_in_a_row ?? 0;
  return h('tr', { 'data-key': endpoint.name },
    h('td', { class: 'a grow' }, h('a', { class: 'strong', href: link('events', '', { endpoint: endpoint.name }) }, endpoint.name)),
    h('td', { class: 'c' }, endpointState(endpoint)),
    h('td', {}, failures > 0 ? [endpoint.pauses_after && pips(failures, endpoint.pauses_after), endpoint.pauses_after ? w.now.of(failures, endpoint.pauses_after) : failures] : h('span', { class: 'soft' }, w.list.none)),
    h('td', { class: 'num b' }, endpoint.last_accepted_at ? time(format, endpoint.last_accepted_at, 'ago') : w.now.never),
    each && [h('td', {}, spark(own?.accepted, w.now.sparkAccepted(sum(own?.accepted ?? [])))),
      h('td', { class: 'num' }, format.count(sum(own?.accepted ?? []))), h('td', { class: 'num' }, format.count(sum(own?.refused ?? [])))]);
}

export function sinkRow(app, sink, each) {
  const { format } = app;
  const behind = sink.lag?.events ?? 0;
  const own = each?.sinks?.[sink.name];
  return h('tr', { 'data-key': sink.name },
    h('td', { class: 'a grow' }, h('a', { class: 'strong', href: link('sinks', sink.name) }, sink.name)),
    h('td', { class: 'clip soft', title: sink.target ?? sink.type }, sink.target ?? sink.type),
    h('td', { class: 'c' }, sinkState(sink, format)),
    h('td', { class: 'num d' }, format.count(behind), h('span', { class: 'phone-word' }, ` ${w.now.behind.toLowerCase()}`)),
    h('td', { class: 'num' }, behind > 0 && sink.lag.seconds > 0 ? span(sink.lag.seconds) : h('span', { class: 'soft' }, w.list.none)),
    h('td', { class: `num b ${sink.dead > 0 ? 'strong' : ''}` }, format.count(sink.dead ?? 0), h('span', { class: 'phone-word' }, ` ${w.now.givenUp.toLowerCase()}`)),
    each && h('td', {}, spark(own?.delivered, w.now.sparkDelivered(sum(own?.delivered ?? [])))));
}

export const sinkColumns = (each, windowName) => [[w.now.sink], [w.now.goesTo], [w.now.state], [w.now.behind, 'num'], [w.now.oldestWaiting, 'num'], [w.now.givenUp, 'num'], ...(each ? [[w.now.delivered(windowName)]] : [])];

function latestRow(app, row) {
  return h('tr', { 'data-key': row.id },
    h('td', { class: 'c' }, time(app.format, row.time)),
    h('td', { class: 'a grow' }, eventLink(row)),
    h('td', { class: 'soft' }, row.endpoint),
    h('td', { class: 'num b' }, app.format.money(row.order?.total)),
    h('td', { class: 'd grow' }, atSinks(row)));
}

function drawFirst(app, status) {
  const endpoint = status.endpoints?.[0];
  const done = (yes) => ({ class: yes ? 'done' : '' });
  return card(w.now.first, null, h('div', { class: 'pad' }, h('p', { class: 'soft' }, w.now.firstText),
    h('ol', { class: 'steps' },
      h('li', done(endpoint), h('div', {}, w.now.stepUrl, endpoint ? command(app, `https://${status.host}${endpoint.path}`) : h('p', { class: 'soft' }, w.now.stepSecretMissing))),
      h('li', done(endpoint), h('div', {}, w.now.stepSecret, ' ', h('strong', {}, endpoint?.name ?? '–'))),
      h('li', {}, h('div', {}, w.now.stepSend, command(app, `shopbell send ${endpoint?.provider ?? 'jumpseller'} ${{ ejunkie: 'completed', usaepay: 'transaction.sale.success' }[endpoint?.provider] ?? 'order_paid'}`))))));
}

/** Changes the rows of a table body by name, without moving the focus. */
function patchRows(body, items, keyOf, make) {
  patch(body, items, keyOf, make, (node, item) => refresh(node, make(item)));
}

export function open(root, route, app) {
  const end = new AbortController();
  let windowName = Object.hasOwn(w.now.windows, route.query.window ?? '') ? route.query.window : '1h';
  let series = null;
  let status = null;
  let parts = null;
  let latest = [];

  const readSeries = () => app.api.get('/api/series', { window: windowName, each: 1 }, end.signal).catch((error) => {
    if (error.status === 404) return null;
    throw error;
  });

  function build() {
    const choose = select(w.now.window, Object.entries(w.now.windows), windowName, async (value) => {
      windowName = value;
      app.replaceRoute(link('', '', value === '1h' ? {} : { window: value }));
      series = await readSeries().catch(() => series);
      parts = null;
      draw();
    });
    const each = series?.each;
    const span = w.now.span[windowName];
    const bodies = { stores: h('tbody'), sinks: h('tbody'), latest: h('tbody') };
    parts = {
      bodies,
      title: h('h1', { tabindex: '-1' }), subtitle: h('p'), needs: h('div', { class: 'card' }), first: h('div'), figures: h('div'), charts: h('div'),
    };
    fill(root,
      h('div', { class: 'head' }, h('div', {}, parts.title, parts.subtitle), series && h('div', { class: 'actions' }, choose)),
      parts.needs, parts.first, parts.figures, parts.charts,
      card(w.now.stores, null, table(w.now.stores, [[w.now.endpoint], [w.now.state], [w.now.failures], [w.now.lastEvent, 'num'], ...(each ? [[w.capital(span)], [w.now.acceptedTitle, 'num'], [w.now.refusedTitle, 'num']] : [])], bodies.stores)),
      card(w.now.sinks, h('a', { href: '#/sinks' }, w.now.allSinks), table(w.now.sinks, sinkColumns(each, span), bodies.sinks)),
      card(w.now.latest, h('a', { href: '#/events' }, w.now.allEvents), table(w.now.latest, [[w.events.columns.time], [w.events.columns.event], [w.events.columns.store], [w.events.columns.total, 'num'], [w.events.columns.sinks]], bodies.latest)));
  }

  function draw() {
    if (!parts) build();
    const { format } = app;
    const attention = status.attention ?? [];
    const sinks = status.sinks ?? [];
    fill(parts.title, w.now.title(attention.length));
    fill(parts.subtitle, status.received_today !== undefined && w.now.subtitle(format.count(status.received_today ?? 0), sinks.filter(isWhole).length, sinks.length));
    parts.needs.hidden = attention.length === 0;
    patch(parts.needs, attention, (item) => `${item.kind} ${item.endpoint ?? item.sink ?? ''}`, (item) => drawNeed(app, item, status), (node, item) => refresh(node, drawNeed(app, item, status)));
    fill(parts.first, status.inbox?.events === 0 && drawFirst(app, status));
    fill(parts.figures, drawFigures(app, status, series));
    if (series && !parts.charts.matches(':focus-within')) fill(parts.charts, drawCharts(app, series));
    parts.bodies.stores.closest('.card').hidden = !status.endpoints?.length;
    patchRows(parts.bodies.stores, status.endpoints ?? [], ({ name }) => name, (item) => endpointRow(app, item, series?.each));
    patchRows(parts.bodies.sinks, sinks, ({ name }) => name, (item) => sinkRow(app, item, series?.each));
    drawLatest();
  }

  function drawLatest() {
    const body = parts.bodies.latest;
    if (body.matches(':hover, :focus-within') && body.childElementCount > 0) {
      for (const row of latest) {
        const node = body.querySelector(`[data-key="${row.id}"]`);
        if (node) refresh(node, latestRow(app, row));
      }
      return;
    }
    patchRows(body, latest, ({ id }) => id, (row) => latestRow(app, row));
    body.closest('.card').hidden = latest.length === 0;
  }

  const read = () => Promise.all([app.loadStatus(), readSeries()]);
  const reload = () => load(app, root, end.signal, read, (answer) => {
    [status, series] = answer;
    latest = (status.latest ?? []).slice(0, 5);
    draw();
  });

  const timer = setInterval(async () => {
    if (document.visibilityState !== 'visible' || !app.isLive() || !parts) return;
    series = await readSeries().catch(() => series);
    if (!end.signal.aborted) draw();
  }, 60000);
  end.signal.addEventListener('abort', () => clearInterval(timer));

  return {
    ready: reload(),
    close: () => end.abort(),
    reload,
    update(kind, items) {
      if (!parts) return;
      if (kind === 'status') {
        [status] = items;
        latest = (status.latest ?? []).slice(0, 5);
        draw();
      } else if (kind === 'accepted') {
        latest = [...items.filter(({ id }) => !latest.some((row) => row.id === id)).reverse(), ...latest].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, 5);
        status = { ...status, received_today: (status.received_today ?? 0) + items.length, inbox: status.inbox && { ...status.inbox, events: status.inbox.events + items.length } };
        app.status = status;
        draw();
        app.announce(w.frame.arrived(items.length));
      } else if (kind === 'settled') {
        latest = latest.map((row) => ({ ...row, ...items.find(({ id }) => id === row.id) }));
        drawLatest();
      }
    },
  };
}
