// Rejections: why is a store refused, what do I change?

import { link, sum } from '../format.js';
import { h, fill } from '../dom.js';
import { time, select, button, head, emptyCard, command, load } from '../pieces.js';
import { w } from '../words.js';

const isScan = (one) => !one.endpoint;

function cameIn(app, one) {
  const { format } = app;
  const fields = one.headers ?? [];
  return [h('h2', w.rejections.came),
    h('p.soft', w.rejections.line(one, format.bytes(one.bytes), fields.length)),
    one.proven && h('p.soft', w.rejections.proven),
    fields.length > 0 && h('details.chart-table', h('summary', w.rejections.headers),
      h('dl.facts', fields.map(({ name, value }) => [h('dt', name), h('dd', { class: value === undefined ? 'faint' : 'code' }, value ?? w.rejections.valueHidden)]))),
    one.body && h('details.chart-table', h('summary', w.rejections.body + (one.body_cut ? ` (${w.rejections.cut})` : '')), h('pre.code.flat', { tabindex: 0 }, one.body))];
}

function steps(app, one) {
  if (!one.steps?.length) return h('p', one.diagnosis ?? w.rejections.unknown);
  return h('ol.steps', one.steps.map((step) => h('li', h('div', step.text, step.command && command(app, step.command)))));
}

function drawOne(app, one, isOpen) {
  const { format } = app;
  return h('details.card', { open: isOpen, 'data-key': one.number, id: `rejection-${one.number}` },
    h('summary', h('strong', { class: isScan(one) ? 'soft' : 'bad' }, one.status), h('span.strong', one.endpoint ?? w.rejections.noEndpoint),
      h('span.soft', `${w.rejections.times(format.count(one.count))}, `, time(format, one.time, 'ago')),
      h('span.grow', one.summary ?? w.capital(one.reason))),
    h('div.detail',
      h('h2', w.rejections.change), steps(app, one),
      one.diagnosis && one.steps?.length > 0 && h('p.soft', one.diagnosis),
      h('p.small.faint', `${w.rejections.reason}: ${one.reason}`),
      cameIn(app, one),
      one.endpoint && h('p', h('a', { href: link('events', '', { endpoint: one.endpoint }) }, w.rejections.around))));
}

export function open(root, route, app, signal) {
  const endpoint = route.query.endpoint ?? '';
  let all = [];
  let next;
  const opened = new Set(route.id ? [String(route.id)] : []);
  let first = !route.id;

  async function read(cursor) {
    const answer = await app.api.get('/api/rejections', { limit: 50, cursor, endpoint }, signal);
    next = answer.next;
    return answer.rejections;
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
      all.length === 0 && emptyCard(w.rejections.none, h('p', w.rejections.noneText)),
      real.map((one) => drawOne(app, one, isOpen(one.number))),
      scans.length > 0 && h('details.card', { 'data-key': 'scans', open: isOpen('scans') || scans.some((one) => isOpen(one.number)) },
        h('summary', h('strong.soft', '404'), h('span.strong', w.rejections.noEndpoint), h('span.soft', w.rejections.scanners(scans.length, app.format.count(sum(scans.map(({ count }) => count))))), h('span.grow.soft', w.rejections.scannersText)),
        scans.map((one) => h('div.item', h('span', one.status, ' ', h('span.soft', w.rejections.times(app.format.count(one.count)))), h('span.code', `${one.method} ${one.path}`), h('span.soft', time(app.format, one.time, 'ago'))))),
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
    if (!signal.aborted) draw();
  }

  return {
    ready: load(app, root, signal, () => read(), (answer) => {
      all = answer;
      draw();
      if (route.id) document.getElementById(`rejection-${route.id}`)?.scrollIntoView();
    }),
    reload: reread,
    update(kind) {
      if (kind === 'rejection' || kind === 'returned') reread();
    },
  };
}
