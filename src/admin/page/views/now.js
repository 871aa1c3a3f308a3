// Now: does anything need me?

import { h, fill, icon, patch, refresh } from '../dom.js';
import { time, atSinks, endpointState, isWhole, pips, eventLink, select, button, card, table, command, load, figure, figures, sinkRow, sinkColumns } from '../pieces.js';
import { w } from '../words.js';
import { chart, timeChart, spark } from '../chart.js';
import { took, span, link, sum } from '../format.js';
import { changeDead } from '../bulk.js';

const last = (values) => values?.findLast((value) => value != null);
const nameOf = ({ name }) => name;
const byName = (list, name) => list?.find((item) => item.name === name);

function needOf(app, item, status) {
  const { format } = app;
  const endpoint = byName(status.endpoints, item.endpoint);
  const sink = byName(status.sinks, item.sink);
  const open = (hash, text, kind = '') => h('a', { class: `button ${kind}`, href: hash }, text);
  if (endpoint && ['about_to_pause', 'failing'].includes(item.kind)) {
    const failure = endpoint.last_failure;
    const told = w.need[item.kind](endpoint, failure ? w.need.last(failure, format.ago(failure.at)) : '');
    return { ...told, pips: [endpoint.failures_in_a_row, endpoint.pauses_after], actions: [open(link('rejections', failure?.rejection, failure?.rejection ? {} : { endpoint: endpoint.name }), w.need.change, 'main')] };
  }
  if (endpoint && item.kind === 'silent') return { ...w.need.silent(endpoint, format), icon: 'dash', actions: [open(link('checkup', '', { endpoint: endpoint.name }), w.need.probe)] };
  if (sink && item.kind === 'dead') {
    return { ...w.need.dead(sink, item.since && format.since(item.since)), actions: [open(link('sinks', sink.name, { tab: 'dead' }), w.need.look),
      app.mayChange() && button(w.need.again, () => changeDead(app, 'retry', { sink: sink.name, before: status.now }))] };
  }
  if (sink && ['behind', 'stopped', 'paused', 'not_configured'].includes(item.kind)) {
    const told = item.kind === 'paused' ? w.need.paused(sink, sink.paused_at && format.since(sink.paused_at))
      : item.kind === 'not_configured' ? w.need.not_configured(sink) : w.need.behind(sink, sink.lag?.seconds ? span(sink.lag.seconds) : '');
    return { ...told, icon: item.kind === 'paused' ? 'pause' : 'wait', actions: [open(link('sinks', sink.name), w.need.open)] };
  }
  if (item.kind === 'not_ready') return { ...w.need.not_ready((status.hindrances ?? []).join('; ')), actions: [open('#/checkup', w.view('checkup'))] };
  return { ...w.need.other(item), actions: [] };
}

const keyOfNeed = (item) => `${item.kind} ${item.endpoint ?? item.sink ?? ''}`;

function drawNeed(app, item, status) {
  const need = needOf(app, item, status);
  return h('section.need', { 'data-key': keyOfNeed(item) },
    h('div', { class: `tile ${need.tone}` }, icon(need.icon ?? need.tone)),
    h('div', h('h2', need.title), h('p', need.pips && pips(...need.pips), need.text)),
    h('div.actions', need.actions));
}

