// One event: what was it, who has it, what did they say?

import { h, fill, icon, patch, exchange } from '../dom.js';
import { state, stateMarks, isWaiting, source, time, until, titleOf, button, linky, card, load, failure, tabs, select } from '../pieces.js';
import { w } from '../words.js';
import { pathOf } from '../api.js';
import { tokens, indented, readExact, memberText, plain, formPairs, indentedXml, hexRows } from '../json.js';
import { took, link, joined } from '../format.js';
import { menu } from '../dialog.js';
import { replayTo, retryAt, dropAt } from '../bulk.js';

const mostSpans = 12000;
const codeClass = { key: 'k', text: 't', number: 'n', word: 'w' };

/** JSON with colours; null where it is none. */
function colouredJson(text) {
  const list = tokens(text);
  return list && source(indented(list).map(({ kind, text: piece }, i) => (i < mostSpans && codeClass[kind] ? h(`span.${codeClass[kind]}`, piece) : piece)));
}

const pairTable = (caption, pairs) => h('div.scroll', { tabindex: 0 }, h('table.pairs', h('caption.hidden', caption),
  h('tbody', pairs.map(([name, value]) => h('tr', h('th', { scope: 'row' }, name), h('td.code', value))))));

const valueOf = ({ value }) => value ?? w.rejections.valueHidden;
const contentType = (headers) => headers?.find(({ name }) => /^content-type$/i.test(name))?.value ?? '';

function pretty(text, type) {
  if (/x-www-form-urlencoded/i.test(type)) return pairTable(w.event.tabs.original, formPairs(text));
  if (/[/+]xml/i.test(type)) return source(indentedXml(text));
  return colouredJson(text) ?? source(text);
}

