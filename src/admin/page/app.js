// The frame: routes, what is live, messages, and what every view may use.

import { h, fill, exchange } from './dom.js';
import { refreshTimes, button, linky } from './pieces.js';
import { createApi } from './api.js';
import { createFormat, duration, parseRoute, link, sectionOf, searchToRoute, searchOfRoute } from './format.js';
import { createLive } from './stream.js';
import { createJob } from './bulk.js';
import { listenToKeys } from './keys.js';
import { ask } from './dialog.js';
import { w } from './words.js';

const loadView = async (name) => import(`./views/${name}.js`);
const streamKinds = 'accepted,settled,sink,endpoint,rejection,tick';
const at = (id) => document.getElementById(id);
const main = at('main');
const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const settings = {
  get: (name) => localStorage.getItem(`shopbell.${name}`),
  set: (name, value) => (value ? localStorage.setItem(`shopbell.${name}`, value) : localStorage.removeItem(`shopbell.${name}`)),
};

let view = null;
let viewEnd = null;
let route = null;
let skew = 0;
let statusAsked = null;
let statusTimer = 0;
let returnTo = null;
let reached = true;
const bars = new Map();
const jobs = new Set();

const makeFormat = (home) => createFormat({
  locale: navigator.language || 'en', zone: settings.get('zone') ?? browserZone, clock: () => Date.now() + skew, home,
});

const api = createApi({
  onUnauthorized: () => { if (route?.view !== 'token') showToken(); },
  onReached: (yes) => { if (yes !== reached) { reached = yes; showConnection(); } },
});

export const app = {
  api, settings, format: makeFormat(new Set()), status: null, memory: new Map(),
  go: (hash) => { location.hash = hash; },
  /** Changes the route without a new view. */
  replaceRoute: (hash) => {
    history.replaceState(history.state, '', hash);
    route = parseRoute(hash);
  },
  mayChange: () => app.status?.access?.may_change !== false,
  notice, announce, copy, job, ask, refreshStatus,
  isLive: () => !live.isPaused(),

  /** Runs a change and tells how it went. */
  async act(what, run, done, undo) {
    try {
      const answer = await run();
      if (done) {
        notice(typeof done === 'function' ? done(answer) : done, { undo });
        refreshStatus();
      }
      return answer;
    } catch (error) {
      notice(w.errors.failed(what, w.errors.of(error)), { bad: true });
      return null;
    }
  },
};

// ---- Messages ----

function notice(text, { undo, bad = false, keep = false } = {}) {
  const box = h('div', { class: `notice ${bad ? 'bad' : ''}`, role: bad ? 'alert' : 'status' });
  const close = () => exchange(box);
  fill(box, h('span', text),
    undo && linky(w.frame.undo, async () => { close(); await undo(); notice(w.frame.undone); refreshStatus(); }),
    linky(w.frame.dismiss, close));
  const region = at('notices');
  while (region.querySelectorAll('.notice:not([data-keep])').length > 2) region.querySelector('.notice:not([data-keep])').remove();
  region.append(box);
  if (keep) box.dataset.keep = '';
  else setTimeout(() => { if (!box.matches(':hover, :focus-within')) close(); }, undo ? 20000 : 8000);
  return box;
}

let announcedAt = 0;
function announce(text) {
  if (Date.now() - announcedAt < 10000) return;
  announcedAt = Date.now();
  at('announce').textContent = text;
}

async function copy(text, personal = false) {
  try {
    await navigator.clipboard.writeText(text);
    notice(personal ? w.frame.copiedPersonal : w.frame.copied);
  } catch {
    ask({ title: w.frame.copyFailed, body: h('pre.code.flat', text), cancel: w.dialog.close });
  }
}

/** A line above the view; null takes it away. */
function bar(name, node) {
  bars.get(name)?.remove();
  bars.delete(name);
  if (!node) return;
  bars.set(name, node);
  at('bars').append(node);
}