function drawFigures(app, status, series) {
  const { format } = app;
  const active = (status.sinks ?? []).filter((sink) => sink.state !== 'paused');
  const waiting = sum(active.map((sink) => sink.lag?.events));
  const oldest = Math.max(0, ...active.map((sink) => sink.lag?.seconds ?? 0));
  const dead = sum((status.sinks ?? []).map((sink) => sink.dead));
  const minutes = series.step_s / 60;
  const come = series.accepted.map((value, i) => (value === null ? null : value + (series.duplicate[i] ?? 0)));
  const recent = come.slice(-Math.max(1, Math.round(5 / minutes)) - 1, -1).filter((value) => value !== null);
  const peak = Math.max(0, ...come);
  const peakAt = new Date(new Date(series.from).getTime() + come.indexOf(peak) * series.step_s * 1000);
  const perMinute = (value) => format.decimal(value, value < 10 ? 1 : 0);
  const p50 = last(series.answer_ms?.p50);
  const p95 = last(series.answer_ms?.p95);
  const ms = (value) => (value === undefined ? '–' : format.decimal(value, value < 10 ? 1 : 0));
  const [free, unit] = format.bytes(status.inbox.free_disk).split(' ');
  return figures(
    figure(w.now.received, format.count(status.received_today), '', w.now.inInbox(format.count(status.inbox.events))),
    figure(w.now.rate, recent.length > 0 ? perMinute(sum(recent) / recent.length / minutes) : '0', w.now.aMinute, peak > 0 ? w.now.peak(perMinute(peak / minutes), format.minute(peakAt)) : ''),
    figure(w.now.answer, ms(p50), 'ms', p95 === undefined ? '' : w.now.slowest(took(p95))),
    figure(w.now.waiting, format.count(waiting), w.now.deliveries(waiting), waiting > 0 && oldest > 0 ? w.now.oldest(span(oldest)) : w.now.nothingWaits),
    figure(w.now.dead, format.count(dead), w.now.deliveries(dead), w.now.inSinks((status.sinks ?? []).filter((sink) => sink.dead > 0).length)),
    figure(w.now.disk, free, `${unit} ${w.now.free}`, w.now.inbox(format.bytes(status.inbox.bytes))));
}

function drawCharts(app, series) {
  return h('div.charts',
    chart(app.format, w.now.requests(series.step_s), series, [[w.now.accepted, series.accepted, 'c1'], [w.now.duplicate, series.duplicate, 'c2'], [w.now.refused, series.refused, 'c3']]),
    timeChart(app.format, w.now.answers, series, series.answer_ms));
}

function endpointRow(app, endpoint, each) {
  const { format } = app;
  const own = each?.endpoints?.[endpoint.name];
  const failures = endpoint.failures_in_a_row ?? 0;
  return h('tr', { 'data-key': endpoint.name },
    h('td.a.grow', h('a.strong', { href: link('events', '', { endpoint: endpoint.name }) }, endpoint.name)),
    h('td.c', endpointState(endpoint)),
    h('td', failures > 0 ? [endpoint.pauses_after && pips(failures, endpoint.pauses_after), endpoint.pauses_after ? w.now.of(failures, endpoint.pauses_after) : failures] : h('span.soft', w.none)),
    h('td.num.b', endpoint.last_accepted_at ? time(format, endpoint.last_accepted_at, 'ago') : w.now.never),
    each && [h('td', spark(own?.accepted, `${sum(own?.accepted)} ${w.now.accepted}`)),
      h('td.num', format.count(sum(own?.accepted))), h('td.num', format.count(sum(own?.refused)))]);
}

function latestRow(app, row) {
  return h('tr', { 'data-key': row.id },
    h('td.c', time(app.format, row.time)),
    h('td.a.grow', eventLink(row)),
    h('td.soft', row.endpoint),
    h('td.num.b', app.format.money(row.order?.total)),
    h('td.d.grow', atSinks(row)));
}

const samples = { ejunkie: 'completed', usaepay: 'transaction.sale.success' };

function drawFirst(app, status) {
  const endpoint = status.endpoints?.[0];
  const provider = endpoint?.provider ?? 'jumpseller';
  const done = (yes) => ({ class: yes ? 'done' : '' });
  return card(w.now.first, null, h('div.pad', h('p.soft', w.now.firstText),
    h('ol.steps',
      h('li', done(endpoint), h('div', w.now.stepUrl, endpoint ? command(app, `https://${status.host}${endpoint.path}`) : h('p.soft', w.now.stepSecretMissing))),
      h('li', done(endpoint), h('div', w.now.stepSecret, ' ', h('strong', endpoint?.name ?? '–'))),
      h('li', h('div', w.now.stepSend, command(app, `shopbell send ${provider} ${samples[provider] ?? 'order_paid'}`))))));
}