function hexView(bytes) {
  const rows = 4096;
  let at = 256 * 16;
  const box = source(hexRows(bytes));
  box.classList.add('hex');
  const more = bytes.length > at && linky(w.event.more, () => {
    box.append('\n' + hexRows(bytes, at, rows));
    at += rows * 16;
    if (at >= bytes.length) more.remove();
  });
  return [box, more];
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

const textOf = (value) => (Array.isArray(value) ? value.map(textOf).join(', ') : value && typeof value === 'object' ? joined([value.label ?? value.name, value.value], ': ') : value);
const full = (person) => person && (person.full_name ?? (joined([person.first_name, person.last_name], ' ') || person.business_name));
const place = (address) => address && joined([joined([address.full_name ?? address.business_name, address.street]), joined([address.city, address.country_code ?? address.country])], ' ');
const facts = (pairs) => h('dl.person', pairs.map(([name, value]) => [h('dt', name), h('dd', value)]));
const tones = { paid: 'ok', shipped: 'ok', canceled: 'warn', refunded: 'warn', failed: 'bad' };

function orderReceipt({ format }, order, at) {
  const sum = (name, amount, minus, kind = '') => amount && h(`div.sum.${kind}`, h('span', name), h('span', { title: amount.amount }, minus && /^[^-]*[1-9]/.test(amount.amount) && '−', format.money(amount)));
  const detail = (text) => text && h('div.faint.small', text);
  const item = (one) => {
    const price = one.total ?? (Number(one.quantity ?? 1) === 1 ? one.unit_price : null);
    return h('li', h('span.quantity', `${one.quantity ?? 1} ×`),
      h('span', one.name ?? one.sku ?? one.id, detail(textOf(one.options)), detail(one.license_keys?.length > 0 && `${w.event.keys}: ${one.license_keys.join(', ')}`)),
      h('span', { title: (price ?? one.unit_price)?.amount }, price ? format.money(price) : one.unit_price && `${format.money(one.unit_price)} each`));
  };
  const { customer, payment, tracking, total, shipping_address: shipping } = order;
  const person = [[w.event.customer, full(customer)], [w.event.email, customer?.email], [w.event.phone, customer?.phone], [w.event.ip, customer?.ip],
    [w.event.shipsTo, place(shipping)], [w.event.billsTo, !shipping && place(order.billing_address)],
    [w.event.payment, payment && joined([payment.method ?? payment.type, payment.status, payment.transaction_id])],
    [w.event.tracking, tracking && joined([tracking.company, tracking.number], ' ')], [w.event.custom, textOf(order.custom)]].filter(([, value]) => value);
  const sums = [sum(w.event.subtotal, order.subtotal), sum(joined([w.event.shipping, order.shipping_method]), order.shipping),
    sum(joined([w.event.discount, textOf(order.discount_codes)], ' '), order.discount, true), sum(w.event.tax, order.tax), sum(w.event.total(total?.currency), total, false, 'total')].filter(Boolean);
  return [h('header', h('div', h('h2', at), order.number && h('p.small.soft', w.event.order(order.number, order.placed_at && placedAt(format, order.placed_at)))),
    order.status && h(`span.stamp.${tones[order.status] ?? 'wait'}`, w.capital(order.status))),
  order.items?.length > 0 && [h('hr'), h('ul', order.items.map(item))],
  sums.length > 0 && [h('hr'), sums],
  person.length > 0 && [h('hr'), facts(person)]];
}

const placedAt = (format, moment) => (Number.isNaN(Date.parse(moment)) ? moment : format.isToday(moment) ? `today ${format.minute(moment)}` : format.when(moment));

/** What is no order: its members, two levels deep. */
function dataReceipt(data, at, type) {
  const pairs = [];
  const walk = (value, name, depth = 0) => {
    if (value instanceof Map) for (const [key, inner] of value) walk(inner, depth > 0 || value.size > 1 ? joined([name, key], ' › ') : '', depth + 1);
    else if (Array.isArray(value)) pairs.push([name, value.every((one) => typeof one === 'string') ? value.join(', ') : `${value.length}`]);
    else if (value !== null && value !== '') pairs.push([name, typeof value === 'boolean' ? w.setup[value ? 'yes' : 'no'] : value]);
  };
  const own = [...(data ?? [])].filter(([name]) => !['payload', 'problem', 'order'].includes(name));
  walk(own.length > 0 ? new Map(own) : data?.get('payload') ?? new Map(), '');
  return [h('header', h('div', h('h2', at), h('p.small.soft', type))), h('hr'),
    pairs.length > 0 ? facts(pairs.slice(0, 24).map(([name, value]) => [name || w.event.data, value])) : h('p.soft', w.event.nothing)];
}

// ---- Deliveries ----

function trySentence(entry) {
  if (entry.what === 'dead' && entry.error) return w.lane.refused(entry.error);
  return (entry.what === 'failed' && entry.error) || w.attempt(entry.what);
}

function tryLine(format, entry, note) {
  return h('li', { class: entry.what === 'delivered' ? 'ok' : ['failed', 'dead'].includes(entry.what) ? '' : 'wait' },
    time(format, entry.at), h('span', trySentence(entry)), h('span.faint', entry.took_ms === undefined ? '' : took(entry.took_ms), note),
    entry.response && h('pre.said', { tabindex: 0 }, entry.response));
}

/** More than two alike in a row are one line, until somebody asks. */
function tryLines(format, history) {
  const lineOf = (entry) => tryLine(format, entry);
  const failed = history.filter(({ what }) => what === 'failed');
  if (failed.length <= 3) return history.map(lineOf);
  const lastFailed = failed.pop();
  const [first, then] = [failed[0], failed.at(-1)];
  const line = h('li', time(format, first.at), h('span', w.lane.folded(failed.length, format.minute(then.at), first.error ?? '', then.error)),
    linky(w.lane.showAll, () => line.replaceWith(...failed.map(lineOf))));
  return [line, ...history.slice(history.indexOf(lastFailed)).map(lineOf)];
}

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const hopHeaders = /^(host|content-length|connection|accept-encoding|x-forwarded-.*|x-real-ip|transfer-encoding|expect)$/i;

export function open(root, route, app, signal) {
  let masked = true;
  let tab = Object.hasOwn(w.event.tabs, route.query.tab ?? '') ? route.query.tab : 'original';
  let form = 'pretty';
  let sentTo = route.query.sink;
  let detail = null;
  let eventText = '';
  let event = null;
  let original = null;
  let asked = 0;

  const query = () => (masked ? { mask: 1 } : null);

  async function read() {
    const text = await app.api.text(pathOf('events', route.id), query(), signal);
    detail = JSON.parse(text);
    eventText = memberText(text, 'event') ?? '{}';
    event = readExact(eventText);
  }

  const readOriginal = (asked = query()) => app.api.bytes(pathOf('events', route.id, 'original'), asked, signal);
  const sinksOf = () => (detail.deliveries ?? []).map(({ sink }) => sink);
  const endpointName = () => event.get('source')?.slice(1);
  const name = () => titleOf({ title: detail.title, type: event.get('type'), subject: event.get('subject'), id: detail.id });

  // ---- Actions ----

  const replay = (sink) => replayTo(app, detail.id, sink).then(refresh);
  const retry = (sink) => retryAt(app, detail.id, sink).then(refresh);
  const drop = (sink) => dropAt(app, detail.id, sink, refresh).then(refresh);

  /** What the store sent, to be sent again to this daemon. */
  async function asReceived() {
    const { bytes } = await readOriginal(null);
    const isReadable = isText(bytes);
    const path = app.status?.endpoints?.find((one) => one.name === endpointName())?.path ?? '/';
    if (event.get('provider') === 'ejunkie') app.notice(w.event.curlBlanked);
    else if (!isReadable) app.notice(w.event.curlBinary);
    return { method: 'POST', url: `https://${app.status?.host ?? 'YOUR.HOST'}${path}`, headers: detail.headers.filter((header) => !hopHeaders.test(header.name)), body: isReadable ? decode(bytes) : null };
  }

  const curl = (sink) => app.act(w.event.curl, async () => {
    const { method, url, headers, body, hidden = [] } = sink ? await app.api.get(pathOf('events', detail.id, 'sent'), { sink }, signal) : await asReceived();
    const header = ({ name: field, value = '' }) => (hidden.includes(field) ? `"${field}: $${field.toUpperCase().replaceAll('-', '_')}"` : quote(`${field}: ${value}`));
    await app.copy([`curl -X ${method} ${quote(url)}`, ...headers.map((one) => `-H ${header(one)}`), `--data-binary ${body === null ? '@FILE' : quote(body ?? '')}`].join(' \\\n  '), true);
  });

  const download = () => app.act(w.event.download, async () => {
    const { bytes, type } = await readOriginal(null);
    const ending = /json|xml/.exec(type)?.[0] ?? (/urlencoded/.test(type) ? 'txt' : 'bin');
    const address = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
    h('a', { href: address, download: `${detail.id}.${ending}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  });

  // ---- Drawing ----

  function lane(one) {
    const { format } = app;
    const { sink, history = [] } = one;
    const last = history.findLast(({ what }) => what === 'delivered');
    const isOpen = one.state !== 'delivered' || history.some(({ what }) => ['failed', 'dead'].includes(what));
    const waits = isWaiting(one);
    const mark = waits && one.held_by ? state('wait', h('a', { href: link('events', one.held_by), title: w.lane.heldByHint }, w.lane.heldBy))
      : one.state === 'pending' && one.next_attempt ? state('wait', until(format, one.next_attempt))
        : state(stateMarks[one.state] ?? 'wait', w.delivery(one.state));
    const told = !isOpen && h('span.faint', last && [time(format, last.at), ', '], one.kept === false ? w.lane.notKept : w.lane.firstTry, last?.took_ms !== undefined && `, ${took(last.took_ms)}`);
    return h('section.lane', { 'data-key': sink },
      h('header', h('h3', h('a.strong', { href: link('sinks', sink) }, sink)), mark, told,
        app.mayChange() && h('div.actions',
          one.state === 'dead' && [button(w.lane.retry, () => retry(sink)), button(w.lane.drop, () => drop(sink))],
          waits && button(w.lane.tryNow, () => replay(sink)),
          ['delivered', 'dropped'].includes(one.state) && linky(w.lane.again, () => replay(sink)))),
      isOpen && history.length > 0 && h('ol.tries', tryLines(format, history),
        waits && one.next_attempt && h('li.wait', time(format, one.next_attempt), h('span', w.lane.next))));
  }

  function drawDeliveries() {
    const counts = {};
    for (const { state: at } of detail.deliveries ?? []) {
      const word = w.delivery(at);
      counts[word] = (counts[word] ?? 0) + 1;
    }
    const rank = (one) => (one.state === 'dead' ? 0 : isWaiting(one) ? 1 : 2);
    const lanes = [...(detail.deliveries ?? [])].sort((a, b) => rank(a) - rank(b));
    fill(box.summary, joined(Object.entries(counts).map(([word, n]) => `${n} ${word}`)));
    patch(box.lanes, lanes, ({ sink }) => sink, lane, (node, one) => {
      const fresh = lane(one);
      if (!node.isEqualNode(fresh)) exchange(node, fresh);
    });
    if (lanes.length === 0) fill(box.lanes, h('p.empty', w.event.noDelivery));
  }

  function drawReceipt() {
    const data = event.get('data') instanceof Map ? event.get('data') : new Map();
    const order = data.get('order');
    const at = event.get('store') ?? endpointName();
    const may = app.mayChange();
    fill(box.receipt, order instanceof Map ? orderReceipt(app, plain(order), at) : dataReceipt(data, at, event.get('type')),
      data.get('problem') && h('p.note', w.event.problem(data.get('problem'))),
      (!masked || detail.masked > 0) && h('div.split', h('span.small.soft', masked ? w.event.masked : w.event.shown), may && linky(masked ? w.event.show : w.event.hide, toggleMask)));
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
    const sinks = sinksOf();
    const forwards = (app.status?.sinks ?? []).filter((sink) => sink.type === 'forward' && sinks.includes(sink.name));
    const accepted = event.get('time');
    fill(box.head, h('div', h('h1', { tabindex: -1 }, name()),
      h('p', w.event.accepted(w.provider(event.get('provider')), endpointName(), format.when(accepted), format.ago(accepted)), detail.received?.repeats > 0 && w.event.repeats(detail.received.repeats))),
    h('div.actions',
      forwards.length > 0 ? menu(w.event.curl, [[w.event.curlHere, () => curl()], ...forwards.map((sink) => [w.event.curlTo(sink.name), () => curl(sink.name)])]) : button(w.event.curl, () => curl()),
      button(w.event.copyLink, () => app.copy(location.href)),
      app.mayChange() && menu(w.event.again, [[w.event.againAll, () => replay()], ...sinks.map((sink) => [w.event.againTo(sink), () => replay(sink)])], 'main')));
    const related = [...(detail.related ?? [])];
    if (!related.some(({ id }) => id === detail.id)) related.push({ id: detail.id, type: event.get('type'), time: accepted });
    related.sort((a, b) => (a.id < b.id ? -1 : 1));
    const kind = event.get('subject')?.startsWith('order/') ? w.event.thisOrder : w.event.theSame;
    fill(box.related, related.length > 1 && h('nav.chips', { 'aria-label': kind }, h('span', kind), related.map((one, i) => [i > 0 && h('span', { 'aria-hidden': 'true' }, '→'),
      h('a.chip', { href: link('events', one.id), 'aria-current': one.id === detail.id ? 'page' : null }, `${one.type.split('.').pop().replaceAll('_', ' ')} ${format.isToday(one.time) ? format.minute(one.time) : format.date(one.time)}`)])));
    app.setTitle(name());
  }

  async function drawPanel() {
    const mine = ++asked;
    formBox.hidden = tab !== 'original';
    panel.setAttribute('aria-labelledby', `tab-${tab}`);
    const content = await panelContent().catch((error) => h('p.empty', { role: 'alert' }, w.errors.of(error)));
    if (mine === asked && !signal.aborted) fill(panel, content);
  }

  async function panelContent() {
    if (tab === 'event') return colouredJson(eventText);
    if (tab === 'headers') return pairTable(w.event.tabs.headers, detail.headers.map((header) => [header.name, valueOf(header)]));
    if (tab === 'sent') {
      const names = sinksOf();
      sentTo ??= names[0];
      const { method, url, headers = [], hidden = [], body = '' } = await app.api.get(pathOf('events', detail.id, 'sent'), { sink: sentTo, ...query() }, signal);
      return [names.length > 1 && h('div.pad', select(w.now.sink, names.map((one) => [one, one]), sentTo, (value) => { sentTo = value; drawPanel(); })),
        pairTable(w.event.tabs.headers, [[method ?? '', url ?? ''], ...headers.map((header) => [header.name, valueOf(hidden.includes(header.name) ? {} : header)])]),
        pretty(body, contentType(headers))];
    }
    original ??= await readOriginal();
    const { bytes, type } = original;
    if (form === 'hex' || (form === 'pretty' && !isText(bytes))) return hexView(bytes);
    return form === 'text' ? source(decode(bytes)) : pretty(decode(bytes), type);
  }

  async function copyPanel() {
    if (tab === 'original') original ??= await readOriginal();
    app.copy({
      original: () => decode(original.bytes), event: () => eventText, sent: () => panel.textContent,
      headers: () => detail.headers.map(({ name: field, value = '' }) => `${field}: ${value}`).join('\n'),
    }[tab](), !masked);
  }

  const panel = h('div', { role: 'tabpanel', id: 'panel' });
  const formBox = select(w.event.form, Object.entries(w.event.forms), form, (value) => { form = value; drawPanel(); });

  function drawSource() {
    const sinks = sinksOf();
    const labels = { ...w.event.tabs, sent: w.event.tabs.sent(sinks.length === 1 ? sinks[0] : '…') };
    if (sinks.length === 0) delete labels.sent;
    fill(box.source, h('div.tabs', tabs(w.event.tabs.original, Object.entries(labels), tab, (key) => {
      tab = key;
      app.replaceRoute(link('events', route.id, tab === 'original' ? {} : { tab }));
      drawPanel();
    }), formBox, linky(w.event.copy, copyPanel), app.mayChange() && linky(w.event.download, download)),
    panel,
    h('div.foot.small', h('span', w.event.bytes(app.format.count(detail.bytes), contentType(detail.headers).split(';')[0])),
      state('ok', w.event.checked(detail.received?.verified_by)), h('span.code.faint.small', detail.id)));
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

  const box = { head: h('div.head'), related: h('div'), receipt: h('article.receipt'), summary: h('span.small.soft'), lanes: h('div'), source: h('section.card') };

  const begin = () => load(app, root, signal, read, () => {
    fill(root, box.head, box.related, h('div.two', box.receipt, h('div', card(w.event.deliveries, box.summary, box.lanes), box.source)));
    drawHead();
    drawReceipt();
    drawDeliveries();
    return drawSource();
  }, ({ status }) => status === 404 && failure(app, new Error(w.errors.event), null, w.view('event')));

  const neighbour = (step) => {
    const order = app.memory.get('events order')?.() ?? [];
    const found = order[order.indexOf(route.id) + step];
    if (order.includes(route.id) && found) app.go(link('events', found));
  };

  return {
    ready: begin(),
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
