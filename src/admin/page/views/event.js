// One event: what was it, who has it, what did they say?

import { h, fill, icon, patch, state, time, until, titleOf, button, linky, card, load, failure, tabs, select } from '../dom.js';
import { words as w } from '../words.js';
import { pathOf } from '../api.js';
import { tokens, indented, readExact, memberText, plain, formPairs, indentedXml, hexRows } from '../json.js';
import { took, link } from '../format.js';
import { menu } from '../dialog.js';

const mostSpans = 12000;
const codeClass = { key: 'k', text: 't', number: 'n', word: 'w' };

/** JSON with colours; null where it is none. */
function colouredJson(text) {
  const list = tokens(text);
  if (!list) return null;
  const parts = indented(list);
  const box = h('pre', { class: 'code', tabindex: 0 });
  for (const { kind, text: piece } of parts.slice(0, mostSpans)) box.append(codeClass[kind] ? h('span', { class: codeClass[kind] }, piece) : piece);
  if (parts.length > mostSpans) box.append(parts.slice(mostSpans).map(({ text: piece }) => piece).join(''));
  return box;
}

const pairTable = (caption, pairs) => h('div', { class: 'scroll', tabindex: 0 }, h('table', { class: 'pairs' }, h('caption', { class: 'hidden' }, caption),
  h('tbody', {}, pairs.map(([name, value]) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', { class: 'code' }, value))))));

function pretty(text, type) {
  if (/x-www-form-urlencoded/i.test(type)) return pairTable(w.event.tabs.original, formPairs(text));
  if (/[/+]xml/i.test(type)) return h('pre', { class: 'code', tabindex: 0 }, indentedXml(text));
  return colouredJson(text) ?? h('pre', { class: 'code', tabindex: 0 }, text);
}

function hexView(bytes) {
  const box = h('pre', { class: 'code hex', tabindex: 0 }, hexRows(bytes));
  let at = 256 * 16;
  const more = bytes.length > at && linky(w.event.more, () => {
    box.append('\n' + hexRows(bytes, at, 4096));
    at += 4096 * 16;
    if (at >= bytes.length) more.remove();
  });
  return h('div', {}, box, more);
}

const decode = (bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

function isText(bytes) {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return !bytes.includes(0);
  } catch {
    return false;
  }
}

// ---- The receipt ----

const textOf = (value) => (Array.isArray(value) ? value.map(textOf).join(', ') : value && typeof value === 'object' ? [value.label ?? value.name, value.value].filter(Boolean).join(': ') : value);
const full = (person) => person?.full_name ?? ([person?.first_name, person?.last_name].filter(Boolean).join(' ') || person?.business_name);
const place = (address) => address && [[address.full_name ?? address.business_name, address.street].filter(Boolean).join(', '), [address.city, address.country_code ?? address.country].filter(Boolean).join(', ')].filter(Boolean).join(' ');

function orderReceipt(app, order, data, at) {
  const { format } = app;
  const row = (name, amount, minus) => amount && h('div', { class: 'sum' }, h('span', {}, name), h('span', { title: amount.amount }, minus && !/^-|^0*\.?0*$/.test(amount.amount) ? '−' : '', format.money(amount)));
  const item = (one) => h('li', {}, h('span', { class: 'quantity' }, `${one.quantity ?? 1} ×`),
    h('span', {}, one.name ?? one.sku ?? one.id, one.options?.length > 0 && h('div', { class: 'faint small' }, textOf(one.options)),
      one.license_keys?.length > 0 && h('div', { class: 'faint small' }, `${w.event.keys}: ${one.license_keys.join(', ')}`)),
    h('span', { title: (one.total ?? one.unit_price)?.amount }, format.money(one.total ?? (one.quantity === undefined || one.quantity === '1' ? one.unit_price : null)) || (one.unit_price && `${format.money(one.unit_price)} each`)));
  const { customer, payment } = order;
  const person = [[w.event.customer, full(customer)], [w.event.email, customer?.email], [w.event.phone, customer?.phone], [w.event.ip, customer?.ip],
    [w.event.shipsTo, place(order.shipping_address)], [w.event.billsTo, order.shipping_address ? null : place(order.billing_address)],
    [w.event.payment, payment && [payment.method ?? payment.type, payment.status, payment.transaction_id].filter(Boolean).join(', ')],
    [w.event.tracking, order.tracking && [order.tracking.company, order.tracking.number].filter(Boolean).join(' ')], [w.event.custom, textOf(order.custom)]].filter(([, value]) => value);
  const tone = { paid: 'ok', shipped: 'ok', pending: 'wait', canceled: 'warn', refunded: 'warn', failed: 'bad' }[order.status] ?? 'wait';
  const sums = [row(w.event.subtotal, order.subtotal), row(order.shipping_method ? `${w.event.shipping}, ${order.shipping_method}` : w.event.shipping, order.shipping),
    row(order.discount_codes?.length > 0 ? `${w.event.discount} ${textOf(order.discount_codes)}` : w.event.discount, order.discount, true), row(w.event.tax, order.tax)].filter(Boolean);
  return [h('header', {}, h('div', {}, h('h2', {}, at.store ?? at.endpoint), order.number && h('p', { class: 'small soft' }, w.event.order(order.number, order.placed_at && placedAt(format, order.placed_at)))),
    order.status && h('span', { class: `stamp ${tone}` }, w.event.statuses[order.status] ?? order.status)),
  order.items?.length > 0 && [h('hr'), h('ul', {}, order.items.map(item))],
  sums.length + (order.total ? 1 : 0) > 0 && [h('hr'), sums, order.total && h('div', { class: 'sum total' }, h('span', {}, w.event.total(order.total.currency)), h('span', { title: order.total.amount }, format.money(order.total)))],
  person.length > 0 && [h('hr'), h('dl', { class: 'person' }, person.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))]];
}

const placedAt = (format, moment) => (Number.isNaN(Date.parse(moment)) ? moment : format.isToday(moment) ? `today ${format.minute(moment)}` : format.when(moment));

/** What is no order: its members, two levels deep. */
function dataReceipt(app, data, at) {
  const pairs = [];
  const walk = (value, name, depth) => {
    if (pairs.length > 24) return;
    if (value instanceof Map) for (const [key, inner] of value) walk(inner, depth > 0 || value.size > 1 ? [name, key].filter(Boolean).join(' › ') : name, depth + 1);
    else if (Array.isArray(value)) pairs.push([name, value.every((one) => typeof one === 'string') ? value.join(', ') : `${value.length}`]);
    else if (value !== null && value !== '') pairs.push([name, value === true ? w.setup.yes : value === false ? w.setup.no : value]);
  };
  const own = [...(data ?? [])].filter(([name]) => !['payload', 'problem', 'order'].includes(name));
  walk(own.length > 0 ? new Map(own) : data?.get('payload') ?? new Map(), '', 0);
  return [h('header', {}, h('div', {}, h('h2', {}, at.store ?? at.endpoint), h('p', { class: 'small soft' }, at.type))), h('hr'),
    pairs.length > 0 ? h('dl', { class: 'person' }, pairs.slice(0, 24).map(([name, value]) => [h('dt', {}, name || w.event.data), h('dd', {}, value)])) : h('p', { class: 'soft' }, w.event.nothing)];
}

// ---- Deliveries ----

const counted = { delivered: 'delivered', pending: 'waiting', queued: 'waiting', waiting: 'waiting', dead: 'given up', dropped: 'dropped' };

function trySentence(entry) {
  if (entry.what === 'dead') return entry.error ? w.lane.refused(entry.error) : w.lane.what.dead;
  return entry.what === 'failed' ? entry.error ?? w.lane.what.failed : w.lane.what[entry.what] ?? entry.what;
}

function tryLine(format, entry, note) {
  return h('li', { class: entry.what === 'delivered' ? 'ok' : ['failed', 'dead'].includes(entry.what) ? '' : 'wait' },
    time(format, entry.at), h('span', {}, trySentence(entry)), h('span', { class: 'faint' }, entry.took_ms === undefined ? '' : took(entry.took_ms), note),
    entry.response && h('pre', { class: 'said', tabindex: 0 }, entry.response));
}

/** More than two alike in a row are one line, until somebody asks. */
function tryLines(format, history) {
  const attempts = history.filter(({ what }) => what === 'failed');
  if (attempts.length <= 3) return history.map((entry) => tryLine(format, entry));
  const lastFailed = attempts[attempts.length - 1];
  const folded = attempts.slice(0, -1);
  const line = h('li', {}, time(format, folded[0].at),
    h('span', {}, w.lane.folded(folded.length, format.minute(folded[folded.length - 1].at), folded[0].error ?? '', folded[folded.length - 1].error)),
    linky(w.lane.showAll, () => line.replaceWith(...folded.map((entry) => tryLine(format, entry)))));
  return [line, ...history.slice(history.indexOf(lastFailed)).map((entry) => tryLine(format, entry))];
}

export function open(root, route, app) {
  const end = new AbortController();
  const { signal } = end;
  const path = pathOf('events', route.id);
  let masked = true;
  let tab = ['original', 'event', 'headers', 'sent'].includes(route.query.tab) ? route.query.tab : 'original';
  let form = 'pretty';
  let sentTo = route.query.sink;
  let detail = null;
  let eventText = '';
  let event = null;
  let original = null;
  let panel = null;
  let asked = 0;

  const query = () => (masked ? { mask: 1 } : null);

  async function read() {
    const text = await app.api.text(path, signal, query());
    detail = JSON.parse(text);
    eventText = memberText(text, 'event') ?? '{}';
    event = readExact(eventText);
  }

  const readOriginal = (extra = query()) => app.api.bytes(pathOf('events', route.id, 'original'), signal, extra);

  // ---- Actions ----

  const name = () => titleOf({ title: detail.title, type: event.get('type'), subject: event.get('subject'), id: detail.id });
  const replay = (sink) => app.act(w.event.again, () => app.api.post(pathOf('events', detail.id, 'replay'), { sink }), (answer) => (sink ? w.lane.tried(sink) : w.event.sent(answer.deliveries))).then(refresh);
  const retry = (sink) => app.act(w.lane.tryAgain, () => app.api.post(pathOf('dead', sink, detail.id, 'retry')), w.lane.tried(sink)).then(refresh);
  const drop = (sink) => app.act(w.lane.drop, () => app.api.post(pathOf('dead', sink, detail.id, 'drop')), w.lane.dropped(sink),
    () => app.api.post(pathOf('events', detail.id, 'replay'), { sink }).then(refresh)).then(refresh);

  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const dropped = /^(host|content-length|connection|accept-encoding|x-forwarded-.*|x-real-ip|transfer-encoding|expect)$/i;

  async function curl(sink) {
    try {
      if (sink) {
        const sent = await app.api.get(pathOf('events', detail.id, 'sent'), { sink }, signal);
        const placeholder = (header) => (sent.hidden?.includes(header.name) ? `$${header.name.toUpperCase().replaceAll('-', '_')}` : header.value ?? '');
        const lines = [`curl -X ${sent.method} ${quote(sent.url)}`, ...sent.headers.map((header) => `-H ${sent.hidden?.includes(header.name) ? `"${header.name}: ${placeholder(header)}"` : quote(`${header.name}: ${header.value}`)}`), `--data-binary ${quote(sent.body ?? '')}`];
        await app.copy(lines.join(' \\\n  '), true);
        return;
      }
      const { bytes } = await readOriginal(null);
      const endpoint = app.status?.endpoints?.find((one) => one.name === event.get('source')?.slice(1));
      const isReadable = isText(bytes);
      const lines = [`curl ${quote(`https://${app.status?.host ?? 'YOUR.HOST'}${endpoint?.path ?? '/'}`)}`,
        ...detail.headers.filter((header) => !dropped.test(header.name)).map((header) => `-H ${quote(`${header.name}: ${header.value ?? ''}`)}`),
        isReadable ? `--data-binary ${quote(decode(bytes))}` : '--data-binary @FILE'];
      await app.copy(lines.join(' \\\n  '), true);
      if (event.get('provider') === 'ejunkie') app.notice(w.event.curlBlanked);
      else if (!isReadable) app.notice(w.event.curlBinary);
    } catch (error) {
      app.notice(w.errors.failed(w.event.curl, w.errors.of(error)), { bad: true });
    }
  }

  async function download() {
    try {
      const { bytes, type } = await readOriginal(null);
      const ending = /json/.test(type) ? 'json' : /urlencoded/.test(type) ? 'txt' : /xml/.test(type) ? 'xml' : 'bin';
      const address = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
      h('a', { href: address, download: `${detail.id}.${ending}` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10000);
    } catch (error) {
      app.notice(w.errors.failed(w.event.download, w.errors.of(error)), { bad: true });
    }
  }

  // ---- Drawing ----

  function lane(one) {
    const { format } = app;
    const history = one.history ?? [];
    const stateMark = { delivered: 'ok', dead: 'bad', dropped: 'dash', 'no longer routed': 'dash' }[one.state] ?? 'wait';
    const attempts = history.filter(({ what }) => ['delivered', 'failed', 'dead'].includes(what));
    const last = history.findLast(({ what }) => what === 'delivered');
    const isOpen = one.state !== 'delivered' || attempts.some(({ what }) => what !== 'delivered');
    const may = app.mayChange();
    const waits = ['pending', 'queued', 'waiting'].includes(one.state);
    const mark = waits && one.held_by ? state('wait', h('a', { href: link('events', one.held_by), title: w.lane.heldByHint }, w.lane.heldBy))
      : waits && one.next_attempt && one.state === 'pending' ? h('span', { class: 'state wait' }, icon('wait'), until(format, one.next_attempt))
        : state(stateMark, w.lane[one.state] ?? one.state);
    const told = !isOpen && h('span', { class: 'faint' }, last && [time(format, last.at), ', '], one.kept === false ? w.lane.notKept : w.lane.firstTry, last?.took_ms !== undefined && `, ${took(last.took_ms)}`);
    return h('section', { class: 'lane', 'data-key': one.sink },
      h('header', {}, h('h3', {}, h('a', { href: link('sinks', one.sink), class: 'strong' }, one.sink)), mark, told,
        may && h('div', { class: 'actions' },
          one.state === 'dead' && [button(w.lane.tryAgain, () => retry(one.sink)), button(w.lane.drop, () => drop(one.sink))],
          waits && button(w.lane.tryNow, () => replay(one.sink)),
          ['delivered', 'dropped'].includes(one.state) && linky(w.lane.again, () => replay(one.sink)))),
      isOpen && history.length > 0 && h('ol', { class: 'tries' }, tryLines(format, history),
        waits && one.next_attempt && h('li', { class: 'wait' }, time(format, one.next_attempt), h('span', {}, w.lane.next))));
  }

  function drawDeliveries() {
    const counts = {};
    for (const one of detail.deliveries ?? []) counts[counted[one.state] ?? one.state] = (counts[counted[one.state] ?? one.state] ?? 0) + 1;
    const order = { dead: 0, pending: 1, queued: 1, waiting: 1 };
    const lanes = [...(detail.deliveries ?? [])].sort((a, b) => (order[a.state] ?? 2) - (order[b.state] ?? 2));
    fill(box.summary, w.event.summary(counts));
    patch(box.lanes, lanes, ({ sink }) => sink, lane, (node, one) => {
      const fresh = lane(one);
      if (!node.isEqualNode(fresh)) node.replaceWith(fresh);
    });
    if (lanes.length === 0) fill(box.lanes, h('p', { class: 'empty' }, w.event.noDelivery));
  }

  function drawReceipt() {
    const data = event.get('data');
    const at = { store: event.get('store'), endpoint: event.get('source')?.slice(1), type: event.get('type') };
    const order = data instanceof Map && data.get('order') instanceof Map ? plain(data.get('order')) : null;
    const has = !masked || detail.masked > 0;
    fill(box.receipt, order ? orderReceipt(app, order, data, at) : dataReceipt(app, data instanceof Map ? data : null, at),
      data instanceof Map && data.get('problem') && h('p', { class: 'note' }, w.event.problem(data.get('problem'))),
      has && app.mayChange() && h('div', { class: 'split', 'data-mask': '' }, h('span', { class: 'small soft' }, masked ? w.event.masked : w.event.shown), linky(masked ? w.event.show : w.event.hide, toggleMask)),
      has && !app.mayChange() && h('p', { class: 'small soft' }, w.event.masked));
  }

  async function toggleMask() {
    masked = !masked;
    original = null;
    await refresh();
    drawPanel();
    box.receipt.querySelector('.linky')?.focus();
  }

  function drawHead() {
    const { format } = app;
    const sinks = (detail.deliveries ?? []).map(({ sink }) => sink);
    const forwards = (app.status?.sinks ?? []).filter((sink) => sink.type === 'forward' && sinks.includes(sink.name)).map((sink) => sink.name);
    const provider = { jumpseller: 'Jumpseller', ejunkie: 'E-junkie', usaepay: 'USAePay', woocommerce: 'WooCommerce' }[event.get('provider')] ?? w.capital(event.get('provider') ?? '');
    const accepted = event.get('time');
    fill(box.head, h('div', {}, h('h1', { tabindex: '-1' }, name()),
      h('p', {}, w.event.accepted(provider, event.get('source')?.slice(1), format.when(accepted), format.ago(accepted)), detail.received?.repeats > 0 && w.event.repeats(detail.received.repeats))),
    h('div', { class: 'actions' },
      forwards.length > 0 ? menu(w.event.curl, [{ label: w.event.curlHere, run: () => curl() }, ...forwards.map((sink) => ({ label: w.event.curlTo(sink), run: () => curl(sink) }))]) : button(w.event.curl, () => curl()),
      button(w.event.copyLink, () => app.copy(location.href)),
      app.mayChange() && menu(w.event.again, [{ label: w.event.againAll, run: () => replay() }, ...sinks.map((sink) => ({ label: w.event.againTo(sink), run: () => replay(sink) }))], 'main')));
    const related = [...(detail.related ?? [])];
    if (related.length > 0 && !related.some(({ id }) => id === detail.id)) related.push({ id: detail.id, type: event.get('type'), time: accepted });
    related.sort((a, b) => (a.id < b.id ? -1 : 1));
    const kind = event.get('subject')?.startsWith('order/') ? w.event.related.order : w.event.related.other;
    fill(box.related, related.length > 1 && h('nav', { class: 'chips', 'aria-label': kind }, h('span', {}, kind), related.map((one, i) => [i > 0 && h('span', { 'aria-hidden': 'true' }, '→'),
      h('a', { class: 'chip', href: link('events', one.id), 'aria-current': one.id === detail.id ? 'page' : null }, `${one.type.split('.').pop().replaceAll('_', ' ')} ${format.isToday(one.time) ? format.minute(one.time) : format.date(one.time)}`)])));
    app.setTitle(name());
  }

  const forwardSinks = () => (detail.deliveries ?? []).map(({ sink }) => sink);

  async function drawPanel() {
    const mine = ++asked;
    const content = await panelContent().catch((error) => h('p', { class: 'empty', role: 'alert' }, w.errors.of(error)));
    if (mine !== asked || signal.aborted) return;
    fill(panel, content);
  }

  async function panelContent() {
    if (tab === 'event') return colouredJson(eventText);
    if (tab === 'headers') return pairTable(w.event.tabs.headers, detail.headers.map(({ name: field, value }) => [field, value ?? w.rejections.valueHidden]));
    if (tab === 'sent') {
      sentTo ??= forwardSinks()[0];
      const sent = await app.api.get(pathOf('events', detail.id, 'sent'), { sink: sentTo }, signal, query());
      const names = forwardSinks();
      const type = sent.headers?.find(({ name: field }) => /^content-type$/i.test(field))?.value ?? '';
      return h('div', {}, names.length > 1 && h('div', { class: 'pad' }, select(w.now.sink, names.map((one) => [one, one]), sentTo, (value) => { sentTo = value; drawPanel(); })),
        pairTable(w.event.tabs.headers, [[sent.method ?? '', sent.url ?? ''], ...(sent.headers ?? []).map(({ name: field, value }) => [field, sent.hidden?.includes(field) ? w.rejections.valueHidden : value ?? ''])]),
        pretty(sent.body ?? '', type));
    }
    original ??= await readOriginal();
    const { bytes, type } = original;
    const shown = form === 'hex' || (form === 'pretty' && !isText(bytes)) ? hexView(bytes) : form === 'text' ? h('pre', { class: 'code', tabindex: 0 }, decode(bytes)) : pretty(decode(bytes), type);
    return h('div', {}, shown);
  }

  async function copyPanel() {
    const text = tab === 'event' ? eventText : tab === 'headers' ? detail.headers.map(({ name: field, value }) => `${field}: ${value ?? ''}`).join('\n') : tab === 'sent' ? panel.textContent : decode((original ??= await readOriginal()).bytes);
    app.copy(text, !masked);
  }

  function drawSource() {
    const { format } = app;
    panel = h('div', { role: 'tabpanel', id: 'panel', 'aria-labelledby': `tab-${tab}` });
    const sinks = forwardSinks();
    const formBox = select(w.event.form, Object.entries(w.event.forms), form, (value) => { form = value; drawPanel(); });
    formBox.hidden = tab !== 'original';
    const items = [{ key: 'original', label: w.event.tabs.original }, { key: 'event', label: w.event.tabs.event }, { key: 'headers', label: w.event.tabs.headers }];
    if (sinks.length > 0) items.push({ key: 'sent', label: w.event.tabs.sent(sinks.length === 1 ? sinks[0] : '…') });
    const type = detail.headers.find(({ name: field }) => /^content-type$/i.test(field))?.value?.split(';')[0] ?? '';
    fill(box.source, h('div', { class: 'tabs' }, tabs(w.event.tabs.original, items, tab, (key) => {
      tab = key;
      formBox.hidden = tab !== 'original';
      panel.setAttribute('aria-labelledby', `tab-${tab}`);
      app.replaceRoute(link('events', route.id, tab === 'original' ? {} : { tab }));
      drawPanel();
    }), formBox, linky(w.event.copy, copyPanel), app.mayChange() && linky(w.event.download, download)),
    panel,
    h('div', { class: 'foot small' }, h('span', {}, w.event.bytes(format.count(detail.bytes), type)),
      state('ok', detail.received?.verified_by ? w.event.checkedBy(detail.received.verified_by) : w.event.checked), h('span', { class: 'code faint small' }, detail.id)));
    return drawPanel();
  }

  async function refresh() {
    if (signal.aborted) return;
    try {
      await read();
      drawHead();
      drawReceipt();
      drawDeliveries();
    } catch (error) {
      if (!signal.aborted && error.status !== 401) app.notice(w.errors.of(error), { bad: true });
    }
  }

  const box = { head: h('div', { class: 'head' }), related: h('div'), receipt: h('article', { class: 'receipt' }), summary: h('span', { class: 'small soft' }), lanes: h('div'), source: h('section', { class: 'card' }) };

  const begin = () => load(app, root, signal, read, () => {
    fill(root, box.head, box.related, h('div', { class: 'two' }, box.receipt, h('div', {}, card(w.event.deliveries, box.summary, box.lanes), box.source)));
    drawHead();
    drawReceipt();
    drawDeliveries();
    return drawSource();
  }, ({ status }) => status === 404 && failure(app, new Error(w.errors.event), null, w.views.event));

  const neighbour = (step) => {
    const order = app.memory.get('events order')?.() ?? [];
    const found = order[order.indexOf(route.id) + step];
    if (order.includes(route.id) && found) app.go(link('events', found));
  };

  return {
    ready: begin(),
    close: () => end.abort(),
    reload: refresh,
    older: () => neighbour(1),
    newer: () => neighbour(-1),
    update(kind, items) {
      if (!detail) return;
      if (kind === 'returned' || (kind === 'settled' && items.some(({ id }) => id === detail.id))) refresh();
      else if (kind === 'status') drawHead();
      else if (kind === 'sink' && detail.state !== 'delivered') refresh();
    },
  };
}
