// Every sentence of the page that JavaScript shows, in one place, so that another language can follow.

import { duration } from './format.js';

const small = ['none', 'one', 'two', 'three', 'four', 'five', 'six'];
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const number = (n) => small[n] ?? String(n);
const some = (n, one, many = `${one}s`) => `${n} ${n === 1 || n === '1' ? one : many}`;
/** The first sentence, to go on another: without its capital and its end. */
const sentence = (text) => text.charAt(0).toLowerCase() + text.slice(1).split(/\.(?= |$)/)[0];
const quoted = (text) => `“${text}”`;
/** `text` between two pieces; nothing where there is none. */
const around = (before, text, after = '') => (text ? before + text + after : '');
const times = (n) => (Number(n) === 1 ? 'once' : `${n} times`);

const wholeOf = (whole, all) => `${capital(number(whole))} of ${number(all)} sinks ${whole === 1 ? 'has' : 'have'} everything.`;
const twice = 'A receiver that does not look at the event’s id will act twice.';
const windows = { '1h': 'Last hour', '6h': 'Last 6 hours', '24h': 'Last 24 hours', '7d': 'Last 7 days' };

export const w = {
  capital,
  provider: (name = '') => ({ ejunkie: 'E-junkie', usaepay: 'USAePay', woocommerce: 'WooCommerce' })[name] ?? capital(name),
  view: (name) => ({ checkup: 'Check-up' })[name] ?? capital(name),
  connection: (state) => ({ hidden: 'Paused', lost: 'Not connected' })[state] ?? capital(state),
  delivery: (state) => ({ pending: 'waiting', queued: 'waiting', dead: 'given up' })[state] ?? state,
  attempt: (what) => ({ dead: 'refused for good', replayed: 'delivered again on request', retried: 'tried again on request' })[what] ?? what,
  check: (state) => ({ warn: 'look at it', bad: 'wrong' })[state] ?? state,
  none: 'none',

  frame: {
    rate: (text) => `${text} events a minute`,
    up: (version, text) => `${version}, up ${text}`,
    zone: (name) => `Times in ${name}`,
    zoneTitle: 'Time zone', zoneHint: 'Such as America/Santiago or UTC. Empty: that of this browser.', zoneWrong: 'There is no time zone of that name.',
    use: 'Use it', theme: (next) => `Switch to ${next}`,
    notConnected: (time) => `Not connected since ${time}. What you see is from then. On the machine, `,
    tryNow: 'Try now',
    upgraded: 'Shopbell was upgraded.', reload: 'Reload',
    hindered: (reasons) => `Stores are told to come again: ${reasons.join('; ')}`,
    lookOnly: 'This token may only look.',
    gap: (n) => `${n} events came meanwhile.`,
    copied: 'Copied', copiedPersonal: 'Copied, with personal data', dismiss: 'Dismiss', undo: 'Undo', undone: 'Undone',
    notFound: 'There is no such page',
    copyFailed: 'The browser did not allow copying.',
  },

  errors: {
    title: 'This could not be loaded',
    event: 'This event is not in the inbox: it was removed after its time, or erased.',
    of: (error) => (error.status === 0 ? 'The daemon cannot be reached.' : error.status === 503 ? `The daemon cannot do it now: ${error.message}` : capital(error.message)),
    failed: (what, text) => `${what} did not happen. ${text}`,
  },

  chart: {
    time: 'Time', unknown: '–', asTable: 'As table', nothing: 'Nothing is known of this time yet.',
    sentence: (title, format, lines, most, unit) =>
      `${title}: at most ${format.decimal(most)} ${unit}. ` + lines.map(([name, values]) => {
        const last = values.findLast((value) => value != null);
        return `${name}: ${last == null ? 'not known' : 'latest ' + format.decimal(last)}`;
      }).join(', ') + '.',
  },

  dialog: {
    cancel: 'Cancel', close: 'Close', type: (n) => `Type ${n} to confirm`,
    twice,
  },

  now: {
    title: (n) => (n === 0 ? 'All is well' : n === 1 ? 'One thing needs you' : `${n} things need you`),
    subtitle: (received, whole, all) => `${received} ${received === '1' ? 'event' : 'events'} received today. ` + (all === 0 ? 'No sink is configured.'
      : whole === all ? (all === 1 ? 'The sink has everything.' : `All ${number(all)} sinks have everything.`)
        : wholeOf(whole, all)),
    windows,
    window: 'Time shown',
    received: 'Received today', rate: 'Now', answer: 'Answer to stores', waiting: 'Waiting', dead: 'Given up', disk: 'Disk',
    aMinute: 'a minute', deliveries: (n) => (n === 1 ? 'delivery' : 'deliveries'), free: 'free',
    inInbox: (n) => `${n} in the inbox`, peak: (n, time) => `peak ${n} at ${time}`, slowest: (text) => `slowest 5 in 100: ${text}`,
    oldest: (text) => `oldest ${text}`, inSinks: (n) => (n === 0 ? 'nothing is lost' : `in ${some(n, 'sink')}`), inbox: (text) => `inbox ${text}`, nothingWaits: 'nothing waits',
    requests: (step) => (step === 60 ? 'Requests a minute' : `Requests in ${duration(step)}`), answers: 'Time to answer a store',
    accepted: 'accepted', duplicate: 'duplicate', refused: 'refused', typical: 'typical', slow: 'slowest 5 in 100',
    stores: 'Stores', sinks: 'Sinks', latest: 'Latest events', allSinks: 'All sinks', allEvents: 'All events',
    endpoint: 'Endpoint', state: 'State', failures: 'Failures in a row', lastEvent: 'Last event', acceptedTitle: 'Accepted', refusedTitle: 'Refused',
    sink: 'Sink', goesTo: 'Goes to', behind: 'Behind', oldestWaiting: 'Oldest waiting', givenUp: 'Given up', delivered: (name) => `Delivered, ${windows[name].toLowerCase()}`,
    of: (n, all) => `${n} of ${all}`, never: 'never',
    first: 'Nothing came yet', firstText: 'Three steps to the first event:',
    stepUrl: 'Give the store this address:', stepSecret: 'Its secret is configured for', stepSecretMissing: 'Name an endpoint and its secret in the configuration file, then reload.',
    stepSend: 'Send a sample from a terminal on this machine:',
  },

  need: {
    about_to_pause: (e, ago) => ({ tone: 'bad', title: `${capital(e.provider ?? 'the store')} is about to pause the webhook of ${e.name}`,
      text: `${e.failures_in_a_row} of ${e.pauses_after ?? 8} failures in a row. ${ago}` }),
    failing: (e, ago) => ({ tone: 'bad', title: `${e.name} is refused`, text: `${some(e.failures_in_a_row, 'failure')} in a row. ${ago}` }),
    last: (failure, ago) => `Last one ${ago}: ${failure.status}${around(', ', failure.summary && sentence(failure.summary))}.`,
    silent: (e, f) => ({ tone: 'warn', title: e.last_accepted_at ? `${e.name} has been silent for ${duration(f.secondsSince(e.last_accepted_at))}` : `${e.name} has never sent an event`,
      text: (e.expect_every_s ? `You expect something every ${duration(e.expect_every_s)}. ` : '') + (e.last_accepted_at ? `Last event ${f.when(e.last_accepted_at)}.` : '') }),
    dead: (s, since) => ({ tone: 'bad', title: `${s.name} has given up ${some(s.dead, 'event')}`,
      text: `${since ? 'Since ' + since + ' it' : 'It'} answers ${quoted(s.last_error ?? '?')}. They are kept until you decide.` }),
    behind: (s, lag) => ({ tone: 'warn', title: `${s.name} is ${some(s.lag.events, 'event')} behind`, text: around('The oldest waits ', lag, '. ') + around('Last answer: “', s.last_error, '”.') }),
    paused: (s, since) => ({ tone: 'wait', title: `${s.name} is paused${around(' since ', since)}`, text: `${some(s.lag.events, 'event')} ${s.lag.events === 1 ? 'waits' : 'wait'} for it.` }),
    not_configured: (s) => ({ tone: 'warn', title: `${s.name} has left the configuration`, text: `${some((s.lag?.events ?? 0) + (s.dead ?? 0), 'event')} still stand there.` }),
    not_ready: (text) => ({ tone: 'bad', title: 'Nothing can be accepted now', text }),
    other: ({ kind, endpoint, sink }) => ({ tone: 'warn', title: `${capital(kind.replaceAll('_', ' '))} ${endpoint ?? sink ?? ''}` }),
    change: 'See what to change', look: 'Look at them', again: 'Try again…', probe: 'Run a probe', open: 'Open',
  },

  endpoint: {
    healthy: ['ok', 'healthy'], failing: ['bad', 'refused'], about_to_pause: ['bad', 'about to pause'], silent: ['dash', 'silent'], never: ['dash', 'nothing came yet'],
  },
  sink: {
    givingUp: 'giving up', tryingAt: (time) => `trying again at ${time}`, whole: 'has everything', behind: 'behind', pausedSince: (text) => `paused${around(' since ', text)}`,
    standby: (by = 'another daemon', until) => `held by ${by}${around(' until ', until)}`, stopped: 'stopped', notConfigured: 'no longer configured',
  },
  row: {
    delivered: 'delivered', unrouted: 'no sink takes it', waits: (sinks) => `${sinks} ${sinks.includes(',') ? 'wait' : 'waits'}`, gaveUp: (sinks) => `${sinks} gave up`, dropped: 'dropped',
  },

  events: {
    title: 'Events', filters: 'Filters',
    filter: { since: 'Since', state: 'State', endpoint: 'Store', sink: 'Sink' },
    any: { since: 'Since ever', state: 'Any state', endpoint: 'Any store', sink: 'Any sink' },
    sinceOptions: { ...windows, '30d': 'Last 30 days' },
    stateOptions: { dead: 'Given up', pending: 'Waiting', delivered: 'Delivered', 'dead,pending': 'Given up or waiting' },
    columns: { time: 'Time', event: 'Event', store: 'Store', total: 'Total', sinks: 'At the sinks', id: 'Id' },
    clear: 'Clear', remove: (text) => `${text}: remove this filter`, fresh: (n) => some(n, 'new event'),
    searched: (time) => `Searched back to ${time}.`, searchOn: 'Search on', theEnd: 'That is the oldest event in the inbox.', theEndFiltered: 'No older event fits.', loading: 'Loading…',
    none: 'No event yet', noneFiltered: 'No event fits', widen: 'Take away a filter. Text is found from three characters on.', removeAll: 'Show all events',
    deliver: 'Deliver these again…', picked: (n) => `${n} selected`, deliverPicked: (button) => `${button}…`, unpick: 'Select none', pick: (title) => `Select ${title}`,
    yesterday: 'yesterday', searching: (q) => `matching ${quoted(q)}`,
  },

  replay: {
    plan: (events, deliveries) => `${some(events, 'event')} will be delivered again, ${some(deliveries, 'delivery', 'deliveries')} in all.`,
    button: (n) => `Deliver ${n} again`, done: (n) => `${some(n, 'event')} queued for delivery.`,
    nothing: 'No sink takes any of these events.',
  },
  job: { stop: 'Stop', goOn: 'Go on', stopped: (n, all) => `Stopped: ${n} of about ${all} done, the others are as they were.`, failed: (n, all, text) => `Interrupted after ${n} of about ${all}. ${text}` },

  event: {
    accepted: (provider, endpoint, when, ago) => `${provider}, ${endpoint}. Accepted ${when}, ${ago}.`,
    repeats: (n) => ` The store sent it ${times(n)} more.`,
    thisOrder: 'This order:', theSame: 'The same:',
    copyLink: 'Copy link', curl: 'Copy as curl', curlHere: 'To this Shopbell, as the store sent it', curlTo: (sink) => `To ${sink}, as Shopbell sends it`,
    curlBlanked: 'The handshake is blanked: put it in by hand.',
    curlBinary: 'The body is not text: download it, and put its name after the @.',
    again: 'Deliver again', againAll: 'To every sink it is routed to', againTo: (sink) => `To ${sink}`,
    sent: (n) => (n === 0 ? 'No sink takes it.' : `Queued for ${some(n, 'sink')}.`),
    order: (n, when) => `Order ${n}${around(', placed ', when)}`,
    subtotal: 'Subtotal', shipping: 'Shipping', discount: 'Discount', tax: 'Tax', total: (currency) => `Total ${currency ?? ''}`.trim(),
    customer: 'Customer', email: 'E-mail', phone: 'Phone', shipsTo: 'Ships to', billsTo: 'Billed to', payment: 'Payment', tracking: 'Tracking', ip: 'IP address', custom: 'Custom', keys: 'Licence keys',
    masked: 'Personal data is hidden', show: 'Show it', shown: 'Personal data is shown', hide: 'Hide it',
    problem: (text) => `Not all of it was understood: ${text}`, data: 'What it says', nothing: 'Nothing that could be read.',
    deliveries: 'Deliveries', noDelivery: 'No route takes this event. It stays in the inbox.',
    tabs: { original: 'As the store sent it', event: 'Event', headers: 'Headers', sent: (sink) => `Sent to ${sink}` },
    forms: { pretty: 'Pretty', text: 'Text', hex: 'Hex' }, form: 'Shown as', copy: 'Copy', download: 'Download', more: 'Show more',
    bytes: (n, type) => `${n} bytes${around(', ', type)}`, checked: (what) => (what ? `checked by ${what.replaceAll('_', ' ')}` : 'signature checked'),
  },
  lane: {
    nextIn: (text) => `next try in ${text}`, next: 'next try', due: 'due now', heldBy: 'waits for an earlier event', heldByHint: 'of the same subject, so that the order is kept',
    firstTry: 'at the first try', notKept: 'when is no longer kept',
    folded: (n, until, first, then) => `${n} tries until ${until}, first ${quoted(first)}${around(', then “', then !== first && then, '”')}`, showAll: 'Show',
    retry: 'Try again', drop: 'Drop', tryNow: 'Try now', again: 'Deliver again',
    tried: (sink) => `${sink}: it is tried at once.`, dropped: (sink) => `Dropped at ${sink}. The event stays in the inbox.`,
    refused: (text) => `refused for good: ${text}`,
  },

  rejections: {
    title: 'Rejections', subtitle: 'What was refused, and what to change.', any: 'Any endpoint', none: 'Nothing was refused', noneText: 'Every request so far was accepted.',
    times, noEndpoint: 'no endpoint',
    change: 'What to change', came: 'What came', line: (r, bytes, headers) => `${r.method} ${r.path} from ${r.client}, ${bytes}, ${some(headers, 'header')}`,
    scanners: (kinds, n) => `${some(kinds, 'kind')}, ${times(n)}`, scannersText: 'scanners; nothing to do', proven: 'proven: a holder of the secret sent it',
    around: 'Accepted events of this endpoint', valueHidden: 'value hidden', headers: 'Headers', body: 'Body', cut: 'its beginning', unknown: 'The cause is not known.', more: 'Older ones', copy: 'Copy', reason: 'Reason',
  },

  sinks: {
    title: 'Sinks', subtitle: (whole, all) => (whole === all ? 'All have everything.' : wholeOf(whole, all)), none: 'No sink is configured', noneText: 'A [[sink]] and a [[route]] in the configuration say where events go.',
    pause: 'Pause', resume: 'Resume', paused: (name) => `${name} is paused.`, resumed: (name) => `${name} goes on.`,
    behind: 'Behind', oldest: 'Oldest waiting', eta: 'Caught up in', givenUp: 'Given up', about: (text) => `about ${text}`, sinceStart: 'since the start', deliveredTitle: 'Delivered',
    chart: (step) => (step === 60 ? 'Deliveries a minute' : `Deliveries in ${duration(step)}`), duration: 'Time of a delivery', failed: 'failed',
    tabs: { waiting: (n) => `Waiting ${n}`, dead: (n) => `Given up ${n}`, routes: (n) => `Routes ${n}` },
    tries: (n) => (n === 0 ? 'not tried yet' : some(n, 'try', 'tries')), after: 'after an earlier event',
    noneWaiting: 'Nothing waits for this sink.', noneDead: 'This sink has given up nothing.', noRoute: 'No route leads here.',
    columns: { event: 'Event', tries: 'Tries', next: 'Next', answer: 'Last answer', given: 'Given up', action: 'Actions' },
    againAll: 'Try these again…', dropAll: 'Drop these…',
    last: 'Last answer', gone: 'There is no such sink',
    forget: 'It has left the configuration. This lets go of it:',
  },
  dead: {
    title: (button, sink) => `${button} at ${sink}?`,
    retry: { button: (n) => `Try ${n} again`, hint: twice, running: (n, all) => `${n} of about ${all} queued`, done: (n) => `${some(n, 'event')} will be tried again.` },
    drop: { button: (n) => `Drop ${n}`, hint: 'They will not be delivered there. The events themselves stay in the inbox.', running: (n, all) => `${n} of about ${all} dropped`, done: (n) => `${some(n, 'event')} dropped.` },
    between: (a, b) => `Given up from ${a} to ${b}.`, until: (time) => `What was given up after ${time} is not touched.`,
    answers: 'Answer', count: 'Events', nothing: 'Nothing of it is left.',
  },

  setup: {
    title: 'Setup', subtitle: (file, when) => file + around(', loaded ', when), differs: 'The file has changed since it was loaded.', reload: 'Reload', reloaded: 'Reloaded.', refused: 'The new file was refused, the old one stays in force:',
    restart: (keys) => `A restart is needed for ${keys.join(', ')}.`, endpoints: 'Endpoints', routes: 'Routes', sinks: 'Sinks', server: 'Server', inbox: 'Inbox', matched: (n) => `${n} in 24 h`, to: '→', where: 'where', from: 'from',
    secret: ({ set, from, path, name }) => (set > 0 ? `secret: ${set}, from ${from} ${path ?? name ?? ''}` : 'no secret'),
    yes: 'yes', no: 'no',
  },
  checkup: {
    title: 'Check-up', run: 'Run again', running: 'Looking…', probe: 'Probe', all: (bad, warn) => (bad + warn === 0 ? 'Everything is right.' : `${bad} wrong, ${warn} to look at.`),
    endpoints: 'A signed probe to this daemon. From outside: shopbell doctor --url', here: 'On this machine',
  },

  token: {
    title: 'Shopbell asks for its token', text: 'It stands in the file that [admin] token_file names.', label: 'Token', keep: 'Remember it for this tab only', open: 'Open', wrong: 'That is not the token.',
  },

  keys: {
    title: 'Keyboard', on: 'Single keys are on', list: [
      ['/', 'search'], ['g n', 'Now'], ['g e', 'Events'], ['g r', 'Rejections'], ['g s', 'Sinks'], ['g t', 'Setup'], ['g c', 'Check-up'], ['j  k', 'next, previous row'], ['Enter', 'open'], ['x', 'select'], ['[  ]', 'older, newer event'], ['p', 'live or paused'], ['c', 'copy link'], ['Esc', 'back'], ['?', 'this list'],
    ],
  },
};
