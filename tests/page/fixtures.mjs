// A daemon made of data: the answers of /api/ for tests, screenshots and development. The same every time.

const minute = 60_000;
const hour = 60 * minute;
export const fixtureNow = Date.parse('2026-11-30T06:11:53.000Z'); // 03:11:53 in Santiago

const iso = (time) => new Date(time).toISOString();
const mix = (number) => {
  let x = (number + 0x9e3779b9) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
};
const pick = (list, number) => list[mix(number) % list.length];

export function eventId(time, number) {
  const stamp = time.toString(16).padStart(12, '0');
  const tail = mix(number).toString(16).padStart(8, '0') + mix(number + 7).toString(16).padStart(8, '0');
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${tail.slice(0, 3)}-a${tail.slice(3, 6)}-${(tail + mix(number + 13).toString(16).padStart(8, '0')).slice(6, 18)}`;
}

const person = { first_name: 'Ana', last_name: 'Pérez', full_name: 'Ana Pérez', email: 'ana.perez@example.com', phone: '+56 9 5550 0100', ip: '203.0.113.77' };
const masked = { first_name: 'A••', last_name: 'P•••', full_name: 'A•• P••••', email: 'a•••••••••@e••••••.com', phone: '+•• • •••• ••••', ip: '•••.•.•••.••' };

// The newest ones, as the pictures of the design show them; what is older is computed.
const first = [
  { ago: 1_000, kind: 'sale', number: 2214, amount: '12.50', sinks: { crm: 'delivered', 'orders-file': 'delivered' } },
  { ago: 32_000, kind: 'sale', number: 2213, amount: '61.00', sinks: { crm: 'pending', 'orders-file': 'delivered' } },
  { ago: 14 * minute + 13_000, kind: 'paid', number: 1029, amount: '14500.0', sinks: { accounting: 'dead', crm: 'pending', 'orders-file': 'delivered' } },
  { ago: 20 * minute + 45_000, kind: 'updated', number: 1026, amount: '27990.0', sinks: { crm: 'waiting', 'orders-file': 'delivered' } },
  { ago: 27 * minute + 43_000, kind: 'paid', number: 1026, amount: '27990.0', sinks: { accounting: 'dead', crm: 'pending', 'orders-file': 'delivered' } },
  { ago: 30 * minute + 40_000, kind: 'created', number: 1026, amount: '27990.0', sinks: { crm: 'waiting', 'orders-file': 'delivered' } },
];

const verbs = { paid: 'paid', updated: 'updated', created: 'created', shipped: 'shipped' };

function describe(kind, number) {
  if (kind === 'sale') return { type: 'usaepay.transaction.sale.success', endpoint: 'usaepay', provider: 'usaepay', subject: `transaction/${number}`, title: `Sale INV-${number} approved`, currency: 'USD', status: 'paid' };
  if (kind === 'download') return { type: 'ejunkie.order.completed', endpoint: 'ejunkie', provider: 'ejunkie', subject: `order/${number}`, title: `Order ${number} completed`, currency: 'USD', status: 'paid' };
  return { type: `jumpseller.order.${kind}`, endpoint: 'jumpseller-main', provider: 'jumpseller', store: 'mystore', subject: `order/${number}`, title: `Order ${number} ${verbs[kind]}`, currency: 'CLP', status: kind === 'created' ? 'pending' : kind === 'shipped' ? 'shipped' : 'paid' };
}

export function createWorld({ scenario = 'busy', count = 3000, clock = () => fixtureNow } = {}) {
  const started = clock();
  const world = { scenario, token: scenario === 'token' ? 'right-token' : '', mayChange: scenario !== 'viewonly', version: '0.2.0', fails: null, calls: [], unmasked: [], streams: new Set(), replays: [], pausedAt: new Map([['slack', iso(started - 62 * hour)]]), arrived: [], retried: new Set(), dropped: new Set() };
  const isCalm = scenario === 'calm' || scenario === 'first';
  const deadCount = isCalm ? 0 : scenario === 'flood' ? 40_000 : 40;

  function rowAt(index) {
    const spec = first[index];
    if (spec) {
      const about = describe(spec.kind, spec.number);
      return build(index, started - spec.ago, about, spec.amount, Object.entries(spec.sinks).map(([name, state]) => ({ name, state: isCalm ? 'delivered' : state })), spec.number);
    }
    const number = 4000 - (index % 3000);
    const kind = pick(['sale', 'sale', 'paid', 'created', 'updated', 'shipped', 'download'], index);
    const about = describe(kind, number);
    const amount = about.currency === 'CLP' ? `${mix(index) % 90000}.0` : `${mix(index) % 400}.${String(mix(index + 3) % 100).padStart(2, '0')}`;
    const dead = index < 6 + deadCount - 2;
    const sinks = [...(dead && !isCalm ? [{ name: 'accounting', state: 'dead' }] : []), { name: 'crm', state: !isCalm && index < 46 ? 'waiting' : 'delivered' }, { name: 'orders-file', state: 'delivered' }];
    return build(index, started - 31 * minute - index * 25_920 + (mix(index) % 20_000), about, amount, sinks, number);
  }

  function build(index, time, about, amount, sinks, number) {
    const { title, currency, status, ...rest } = about;
    const states = sinks.map(({ name, state }) => ({ name, state: state === 'dead' && world.retried.has(`${name} ${index}`) ? 'delivered' : world.dropped.has(`${name} ${index}`) ? 'dropped' : state }));
    const state = states.some((one) => one.state === 'dead') ? 'dead' : states.some((one) => ['pending', 'waiting', 'queued'].includes(one.state)) ? 'pending' : 'delivered';
    return { id: eventId(time, index), time: iso(time), ...rest, bytes: 1449, state, title, order: { number: rest.provider === 'usaepay' ? `INV-${number}` : String(number), total: { amount, currency }, status }, sinks: states, ...(state === 'dead' ? { problem: true } : {}), index, amount, currency, number, status };
  }

  const indexOf = new Map();
  const all = () => (scenario === 'first' ? 0 : count);
  const total = () => all() + world.arrived.length;
  const at = (position) => (position < world.arrived.length ? world.arrived[world.arrived.length - 1 - position] : rowAt(position - world.arrived.length));
  function find(id) {
    const arrived = world.arrived.find((row) => row.id === id);
    if (arrived) return arrived;
    for (let i = indexOf.size; i < all() && !indexOf.has(id); i += 1) indexOf.set(rowAt(i).id, i);
    return indexOf.has(id) ? rowAt(indexOf.get(id)) : null;
  }
  const publicRow = ({ index, amount, currency, number, status, ...row }) => row;

  // ---- Sinks and endpoints ----

  // With a second daemon, which delivers to some of them.
  const standby = { crm: { state: 'standby', held_by: 'shop-b', held_until: iso(started + 20_000) }, slack: { state: 'standby' } };
  const retry = { initial: '1s', max: '15m', give_up_after: '3d' };
  function sinks() {
    const deadLeft = deadCount - [...world.retried, ...world.dropped].filter((key) => key.startsWith('accounting')).length;
    const list = [
      { name: 'accounting', type: 'forward', target: 'https://books.example.cl', lag: 0, dead: deadLeft, delivered: 1203, failed: 40, last_error: '422 unknown currency CLP', last_error_at: iso(started - 14 * minute), routes: ['paid orders'] },
      { name: 'crm', type: 'forward', target: 'https://crm.example.com', state: 'probing', lag: isCalm ? 0 : 40, seconds: 33 * 60, dead: 0, delivered: 1244, failed: 87, last_error: '503 Service Unavailable', last_error_at: iso(started - 2 * minute - 41_000), next_attempt: iso(started + 47_000), eta_s: 118, routes: ['paid orders', 'sales'] },
      { name: 'orders-file', type: 'file', target: '/var/lib/shopbell/events.jsonl', lag: 0, dead: 0, delivered: 1284, failed: 0, routes: ['everything to disk'] },
      { name: 'slack', type: 'forward', target: 'https://hooks.slack.com', lag: isCalm ? 0 : 318, seconds: 62 * 3600, dead: 0, delivered: 0, failed: 0, routes: ['large orders'] },
    ];
    return list.filter(({ name }) => !isCalm || name !== 'slack').map(({ lag, seconds = 0, dead, state, ...one }) => ({
      name: one.name, type: one.type, state: world.pausedAt.has(one.name) ? 'paused' : lag > 0 ? state ?? 'running' : 'running', target: one.target, routes: one.routes, lag: { events: lag, seconds: lag ? seconds : 0 },
      pending: Math.min(lag, 4), queued: 0, dead, in_flight: 0, delivered: one.delivered, failed: one.failed, retry,
      ...(isCalm ? {} : { last_error: one.last_error, last_error_at: one.last_error_at }), ...(lag && one.next_attempt ? { next_attempt: one.next_attempt } : {}), ...(lag && one.eta_s ? { eta_s: one.eta_s } : {}),
      last_delivered_at: iso(started - (one.name === 'crm' && lag ? 33 * minute : 8000)), ...(lag ? { oldest_waiting: { id: rowAt(5).id, time: rowAt(5).time } } : {}),
      ...(world.pausedAt.has(one.name) ? { paused_at: world.pausedAt.get(one.name) } : {}),
      ...(scenario === 'pair' ? standby[one.name] : {}),
    }));
  }

  const endpoints = () => [
    { name: 'jumpseller-main', provider: 'jumpseller', path: '/hooks/jumpseller', state: isCalm || world.mended ? 'healthy' : 'about_to_pause', failures_in_a_row: isCalm || world.mended ? 0 : 6, pauses_after: 8, last_accepted_at: iso(started - 14 * minute), ...(isCalm ? {} : { last_failure: { at: iso(started - 41_000), status: 401, rejection: 17, summary: 'the signature is right for the old hooks token' } }) },
    { name: 'ejunkie', provider: 'ejunkie', path: '/hooks/ejunkie', state: isCalm ? 'healthy' : 'silent', failures_in_a_row: 0, last_accepted_at: iso(started - (isCalm ? hour : 9 * hour + 13 * minute)), expect_every_s: 21_600 },
    { name: 'usaepay', provider: 'usaepay', path: '/hooks/usaepay', state: 'healthy', failures_in_a_row: 0, last_accepted_at: iso(started - 8000) },
  ].map((one) => (scenario === 'first' ? { ...one, state: 'never', failures_in_a_row: 0, last_accepted_at: undefined, last_failure: undefined } : one));

  function attention() {
    if (isCalm || scenario === 'first') return [];
    const list = [];
    if (!world.mended) list.push({ kind: 'about_to_pause', endpoint: 'jumpseller-main', since: iso(started - 12 * minute) });
    if (sinks()[0].dead > 0) list.push({ kind: 'dead', sink: 'accounting', since: iso(started - 33 * minute - 53_000) });
    list.push({ kind: 'silent', endpoint: 'ejunkie', since: iso(started - 3 * hour) });
    return list;
  }

  const status = (query) => ({
    now: iso(clock()), version: world.version, host: 'shop.example.cl', started_at: iso(started - 6 * 24 * hour - 4 * hour), ready: scenario !== 'full', hindrances: scenario === 'full' ? ['only 12 MiB of disk are free'] : [],
    access: { token_asked: Boolean(world.token), may_change: world.mayChange },
    inbox: { events: scenario === 'first' ? 0 : 81_234, bytes: 182 << 20, free_disk: 75 * 2 ** 30, min_free: 64 << 20, oldest: iso(started - 30 * 24 * hour) },
    received_today: scenario === 'first' ? 0 : 1284 + world.arrived.length, endpoints: endpoints(), sinks: sinks(), rejections: { kinds: isCalm || scenario === 'first' ? 0 : 3, newest: 17 }, attention: attention(),
    latest: Array.from({ length: Math.min(5, total()) }, (_, i) => publicRow(at(i))),
  });

  function series(query) {
    const [points, step] = { '1h': [60, 60], '6h': [72, 300], '24h': [96, 900], '7d': [84, 7200] }[query.get('window') ?? '1h'];
    const column = (base, seed, spread) => Array.from({ length: points }, (_, i) => Math.max(0, Math.round(base + Math.sin(i / 7 + seed) * spread + (mix(i * 31 + seed) % 3) - 1)));
    const some = (seed, rare) => Array.from({ length: points }, (_, i) => (mix(i * 17 + seed) % rare === 0 ? 1 + (mix(i) % 2) : 0));
    const half = (values) => values.map((value, i) => (i > values.length * 0.55 ? 0 : value));
    const quiet = scenario === 'first';
    const answer = {
      from: iso(clock() - points * step * 1000), step_s: step, started_at: iso(started - 148 * hour),
      accepted: quiet ? Array(points).fill(0) : column(6, 1, 2.6), duplicate: quiet ? Array(points).fill(0) : some(3, 14), refused: isCalm || quiet ? Array(points).fill(0) : some(5, 9).map((value, i) => (i > points * 0.7 ? value : 0)),
      answer_ms: { p50: quiet ? Array(points).fill(null) : column(4, 2, 1), p95: quiet ? Array(points).fill(null) : column(9, 9, 2).map((value, i) => (i > points * 0.86 && i < points * 0.92 ? value + 9 : value)) },
      delivered: half(column(5, 4, 2)), failed: some(8, 5), died: some(9, 15), delivery_ms: { p50: column(40, 2, 12), p95: column(220, 6, 90) }, behind: column(20, 7, 20),
    };
    if (query.get('each')) {
      const short = (seed) => column(6, seed, 3).slice(0, 24);
      const none = Array(24).fill(0);
      answer.each = {
        endpoints: { 'jumpseller-main': { accepted: short(2).map((value, i) => (i > 18 ? 0 : value + 5)), refused: none.map((_, i) => (i > 18 ? 2 : 0)) }, ejunkie: { accepted: none, refused: none }, usaepay: { accepted: short(6), refused: none.map((_, i) => (i === 7 ? 1 : 0)) } },
        sinks: { accounting: { delivered: half(short(1)) }, crm: { delivered: half(short(8)).map((value, i) => (i === 18 ? 1 : value)) }, 'orders-file': { delivered: short(9).map((value) => value + 6) }, slack: { delivered: none } },
      };
      if (quiet) for (const group of Object.values(answer.each)) for (const one of Object.values(group)) for (const name of Object.keys(one)) one[name] = none;
    }
    return answer;
  }

  // ---- Events ----

  function fits(row, filter) {
    if (filter.endpoint && row.endpoint !== filter.endpoint) return false;
    if (filter.type && row.type !== filter.type) return false;
    if (filter.state && !filter.state.split(',').includes(row.state)) return false;
    if (filter.sink && !row.sinks.some(({ name }) => name === filter.sink)) return false;
    if (filter.since) {
      const span = /^(\d+)([hd])$/.exec(filter.since);
      const from = span ? clock() - span[1] * (span[2] === 'h' ? hour : 24 * hour) : Date.parse(filter.since);
      if (Date.parse(row.time) < from) return false;
    }
    if (filter.q) {
      const text = filter.q.toLowerCase();
      if (row.id === text || row.subject.endsWith(`/${text}`) || row.order.number.toLowerCase() === text) return true;
      if (/^\d+$/.test(text) || text.length < 3) return false;
      return `${row.title} ${row.subject} ${row.provider === 'jumpseller' ? person.email : 'payer@example.com'} ${row.provider === 'ejunkie' ? `txn-${row.number}` : ''}`.toLowerCase().includes(text);
    }
    return true;
  }

  function list(filter) {
    const limit = Number(filter.limit ?? 50);
    const events = [];
    // A cursor counts from the oldest on, so that what arrives does not shift it.
    let position = filter.cursor ? total() - Number(filter.cursor) : 0;
    const looks = filter.q ? 20_000 : Infinity;
    let looked = 0;
    for (; position < total() && events.length < limit && looked < looks; position += 1, looked += 1) {
      const row = at(position);
      if (filter.newer_than && row.id <= filter.newer_than) {
        position = total();
        break;
      }
      if (fits(row, filter)) events.push(publicRow(row));
    }
    const more = position < total();
    return { events, ...(more ? { next: String(total() - position) } : {}), ...(more && looked >= looks ? { searched_to: at(position - 1).time } : {}), now: iso(clock()) };
  }

  function payload(row, isMasked) {
    const who = isMasked ? masked : person;
    if (row.provider === 'ejunkie') return `txn_id=txn-${row.number}&payment_status=Completed&payer_email=${encodeURIComponent(isMasked ? masked.email : 'payer@example.com')}&item_name=E-book&mc_gross=${row.amount}&mc_currency=USD&handshake=`;
    if (row.provider === 'usaepay') return `{"type":"event","event_triggered":"${row.time}","event_type":"transaction.sale.success","event_body":{"object":{"type":"transaction","key":"nnf1a2b3c4d5e6f7g","refnum":"310000${row.number}","invoice":"INV-${row.number}","amount":"${row.amount}","result":"Approved","creditcard":{"number":"4xxxxxxxxxxx1111","category_code":"A","entry_mode":"Card Not Present, Manually Keyed"}}},"event_id":"ev${row.index}"}`;
    return `{"order":{"id":900719925474${row.number},"created_at":"${row.time.replace('T', ' ').slice(0, 19)} UTC","status":"Paid","status_enum":"paid","currency":"CLP","subtotal":25000,"tax":0.0,"shipping":3990.0,"discount":1000,"total":${row.amount},"shipping_method_name":"Courier","payment_method_name":"Webpay","weight":1.10,"customer":{"id":9223372036854775807,"email":"${who.email}","fullname":"${who.full_name}","phone":"${who.phone}","ip":"${who.ip}"},"products":[{"id":1771,"sku":"CAM-AZ-M","name":"Camiseta algod\\u00f3n","qty":2,"price":12500.0},{"id":1802,"name":"Bolsa de regalo","qty":1,"price":0.0}]}}`;
  }

  function orderOf(row, isMasked) {
    const money = (amount) => ({ amount, currency: row.currency });
    const who = isMasked ? masked : person;
    if (row.provider === 'usaepay') return { id: String(row.number), number: `INV-${row.number}`, status: 'paid', currency: 'USD', total: money(row.amount), payment: { method: 'Card ending 1111', transaction_id: `310000${row.number}`, status: 'Approved' } };
    if (row.provider === 'ejunkie') return { id: String(row.number), number: String(row.number), status: 'paid', currency: 'USD', total: money(row.amount), customer: { email: isMasked ? masked.email : 'payer@example.com' }, items: [{ name: 'E-book', quantity: '1', total: money(row.amount) }], payment: { transaction_id: `txn-${row.number}` } };
    return { id: `900719925474${row.number}`, number: String(row.number), status: row.status, provider_status: 'Paid', placed_at: iso(Date.parse(row.time) - 3 * minute), currency: 'CLP', total: money(row.amount), subtotal: money('25000'), shipping: money('3990.0'), discount: money('1000'), tax: money('0.0'),
      customer: { id: '9223372036854775807', ...who }, shipping_address: { full_name: isMasked ? '•••••• ••' : 'Ana Pérez, Los Aromos 14', city: 'Santiago', country_code: 'CL' }, items: [{ id: '1771', sku: 'CAM-AZ-M', name: 'Camiseta algodón', quantity: '2', unit_price: money('12500.0'), total: money('25000.0'), options: [{ name: 'Talla', value: 'M' }, { name: 'Color', value: 'azul' }] }, { id: '1802', name: 'Bolsa de regalo', quantity: '1', unit_price: money('0.0'), total: money('0.0') }],
      payment: { method: 'Webpay', status: 'paid' }, shipping_method: 'Courier', discount_codes: ['HOLA'] };
  }

  function history(row, sink, state) {
    const time = Date.parse(row.time);
    if (state === 'dead') return [{ what: 'dead', at: iso(time + 300), took_ms: 41, status: 422, error: '422 Unprocessable Content', response: '{"error":"unknown currency CLP","field":"order.total.currency"}' }];
    if (state === 'pending') {
      const tries = [0, 1, 3, 8, 20, 55, 180, 500, 1501].map((seconds) => ({ what: 'failed', at: iso(Math.min(time + 300 + seconds * 1000, started - 161_000)), took_ms: seconds ? 5000 : 3, error: seconds < 8 ? 'Connection refused' : '503 Service Unavailable', ...(seconds ? { response: 'upstream connect error or disconnect/reset before headers' } : {}) }));
      return tries;
    }
    if (state === 'delivered') return [{ what: 'delivered', at: iso(time + 250), took_ms: sink === 'orders-file' ? 1 : 38 }];
    if (state === 'dropped') return [...history(row, sink, 'dead'), { what: 'dropped', at: iso(clock()) }];
    return [];
  }

  function detail(row, isMasked) {
    const data = { order: orderOf(row, isMasked) };
    const body = payload(row, isMasked);
    const event = JSON.stringify({ specversion: '1.0', id: row.id, source: `/${row.endpoint}`, type: row.type, subject: row.subject, time: row.time, datacontenttype: 'application/json', provider: row.provider, ...(row.store ? { store: row.store } : {}), data });
    const raw = row.provider === 'ejunkie' ? JSON.stringify(Object.fromEntries(new URLSearchParams(body))) : body;
    const withPayload = `${event.slice(0, -2)},"payload":${raw}}}`;
    const related = [];
    for (let i = 0; i < Math.min(total(), 60); i += 1) if (at(i).subject === row.subject) related.push({ id: at(i).id, type: at(i).type, time: at(i).time });
    const deliveries = row.sinks.map(({ name, state }) => ({
      sink: name, state, attempts: state === 'pending' ? 9 : state === 'waiting' ? 0 : 1, ...(state === 'pending' ? { next_attempt: iso(started + 47_000), last_error: '503 Service Unavailable' } : {}), ...(state === 'dead' ? { died_at: iso(Date.parse(row.time) + 300), last_error: '422 Unprocessable Content' } : {}),
      ...(state === 'waiting' ? { held_by: rowAt(4).id } : {}), history: history(row, name, state),
    }));
    const headers = [{ name: 'Content-Type', value: row.provider === 'ejunkie' ? 'application/x-www-form-urlencoded' : 'application/json' }, { name: 'User-Agent', value: 'Jumpseller' }, { name: 'Jumpseller-Event', value: row.type.split('.').slice(1).join('_') }, { name: 'Jumpseller-Hmac-Sha256', value: '6gPZx0m1d9cX8m9n3tY1x4l0b6vQ5c2w7e8r9t0y1u0=' }, { name: 'Jumpseller-Store-Code', value: 'mystore' }];
    const received = { client: '198.51.100.7', request_id: '7f3c9a1e', repeats: row.number === 1026 && row.type.endsWith('paid') ? 2 : 0, verified_by: 'hooks_token' };
    return `{"id":"${row.id}","state":"${row.state}",${isMasked ? '"masked":5,' : ''}"title":${JSON.stringify(row.title)},"event":${withPayload},"headers":${JSON.stringify(headers)},"bytes":${Buffer.byteLength(body)},"received":${JSON.stringify(received)},"related":${JSON.stringify(related.length > 1 ? related : [])},"deliveries":${JSON.stringify(deliveries)}}`;
  }

  // ---- Dead letters, rejections, configuration ----

  function deadLetters(filter = {}) {
    const letters = [];
    for (let i = 0; i < all() && letters.length < deadCount + 10; i += 1) {
      const row = rowAt(i);
      if (!row.sinks.some(({ name, state }) => name === 'accounting' && state === 'dead')) continue;
      letters.push({ sink: 'accounting', id: row.id, title: row.title, type: row.type, endpoint: row.endpoint, subject: row.subject, time: row.time, died_at: iso(Date.parse(row.time) + 300), attempts: 1, error: i % 9 === 8 ? '400 Bad Request: amount missing' : '422 unknown currency CLP', index: i });
    }
    return letters.filter((one) => (!filter.error || one.error.includes(filter.error)) && (!filter.type || one.type === filter.type) && (!filter.before || one.died_at < filter.before)).slice(0, deadCount);
  }

  function decideDead(sink, what, query) {
    const letters = deadLetters(Object.fromEntries(query));
    if (query.get('plan')) {
      const errors = new Map();
      for (const { error } of letters) errors.set(error, (errors.get(error) ?? 0) + 1);
      return { count: letters.length, oldest: letters.at(-1)?.died_at, newest: letters[0]?.died_at, errors: [...errors].map(([text, n]) => ({ text, count: n })) };
    }
    const part = letters.slice(0, world.bulkStep ?? 1000);
    for (const { index } of part) (what === 'retry' ? world.retried : world.dropped).add(`${sink} ${index}`);
    world.replays.push({ what, sink, count: part.length });
    return { count: part.length, ...(letters.length > part.length ? { next: String(part.length) } : {}) };
  }

  const rejections = () => (isCalm || scenario === 'first' ? [] : [
    { number: 17, time: iso(started - 41_000), first_time: iso(started - 12 * minute), count: 12, endpoint: 'jumpseller-main', provider: 'jumpseller', status: 401, reason: 'the signature does not match', cause: 'old_secret', summary: 'The signature is right for the old hooks token', diagnosis: 'The signature would be right for the second secret of hooks_token_file, which stands there as the old one.', steps: [{ text: 'Open Config > Notifications / Webhooks in Jumpseller and copy the hooks token shown there.' }, { text: 'Put it where the endpoint reads it:', command: 'install -m 0600 -o shopbell /dev/stdin /etc/shopbell/secrets/jumpseller-hooks-token' }, { text: 'Let Shopbell read it:', command: 'systemctl reload shopbell' }], proven: true, client: '203.0.113.9', method: 'POST', path: '/hooks/jumpseller', headers: [{ name: 'Content-Type', value: 'application/json' }, { name: 'Jumpseller-Event', value: 'order_paid' }, { name: 'Jumpseller-Hmac-Sha256' }], bytes: 1449 },
    { number: 14, time: iso(started - 3 * hour), first_time: iso(started - 5 * hour), count: 1, endpoint: 'usaepay', provider: 'usaepay', status: 401, reason: 'the X-Signature header is missing', cause: 'header_missing', summary: 'The request came without the header X-Signature', diagnosis: 'The request carries Basic credentials that are right, and no X-Signature.', steps: [{ text: 'In the merchant console open Settings > Webhooks and choose Signature Key under Signature.' }], proven: false, client: '203.0.113.40', method: 'POST', path: '/hooks/usaepay', headers: [{ name: 'Content-Type', value: 'application/json' }, { name: 'Authorization' }], bytes: 811 },
    { number: 11, time: iso(started - 20 * minute), first_time: iso(started - 6 * 24 * hour), count: 187, status: 404, reason: 'no endpoint has this path', proven: false, client: '192.0.2.44', method: 'GET', path: '/wp-login.php', headers: [], bytes: 0 },
    { number: 9, time: iso(started - 50 * minute), first_time: iso(started - 5 * 24 * hour), count: 24, status: 404, reason: 'no endpoint has this path', proven: false, client: '192.0.2.45', method: 'POST', path: '/.env', headers: [], bytes: 12 },
  ]);

  const config = () => ({
    file: '/etc/shopbell/shopbell.toml', loaded_at: iso(started - 6 * 24 * hour - 4 * hour), file_changed_at: iso(started - 2 * hour), differs: scenario === 'busy', problems: [], restart_needed: [],
    endpoints: [{ name: 'jumpseller-main', path: '/hooks/jumpseller', provider: 'jumpseller', store: 'mystore', hooks_token: { set: 2, from: 'file', path: '/etc/shopbell/secrets/jumpseller-hooks-token' } }, { name: 'ejunkie', path: '/hooks/ejunkie', provider: 'ejunkie', handshake: { set: 1, from: 'file', path: '/etc/shopbell/secrets/ejunkie-handshake' }, expect_every: '6h' }, { name: 'usaepay', path: '/hooks/usaepay', provider: 'usaepay', signature_key: { set: 1, from: 'credential', name: 'usaepay-key' } }],
    sinks: sinks().map(({ name, type, target }) => ({ name, type, target })),
    routes: [{ name: 'everything to disk', events: ['**'], where: [], endpoints: ['*'], sinks: ['orders-file'], matched_24h: 1301 }, { name: 'paid orders', events: ['*.order.paid'], where: ['/data/order/total/amount >= 100'], endpoints: ['*'], sinks: ['accounting', 'crm'], matched_24h: 212 }, { name: 'sales', events: ['usaepay.transaction.sale.success'], where: [], endpoints: ['*'], sinks: ['crm'], matched_24h: 98 }, { name: 'large orders', events: ['*.order.paid'], where: ['/data/order/total/amount >= 100000'], endpoints: ['*'], sinks: ['slack'], matched_24h: 3 }],
    server: { listen: ['127.0.0.1:8080'], threads: 2, max_body: '8MiB', trusted_proxies: ['127.0.0.0/8', '::1'], tls: false }, inbox: { engine: 'sqlite', path: '/var/lib/shopbell/inbox.db', retain: '30d', max_size: '0', min_free: '64MiB' },
  });

  const checkup = (name) => ({ checks: name ? [{ name: `url https://shop.example.cl/hooks/${name}`, state: name === 'ejunkie' ? 'bad' : 'ok', text: name === 'ejunkie' ? 'the probe was answered 502 by something before Shopbell' : 'the probe came through, headers and body as they were sent, answered in 31 ms', fix: 'Look at the log of the web server in front: it does not reach 127.0.0.1:8080.' }]
    : [{ name: 'configuration', state: 'ok', text: '/etc/shopbell/shopbell.toml is right' }, { name: 'secrets', state: 'warn', text: 'the hooks token of jumpseller-main has an old one beside it', fix: 'Take the old one out once the store signs with the new one.' }, { name: 'inbox', state: 'ok', text: '81,234 events, 75 GB of disk free' }, { name: 'clock', state: 'ok', text: 'synchronised' }, { name: 'sink accounting', state: 'bad', text: 'https://books.example.cl answers 422', fix: 'shopbell dead list --sink accounting says what it refused.' }, { name: 'sink crm', state: 'warn', text: 'https://crm.example.com answers 503', fix: 'It is tried again by itself.' }] });

  // ---- Requests ----

  const json = (value, code = 200) => ({ status: code, type: 'application/json', body: typeof value === 'string' ? value : JSON.stringify(value) });
  const refuse = (code, error) => json({ error }, code);
  const eventOr = (id, answer) => {
    const row = find(id);
    return row ? answer(row) : refuse(404, `no event with the id ${id}`);
  };

  function answer(method, segments, query, body) {
    const isMasked = Boolean(query.get('mask'));
    const [a, b, c, d] = segments;
    const key = `${method} ${[a, b && ['events', 'sinks', 'dead'].includes(a) ? '*' : b, c && (a === 'dead' && segments.length === 4 ? '*' : c), d].filter(Boolean).join('/')}`;
    switch (key) {
      case 'GET status': return json(status(query));
      case 'GET series': return json(series(query));
      case 'GET events': return json(list(Object.fromEntries(query)));
      case 'GET sinks': return json({ sinks: sinks() });
      case 'GET dead': {
        const letters = deadLetters({ error: query.get('error') });
        const from = Number(query.get('cursor') ?? 0);
        const limit = Number(query.get('limit') ?? 50);
        return json({ now: iso(clock()), dead: letters.slice(from, from + limit).map(({ index, ...one }) => one), ...(letters.length > from + limit ? { next: String(from + limit) } : {}) });
      }
      case 'GET rejections': return json({ rejections: rejections().filter((one) => !query.get('endpoint') || one.endpoint === query.get('endpoint')) });
      case 'GET config': return json(config());
      case 'POST checkup': return json(checkup(body?.endpoint));
      case 'POST reload': return json({ problems: [] });
      case 'GET events/*': return eventOr(b, (row) => { if (!isMasked) world.unmasked.push(b); return json(detail(row, isMasked)); });
      case 'GET events/*/original': return eventOr(b, (row) => { if (!isMasked) world.unmasked.push(b); return { status: 200, type: row.provider === 'ejunkie' ? 'application/x-www-form-urlencoded' : 'application/json', body: payload(row, isMasked) }; });
      case 'GET events/*/sent': return eventOr(b, (row) => json({ method: 'POST', url: 'https://crm.example.com/hooks', headers: [{ name: 'Content-Type', value: 'application/cloudevents+json' }, { name: 'Authorization' }], hidden: ['Authorization'], body: JSON.stringify({ id: row.id, type: row.type }) }));
      case 'POST events/*/replay': world.replays.push({ id: b, sink: query.get('sink') }); return json({ events: 1, deliveries: query.get('sink') ? 1 : 3, sinks: [] });
      case 'POST replay': {
        const n = body?.ids?.length ?? list({ ...Object.fromEntries(query), limit: 5000, cursor: undefined }).events.length;
        if (query.get('plan')) return json({ events: n, deliveries: n * 2, per_sink: { crm: n, 'orders-file': n } });
        const from = Number(query.get('cursor') ?? 0);
        const part = Math.min(world.bulkStep ?? 1000, n - from);
        world.replays.push({ what: 'replay', count: part, ids: body?.ids });
        return json({ events: part, deliveries: part * 2, ...(from + part < n ? { next: String(from + part) } : {}) });
      }
      case 'POST sinks/*/pause': world.pausedAt.set(b, iso(clock())); return json({ name: b, paused: true });
      case 'POST sinks/*/resume': world.pausedAt.delete(b); return json({ name: b, paused: false });
      case 'GET sinks/*/waiting': {
        const waiting = [];
        for (let i = 0; i < 50; i += 1) {
          const row = rowAt(i);
          const one = row.sinks.find(({ name, state }) => name === b && ['pending', 'waiting'].includes(state));
          if (one) waiting.unshift({ id: row.id, title: row.title, type: row.type, subject: row.subject, time: row.time, state: one.state, attempts: one.state === 'pending' ? 9 : 0, ...(one.state === 'pending' ? { next_attempt: iso(started + 47_000), error: '503 upstream connect error' } : { held_by: rowAt(4).id }) });
        }
        return json({ now: iso(clock()), waiting });
      }
      case 'POST dead/*/retry':
      case 'POST dead/*/drop': return json(decideDead(b, c, query));
      case 'POST dead/*/*/retry':
      case 'POST dead/*/*/drop': {
        const row = find(c);
        (d === 'retry' ? world.retried : world.dropped).add(`${b} ${row?.index}`);
        world.replays.push({ what: d, sink: b, id: c });
        return json({ count: 1 });
      }
      default: return refuse(404, 'not found');
    }
  }

  /** {status, type, body} of one call; `headers` in lower case. */
  world.handle = (method, url, headers, text) => {
    const { pathname, searchParams: query } = new URL(url, 'http://fixture');
    world.calls.push(`${method} ${url}`);
    if (world.fails) return refuse(world.fails, 'the disk is full');
    if (world.token && headers.authorization !== `Bearer ${world.token}`) return refuse(401, 'unauthorized: send the token of [admin] as Authorization: Bearer TOKEN');
    const segments = pathname.slice(5).split('/').map(decodeURIComponent);
    if (method === 'POST' && !headers['x-requested-with']) return refuse(403, 'refused: a change needs the header X-Requested-With, any value');
    let body;
    try {
      body = text ? JSON.parse(text) : undefined;
    } catch {
      return refuse(400, 'the body is no JSON');
    }
    if (method === 'POST' && segments.join('/') === 'events/search') return json(list({ ...body, limit: String(body.limit ?? 50) }));
    if (method === 'POST' && !world.mayChange && segments[0] !== 'checkup') return refuse(403, 'this token may only look');
    return answer(method, segments, query, body);
  };

  // ---- Live ----

  world.send = (kind, items, id) => {
    const text = `${id ? `id: ${id}\n` : ''}event: ${kind}\ndata: ${JSON.stringify(items)}\n\n`;
    for (const stream of world.streams) stream.write(text);
  };
  /** `number` new events, as the daemon would tell them. */
  world.arrive = (number = 1) => {
    const fresh = [];
    for (let i = 0; i < number; i += 1) {
      const serial = 9000 + world.arrived.length;
      const time = Math.max(clock(), started + world.arrived.length + 1);
      const row = { ...build(-1 - world.arrived.length, time, describe('paid', serial), '19990.0', [{ name: 'orders-file', state: 'delivered' }], serial), id: eventId(started + 1000 + world.arrived.length, serial) };
      world.arrived.push(row);
      fresh.push(publicRow(row));
    }
    world.send('accepted', fresh, fresh.at(-1).id);
    return fresh;
  };
  world.cut = () => {
    for (const stream of world.streams) stream.destroy();
    world.streams.clear();
  };
  world.rowAt = (index) => publicRow(at(index));
  world.person = person;
  world.list = list;
  return world;
}
