// Rejections: why is a store refused, what do I change?

import { link } from '../format.js';
import { h, fill, time, select, button, head, command, load } from '../dom.js';
import { words as w } from '../words.js';

const isScan = (one) => !one.endpoint;

function cameIn(app, one) {
  const { format } = app;
  const fields = one.headers ?? [];
  return [h('h2', {}, w.rejections.came),
    h('p', { class: 'soft' }, w.rejections.line({ method: one.method ?? '?', path: one.path ?? '?', client: one.client ?? '?' }, format.bytes(one.bytes ?? 0), fields.length)),
    one.proven && h('p', { class: 'soft' }, w.rejections.proven),
    fields.length > 0 && h('details', { class: 'chart-table' }, h('summary', {}, w.rejections.headers),
      h('dl', { class: 'facts' }, fields.map(({ name, value }) => [h('dt', {}, name), h('dd', { class: value === undefined ? 'faint' : 'code' }, value ?? w.rejections.valueHidden)]))),
    one.body && h('details', { class: 'chart-table' }, h('summary', {}, w.rejections.body + (one.body_cut ? ` (${w.rejections.cut})` : '')), h('pre', { class: 'code flat', tabindex: 0 }, one.body))];
}

function steps(app, one) {
  if (!one.steps?.length) return h('p', {}, one.diagnosis ?? w.rejections.unknown);
  return h('ol', { class: 'steps' }, one.steps.map((step) => h('li', {}, h('div', {}, step.text, step.command && command(app, step.command)))));
}

const summaryOf = (one) => one.summary || one.diagnosis?.split(/(?<=\.) /)[0] || w.capital(one.reason ?? '');

function drawOne(app, one, isOpen) {
  const { format } = app;
  return h('details', { class: 'card', open: isOpen, 'data-key': one.number, id: `rejection-${one.number}` },
    h('summary', {}, h('strong', { class: isScan(one) ? 'soft' : 'bad' }, one.status), h('span', { class: 'strong' }, one.endpoint ?? w.rejections.noEndpoint),
      h('span', { class: 'soft' }, `${w.rejections.times(format.count(one.count))}, `, time(format, one.time, 'ago')),
      h('span', { class: 'grow' }, summaryOf(one))),
    h('div', { class: 'detail' },
      h('h2', {}, w.rejections.change), steps(app, one),
      one.diagnosis && one.steps?.length > 0 && h('p', { class: 'soft' }, one.diagnosis),
      h('p', { class: 'small faint' }, `${w.rejections.reason}: ${one.reason}`),
      cameIn(app, one),
      one.endpoint && h('p', {}, h('a', { href: link('events', '', { endpoint: one.endpoint }) }, w.rejections.around))));
}

export function open(root, route, app) {
  const end = new AbortController();
  const endpoint = route.query.endpoint ?? '';
  let all = [];
  let next;
  const opened = new Set(route.id ? [String(route.id)] : []);
  let first = !route.id;

  async function read(cursor) {
    const answer = await app.api.get('/api/rejections', { limit: 50, cursor }, end.signal, { endpoint });
    next = answer.next;
    return answer.rejections.filter((one) => !endpoint || one.endpoint === endpoint);
  }

  function draw() {
    const open = new Set([...root.querySelectorAll('details.card[open]')].map((node) => node.dataset.key));
    const scans = all.filter(isScan);
    const real = all.filter((one) => !isScan(one));
    if (first && real.length > 0) opened.add(String(real[0].number));
    first = false;
    const isOpen = (key) => open.has(String(key)) || opened.has(String(key));
    const focused = document.activeElement?.closest?.('details')?.dataset.key;
    const names = [...new Set([...(app.status?.endpoints ?? []).map(({ name }) => name), ...all.map((one) => one.endpoint).filter(Boolean)])];
    fill(root, head(w.rejections.title, w.rejections.subtitle, select(w.now.endpoint, [['', w.rejections.any], ...names.map((name) => [name, name])], endpoint, (value) => app.go(link('rejections', '', { endpoint: value })))),
      all.length === 0 && h('section', { class: 'card empty' }, h('h2', {}, w.rejections.none), h('p', {}, w.rejections.noneText)),
      real.map((one) => drawOne(app, one, isOpen(one.number))),
      scans.length > 0 && h('details', { class: 'card', 'data-key': 'scans', open: isOpen('scans') || scans.some((one) => isOpen(one.number)) },
        h('summary', {}, h('strong', { class: 'soft' }, '404'), h('span', { class: 'strong' }, w.rejections.noEndpoint), h('span', { class: 'soft' }, w.rejections.scanners(scans.length, app.format.count(scans.reduce((sum, one) => sum + one.count, 0)))), h('span', { class: 'grow soft' }, w.rejections.scannersText)),
        scans.map((one) => h('div', { class: 'item' }, h('span', {}, one.status, ' ', h('span', { class: 'soft' }, w.rejections.times(app.format.count(one.count)))), h('span', { class: 'code' }, `${one.method} ${one.path}`), h('span', { class: 'soft' }, time(app.format, one.time, 'ago'))))),
      next && button(w.rejections.more, async () => {
        all = [...all, ...await read(next).catch(() => [])];
        draw();
      }));
    opened.clear();
    if (focused) root.querySelector(`details[data-key="${CSS.escape(focused)}"] > summary`)?.focus();
  }

  async function reread() {
    if (root.matches(':has(pre:hover, button:hover)')) return;
    all = await read().catch(() => all);
    if (!end.signal.aborted) draw();
  }

  return {
    ready: load(app, root, end.signal, () => read(), (answer) => {
      all = answer;
      draw();
      if (route.id) document.getElementById(`rejection-${route.id}`)?.scrollIntoView();
    }),
    close: () => end.abort(),
    reload: reread,
    update(kind) {
      if (kind === 'rejection' || kind === 'returned') reread();
    },
  };
}
