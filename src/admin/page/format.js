// What people read: numbers, money, times, addresses. Money and ids stay text, for a Number would round them.

const dayOf = (date, zone) => new Intl.DateTimeFormat('sv', { timeZone: zone }).format(date);

function separatorsOf(locale) {
  const parts = new Intl.NumberFormat(locale, { useGrouping: 'always' }).formatToParts(1234567.5);
  const find = (type, other) => parts.find((part) => part.type === type)?.value ?? other;
  return { group: find('group', ','), decimal: find('decimal', '.') };
}

const groupDigits = (digits, mark) => digits.replace(/\B(?=(\d{3})+$)/g, mark);

function currencyOf(locale, currency) {
  try {
    const plain = new Intl.NumberFormat(locale, { style: 'currency', currency });
    const parts = plain.formatToParts(1);
    return {
      digits: plain.resolvedOptions().maximumFractionDigits,
      symbol: parts.find((part) => part.type === 'currency').value,
      behind: parts.findIndex((part) => part.type === 'currency') > 0,
      space: parts.some((part) => part.type === 'literal'),
    };
  } catch {
    return null;
  }
}

/** '27990.0', 'CLP' -> '$27,990': the digits that came, in the locale's writing. Anything else comes back as it is. */
function money(amount, currency, locale, marks, home) {
  const match = /^([-+]?)(\d+)(?:\.(\d+))?$/.exec(amount ?? '');
  if (!match) return joined([amount, currency], ' ');
  const [, sign, whole, all = ''] = match;
  const unit = currencyOf(locale, currency);
  const wanted = unit?.digits ?? 0;
  const trimmed = all.replace(/0+$/, '');
  const fraction = trimmed.length > wanted ? trimmed : all.slice(0, wanted).padEnd(wanted, '0');
  const number = groupDigits(whole.replace(/^0+(?=\d)/, ''), marks.group) + (fraction && marks.decimal + fraction);
  const minus = sign === '-' ? '−' : '';
  if (!unit) return joined([minus + number, currency], ' ');
  const isForeign = home.size > 0 && !home.has(currency);
  const symbol = home.has(currency) ? unit.symbol.replace(/^[A-Z]+(?=\$)|^[A-Z]{3}$/, '$') : home.size > 0 && unit.symbol === '$' ? currency.slice(0, 2) + '$' : unit.symbol;
  const gap = unit.space && !symbol.endsWith('$') ? ' ' : '';
  return minus + (unit.behind ? number + ' ' + symbol : symbol + gap + number);
}

const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];