export function open(root, route, app, signal) {
  let windowName = Object.hasOwn(w.now.windows, route.query.window ?? '') ? route.query.window : '1h';
  let series = null;
  let status = null;
  let parts = null;
  let latest = [];

  const readSeries = () => app.api.get('/api/series', { window: windowName, each: 1 }, signal);

  function build() {
    const choose = select(w.now.window, Object.entries(w.now.windows), windowName, async (value) => {
      windowName = value;
      app.replaceRoute(link('', '', value === '1h' ? {} : { window: value }));
      series = await readSeries().catch(() => series);
      parts = null;
      draw();
    });
    const each = series?.each;
    const bodies = { stores: h('tbody'), sinks: h('tbody'), latest: h('tbody') };
    parts = {
      bodies,
      title: h('h1', { tabindex: '-1' }), subtitle: h('p'), needs: h('div.card'), first: h('div'), figures: h('div'), charts: h('div'),
    };
    fill(root,
      h('div.head', h('div', parts.title, parts.subtitle), h('div.actions', choose)),
      parts.needs, parts.first, parts.figures, parts.charts,
      card(w.now.stores, null, table(w.now.stores, [[w.now.endpoint], [w.now.state], [w.now.failures], [w.now.lastEvent, 'num'], ...(each ? [[w.now.windows[windowName]], [w.now.acceptedTitle, 'num'], [w.now.refusedTitle, 'num']] : [])], bodies.stores)),
      card(w.now.sinks, h('a', { href: '#/sinks' }, w.now.allSinks), table(w.now.sinks, sinkColumns(each, windowName), bodies.sinks)),
      card(w.now.latest, h('a', { href: '#/events' }, w.now.allEvents), table(w.now.latest, [[w.events.columns.time], [w.events.columns.event], [w.events.columns.store], [w.events.columns.total, 'num'], [w.events.columns.sinks]], bodies.latest)));
  }

  function draw() {
    if (!parts) build();
    const { format } = app;
    const attention = status.attention ?? [];
    const sinks = status.sinks ?? [];
    fill(parts.title, w.now.title(attention.length));
    fill(parts.subtitle, w.now.subtitle(format.count(status.received_today), sinks.filter(isWhole).length, sinks.length));
    parts.needs.hidden = attention.length === 0;
    patch(parts.needs, attention, keyOfNeed, (item) => drawNeed(app, item, status));
    fill(parts.first, status.inbox?.events === 0 && drawFirst(app, status));
    fill(parts.figures, drawFigures(app, status, series));
    if (!parts.charts.matches(':focus-within')) fill(parts.charts, drawCharts(app, series));
    parts.bodies.stores.closest('.card').hidden = !status.endpoints?.length;
    patch(parts.bodies.stores, status.endpoints ?? [], nameOf, (item) => endpointRow(app, item, series?.each));
    patch(parts.bodies.sinks, sinks, nameOf, (item) => sinkRow(app, item, series?.each));
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
    patch(body, latest, ({ id }) => id, (row) => latestRow(app, row));
    body.closest('.card').hidden = latest.length === 0;
  }

  const read = () => Promise.all([app.loadStatus(), readSeries()]);
  const reload = () => load(app, root, signal, read, (answer) => {
    [status, series] = answer;
    latest = (status.latest ?? []).slice(0, 5);
    draw();
  });

  const timer = setInterval(async () => {
    if (document.visibilityState !== 'visible' || !app.isLive() || !parts) return;
    series = await readSeries().catch(() => series);
    if (!signal.aborted) draw();
  }, 60000);
  signal.addEventListener('abort', () => clearInterval(timer));

  return {
    ready: reload(),
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
        app.announce(w.events.fresh(items.length));
      } else if (kind === 'settled') {
        latest = latest.map((row) => ({ ...row, ...items.find(({ id }) => id === row.id) }));
        drawLatest();
      }
    },
  };
}