const barOf = (kind, text, ...actions) => h('div', { class: `bar ${kind}`, role: kind === 'bad' ? 'alert' : 'status' }, h('span', text), actions);

/** Many at once; goes on while other views are shown. Its buttons stay where they are while its text changes. */
function job({ total, step, running, done, after }) {
  const about = app.format.count(total);
  const text = h('span');
  const progress = h('progress', { max: total, value: 0, 'aria-label': about });
  const stop = button(w.job.stop, () => one.stop());
  const goOn = button(w.job.goOn, () => one.run(), 'main');
  const end = () => {
    exchange(box);
    jobs.delete(one);
    after?.();
  };
  const dismiss = linky(w.frame.dismiss, end);
  const box = h('div.notice', { role: 'status', 'data-keep': '' }, text, stop, goOn, dismiss, progress);
  const one = createJob({ step, onChange: ({ state, error, done: number }) => {
    const count = app.format.count(number);
    const runs = state === 'running';
    if (state === 'done') {
      end();
      notice(done(count));
      refreshStatus();
      return;
    }
    stop.hidden = !runs;
    goOn.hidden = runs;
    dismiss.hidden = runs;
    progress.value = number;
    fill(text, runs ? running(count, about) : state === 'stopped' ? w.job.stopped(count, about) : w.job.failed(count, about, w.errors.of(error)));
  } });
  jobs.add(one);
  at('notices').append(box);
  one.run();
}

addEventListener('beforeunload', (event) => {
  if ([...jobs].some((one) => one.state === 'running')) event.preventDefault();
});

// ---- Status: one answer for the frame and for Now ----

async function loadStatus() {
  const status = await api.get('/api/status', { day_start: app.format.dayStart(), mask: 1 });
  skew = new Date(status.now).getTime() - Date.now();
  if (app.status && app.status.version !== status.version) {
    bar('upgraded', barOf('plain', w.frame.upgraded, button(w.frame.reload, () => location.reload(), 'main')));
  }
  const home = new Set([...app.format.home, ...(status.latest ?? []).map((row) => row.order?.total?.currency)]);
  home.delete('USD');
  home.delete(undefined);
  if (home.size > app.format.home.size) app.format = makeFormat(home);
  app.status = status;
  drawStatus();
  return status;
}

/** The status, asked once however many want it. */
app.loadStatus = () => {
  statusAsked ??= loadStatus().finally(() => { statusAsked = null; });
  return statusAsked;
};

/** Soon, and not more often than every two seconds. */
function refreshStatus() {
  statusTimer ||= setTimeout(async () => {
    statusTimer = 0;
    try {
      view?.update?.('status', [await app.loadStatus()]);
    } catch { /* the connection's bar tells it */ }
  }, app.status ? 2000 : 0);
}

const badge = (name, count, kind, label) => {
  const node = document.querySelector(`.nav [data-view="${name}"]`);
  node.querySelector('.badge')?.remove();
  if (count > 0) node.append(h('span', { class: `badge ${kind}` }, app.format.count(count), h('span.hidden', ` ${label}`)));
};

function drawStatus() {
  const { status, format } = app;
  badge('rejections', status.rejections?.kinds ?? 0, '', 'kinds');
  badge('sinks', (status.sinks ?? []).reduce((sum, sink) => sum + (sink.dead ?? 0), 0), 'bad', w.now.dead.toLowerCase());
  bar('hindered', status.ready === false ? barOf('bad', w.frame.hindered(status.hindrances ?? [])) : null);
  drawAbout();
}

function drawAbout() {
  const { status, format } = app;
  fill(at('about'),
    status?.version && [h('div', status.host), h('div', w.frame.up(status.version, duration(format.secondsSince(status.started_at))))],
    h('button', { type: 'button', onclick: chooseZone }, w.frame.zone(format.zoneName())),
    status?.access?.may_change === false && h('div', w.frame.lookOnly));
}