/** 33120 -> '9 h 12 min': two units at most. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const first = units.findIndex(([size]) => whole >= size);
  if (first < 0) return '0 s';
  const [size, name] = units[first];
  const rest = units[first + 1];
  const lead = `${Math.floor(whole / size)} ${name}`;
  const more = rest && Math.floor((whole % size) / rest[0]);
  return more && whole / size < 10 ? `${lead} ${more} ${rest[1]}` : lead;
}

/** One unit, for a column: '33 min', '2 days'. */
export function span(seconds) {
  const days = Math.floor(seconds / 86400);
  if (days >= 2) return `${days} days`;
  const [size, name] = units.find(([unit]) => seconds >= unit) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${name}`;
}

export const took = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : ms < 60000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms / 1000));

/**
 * Times are shown in `zone`, relative to the daemon's clock: `clock()` in milliseconds.
 * `home`: the currencies whose sign may stand alone.
 */
export function createFormat({ locale, zone, clock, home = new Set() }) {
  const marks = separatorsOf(locale);
  const option = (options) => new Intl.DateTimeFormat(locale, { timeZone: zone, hourCycle: 'h23', ...options });
  const clockTime = option({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const minuteTime = option({ hour: '2-digit', minute: '2-digit' });
  const [dayMonth, dayMonthYear] = [undefined, 'numeric'].map((year) => new Intl.DateTimeFormat(locale.startsWith('en') ? 'en-GB' : locale, { timeZone: zone, day: 'numeric', month: 'short', year }));
  const weekday = option({ weekday: 'long' });
  const today = () => dayOf(clock(), zone);
  const f = {
    zone, locale, clock, home,
    count: (number) => groupDigits(String(number), marks.group),
    decimal: (number, digits = 1) => String(Number(number.toFixed(digits))).replace('.', marks.decimal),
    money: (value) => (value ? money(value.amount, value.currency, locale, marks, home) : ''),
    secondsSince: (time) => (clock() - new Date(time)) / 1000,
    ago: (time) => {
      const seconds = f.secondsSince(time);
      return seconds < 1 ? 'just now' : `${span(seconds)} ago`;
    },
    time: (time) => {
      const date = new Date(time);
      if (dayOf(date, zone) === today()) return clockTime.format(date);
      return f.date(time) + ' ' + minuteTime.format(date);
    },
    minute: (time) => minuteTime.format(new Date(time)),
    date: (time) => (f.day(time).slice(0, 4) === today().slice(0, 4) ? dayMonth : dayMonthYear).format(new Date(time)),
    day: (time) => dayOf(new Date(time), zone),
    isToday: (time) => dayOf(new Date(time), zone) === today(),
    isYesterday: (time) => dayOf(new Date(time), zone) === dayOf(clock() - 86400000, zone),
    /** 'today 02:44:10', 'yesterday 17:58', '12 Nov 04:10' */
    when: (time) => (f.isToday(time) ? `today ${f.time(time)}`
      : f.isYesterday(time) ? `yesterday ${f.minute(time)}` : f.time(time)),
    /** '02:38', 'yesterday', 'Friday', '12 Nov' */
    since: (time) => (f.isToday(time) ? f.minute(time) : f.isYesterday(time) ? 'yesterday'
      : f.secondsSince(time) < 6 * 86400 ? weekday.format(new Date(time)) : f.date(time)),
    exact: (time) => new Date(time).toISOString().replace('T', ' ').replace('Z', ' UTC'),
    /** Midnight of today in the zone, as the API takes it. */
    dayStart: () => {
      const midnight = Date.parse(`${today()}T00:00:00Z`);
      const there = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(midnight);
      return new Date(2 * midnight - Date.parse(`${there.replace(' ', 'T')}Z`)).toISOString();
    },
    zoneName: () => {
      const offset = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'shortOffset' })
        .formatToParts(clock()).find((part) => part.type === 'timeZoneName').value;
      return zone === 'UTC' ? 'UTC' : `${zone.split('/').pop().replaceAll('_', ' ')} (${offset.replace('GMT', 'UTC').replace('-', '−')})`;
    },
    bytes: (number) => {
      let [value, unit] = [number, 'bytes'];
      for (const larger of ['KB', 'MB', 'GB']) if (value >= 1024) [value, unit] = [value / 1024, larger];
      return `${value >= 10 ? Math.round(value) : f.decimal(value)} ${unit}`;
    },
  };
  return f;
}

// ---- Routes stand in the hash: shareable, and no server or proxy sees them. ----

const viewNames = ['events', 'rejections', 'sinks', 'setup', 'checkup'];
const withOne = { events: 'event', rejections: 'rejections', sinks: 'sink' };

/** '#/events/ID?tab=headers' -> {view, id, query}; null where nothing stands there. */
export function parseRoute(hash) {
  const [path, query = ''] = hash.replace(/^#?\/?/, '').split(/\?(.*)/s);
  let segments;
  try {
    segments = path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return null;
  }
  const [first = 'now', id, ...more] = segments;
  if (first !== 'now' && !viewNames.includes(first) || more.length > 0) return null;
  if (id !== undefined && !Object.hasOwn(withOne, first)) return null;
  return {
    view: id === undefined ? first : withOne[first],
    id,
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

export const sum = (values = []) => values.reduce((total, value) => total + (value ?? 0), 0);
export const joined = (parts, mark = ', ') => parts.filter(Boolean).join(mark);

/** What is empty is left out. */
export function withQuery(path, query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value != null && value !== '');
  return given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path;
}

/** link('events', id, {tab: 'headers'}) */
export function link(first = '', id = '', query = {}) {
  return withQuery('#/' + [first, id].filter(Boolean).map(encodeURIComponent).join('/'), query);
}

export const sectionOf = (view) => ({ event: 'events', sink: 'sinks' })[view] ?? view;

const remembered = 'shopbell.search';

/** An address has no place in a link: the route says `*`, this tab knows the text. */
export function searchToRoute(text, store) {
  if (!text.includes('@')) return text;
  store.setItem(remembered, text);
  return '*';
}

export const searchOfRoute = (text, store) => (text === '*' ? store.getItem(remembered) ?? '' : text ?? '');