async function chooseZone() {
  const field = h('input', { value: app.format.zone, list: 'zones', 'aria-label': w.frame.zoneTitle, autocomplete: 'off' });
  const list = h('datalist', { id: 'zones' }, ['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => h('option', { value: zone })));
  if (!await ask({ title: w.frame.zoneTitle, confirm: w.frame.use, body: h('label.field', w.frame.zoneHint, field, list) })) return;
  const zone = field.value.trim() || browserZone;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    notice(w.frame.zoneWrong, { bad: true });
    return;
  }
  settings.set('zone', zone === browserZone ? null : zone);
  app.format = makeFormat(app.format.home);
  drawAbout();
  show(true);
}

// ---- Live ----

let rate = '';
const live = createLive({
  open: (lastId, signal) => api.stream({ kinds: streamKinds, brief: 1, mask: 1 }, lastId, signal),
  clock: () => Date.now() + skew,
  onState: () => { showConnection(); drawLive(); },
  onMessage: (kind, items) => {
    if (kind === 'gap') {
      notice(w.frame.gap(app.format.count(items.reduce((sum, item) => sum + (item.missed ?? 0), 0))));
      view?.reload?.();
    } else if (kind === 'tick') {
      const perMinute = items[0]?.per_minute;
      if (perMinute !== undefined) rate = app.format.decimal(perMinute, perMinute < 10 ? 1 : 0);
      drawLive();
    } else if (!['accepted', 'settled'].includes(kind)) refreshStatus();
    view?.update?.(kind.includes('.') ? 'accepted' : kind, items);
  },
  onReturn: () => {
    refreshStatus();
    view?.update?.('returned', []);
  },
});
app.live = live;

function drawLive() {
  const { state } = live.state();
  const node = at('live');
  node.hidden = route?.view === 'token';
  node.dataset.state = state;
  node.setAttribute('aria-pressed', String(!live.isPaused()));
  fill(node, h('span', w.connection(state)),
    state === 'live' && rate && h('span.more', w.frame.rate(rate)));
}

function showConnection() {
  const { state, since } = live.state();
  const lost = state === 'lost' || (!reached && state !== 'live');
  document.body.classList.toggle('stale', lost);
  if (!lost) return bar('lost', null);
  if (bars.has('lost')) return undefined;
  const moment = new Date(since).toISOString();
  return bar('lost', barOf('bad', [w.frame.notConnected(app.format.time(moment)), h('code', 'systemctl status shopbell'), '.'], button(w.frame.tryNow, () => {
    live.tryNow();
    if (!app.status) show(true);
  })));
}

// ---- Routes ----

function showToken() {
  returnTo ??= location.hash;
  live.end();
  open({ view: 'token', query: {} });
}

app.enter = () => {
  returnTo = null;
  app.status = null;
  reached = true;
  show(true);
  if (live.isPaused()) live.toggle();
  else live.start();
};

async function open(next, keepFocus = false) {
  view?.close?.();
  viewEnd?.abort();
  viewEnd = new AbortController();
  view = null;
  route = next;
  const mine = next;
  const section = sectionOf(next?.view ?? '');
  document.body.dataset.view = next?.view ?? '';
  for (const item of document.querySelectorAll('.nav a')) {
    if (item.dataset.view === section) item.setAttribute('aria-current', 'page');
    else item.removeAttribute('aria-current');
  }
  drawLive();
  const root = h('div');
  delete main.dataset.ready;
  main.replaceChildren(root);
  scrollTo(0, 0);
  if (!next) {
    fill(root, h('div.head', h('h1', { tabindex: '-1' }, w.frame.notFound)));
    main.dataset.ready = '';
    return;
  }
  document.title = `${w.view(next.view)} · Shopbell`;
  at('q').value = next.view === 'events' ? searchOfRoute(next.query.q, sessionStorage) : '';
  const module = await loadView(next.view);
  // What may be changed, and the names of endpoints and sinks, have to be known before a view is drawn; Now asks itself.
  if (!app.status && !['now', 'token'].includes(next.view)) await app.loadStatus().catch(() => {});
  if (route !== mine) return;
  const opened = module.open(root, next, app, viewEnd.signal);
  view = opened;
  await opened.ready;
  if (view !== opened) return;
  main.dataset.ready = next.view;
  if (!keepFocus && !opened.placed?.()) root.querySelector('h1')?.focus({ preventScroll: true });
}

app.setTitle = (text) => { document.title = `${text} · Shopbell`; };

function show(keepFocus = false) {
  open(parseRoute(location.hash), keepFocus);
}

addEventListener('hashchange', () => {
  const next = parseRoute(location.hash);
  if (returnTo !== null && route?.view === 'token') {
    returnTo = location.hash;
    return;
  }
  if (view?.follow?.(next)) route = next;
  else open(next);
});

// ---- Search, keys, theme ----

at('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = at('q').value.trim();
  if (/^[0-9a-f-]{36}$/i.test(text)) return app.go(link('events', text.toLowerCase()));
  const hash = link('events', '', { q: searchToRoute(text, sessionStorage) });
  if (hash === location.hash) return show();
  return app.go(hash);
});

at('skip').addEventListener('click', (event) => {
  event.preventDefault();
  (main.querySelector('h1') ?? main).focus();
});

function applyTheme() {
  const chosen = settings.get('theme');
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  at('theme').setAttribute('aria-label', w.frame.theme(dark ? 'light' : 'dark'));
  return dark;
}
at('theme').addEventListener('click', () => {
  const next = applyTheme() ? 'light' : 'dark';
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  settings.set('theme', next === system ? null : next);
  applyTheme();
});
at('live').addEventListener('click', () => live.toggle());

function moveRow(step) {
  const links = [...main.querySelectorAll('td.a a, summary')].filter((node) => node.checkVisibility());
  const current = links.findIndex((node) => node.closest('tr, details') === document.activeElement?.closest?.('tr, details'));
  const next = links[current < 0 ? (step > 0 ? 0 : links.length - 1) : current + step];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

function showKeys() {
  const box = h('input', { type: 'checkbox', checked: settings.get('keys') !== 'off', onchange: () => settings.set('keys', box.checked ? null : 'off') });
  ask({ title: w.keys.title, cancel: w.dialog.close, body: [
    h('dl.keys', w.keys.list.map(([keys, text]) => h('div', h('dt', keys.split('  ').map((key) => [h('kbd', key), ' '])), h('dd', text)))),
    h('label.check', box, w.keys.on)] });
}

const goTo = (hash) => () => app.go(hash);
listenToKeys({
  '/': () => at('q').focus(),
  'g n': goTo('#/'), 'g e': goTo('#/events'), 'g r': goTo('#/rejections'), 'g s': goTo('#/sinks'), 'g t': goTo('#/setup'), 'g c': goTo('#/checkup'),
  j: () => moveRow(1), k: () => moveRow(-1),
  x: () => document.activeElement?.closest?.('tr')?.querySelector('input[type="checkbox"]')?.click(),
  '[': () => view?.older?.(), ']': () => view?.newer?.(),
  p: () => live.toggle(),
  c: () => copy(location.href),
  '?': showKeys,
  Escape: (event) => {
    if (document.querySelector('dialog[open]')) return;
    if (event.target === at('q')) return void (at('q').blur(), (main.querySelector('h1') ?? main).focus());
    if (['event', 'sink'].includes(route?.view)) history.length > 1 ? history.back() : app.go(`#/${sectionOf(route.view)}`);
  },
}, () => settings.get('keys') !== 'off', new AbortController().signal);

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', applyTheme);
history.scrollRestoration = 'manual';
applyTheme();
drawAbout();
setInterval(() => { if (document.visibilityState === 'visible') refreshTimes(app.format); }, 10000);
show();
live.start();

