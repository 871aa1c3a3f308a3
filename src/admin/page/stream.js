// Live messages: one stream a browser, read with fetch (EventSource can carry no token).

const heartbeatLimit = 35000;
const paintEvery = 250;
const hiddenLimit = 60000;

/** Server-sent events from pieces of bytes, however they are cut. `push` returns the messages that are complete. */
export function createReader() {
  const decoder = new TextDecoder();
  const none = () => ({ kind: 'message', id: undefined, data: [] });
  let rest = '';
  let message = none();

  return {
    push(bytes) {
      rest += decoder.decode(bytes, { stream: true });
      const lines = rest.split(/\r\n|\n|\r(?!$)/); // a \r at the very end may be half of a \r\n
      rest = lines.pop();
      const done = [];
      for (const line of lines) {
        const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
        if (name === 'event') message.kind = value;
        else if (name === 'id') message.id = value;
        else if (name === 'data') message.data.push(value);
        if (line !== '') continue;
        if (message.data.length > 0) done.push({ ...message, data: message.data.join('\n') });
        message = none();
      }
      return done;
    },
  };
}

/** Milliseconds until the next try: 1, 2, 2 ... s in sight, 4 ... 30 s out of it, with jitter. */
export function retryDelay(tries, visible, random = Math.random) {
  const seconds = visible ? Math.min(2, 2 ** tries) : Math.min(30, 4 * 2 ** tries);
  return seconds * 1000 * (0.75 + random() / 4);
}

/**
 * `open(lastId, signal)` gives the answer to read. Calls `onMessage(kind, items)` at most four times a second and
 * `onState({state, since})`, state one of connecting, live, lost, paused, hidden; `onReturn()` where something may have been missed.
 */
export function createLive({ open, onMessage, onState, onReturn, clock = () => Date.now() }) {
  const channel = new BroadcastChannel('shopbell');
  let current = { state: 'connecting', since: clock() };
  let paused = false;
  let lastId;
  let wanted = null;
  let wake = () => {};
  let waiting = [];
  let painting = 0;
  let hiddenTimer = 0;
  let leads = false;

  function setState(state, tell = true) {
    if (state !== current.state) current = { state, since: state === 'lost' || state === 'live' ? clock() : current.since };
    if (tell && leads) channel.postMessage({ state });
    onState(current);
  }

  function paint() {
    painting = 0;
    const batch = waiting;
    waiting = [];
    const byKind = new Map();
    for (const { kind, items } of batch) byKind.set(kind, [...(byKind.get(kind) ?? []), ...items]);
    for (const [kind, items] of byKind) onMessage(kind, kind === 'tick' ? items.slice(-1) : items);
  }

  function receive(kind, items, id) {
    if (id) lastId = id;
    if (paused) return;
    waiting.push({ kind, items });
    painting ||= setTimeout(paint, paintEvery);
  }

  const wait = (ms, signal) => new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake = () => (clearTimeout(timer), resolve());
    signal.addEventListener('abort', wake, { once: true });
  });

  async function read(signal) {
    const cut = new AbortController();
    signal.addEventListener('abort', () => cut.abort(), { once: true });
    let alarm = setTimeout(() => cut.abort(), heartbeatLimit);
    const alive = () => {
      clearTimeout(alarm);
      alarm = setTimeout(() => cut.abort(), heartbeatLimit);
    };
    try {
      const answer = await open(lastId, cut.signal);
      const body = answer.body.getReader();
      const reader = createReader();
      let opened = false;
      for (;;) {
        const { value, done } = await body.read();
        if (done) return;
        alive();
        if (!opened) {
          opened = true;
          const back = current.state === 'lost';
          setState('live');
          if (back) channel.postMessage({ returned: true }), onReturn();
        }
        for (const message of reader.push(value)) {
          const items = JSON.parse(message.data);
          channel.postMessage({ kind: message.kind, items, id: message.id });
          receive(message.kind, items, message.id);
        }
      }
    } finally {
      clearTimeout(alarm);
      cut.abort();
    }
  }

  async function lead(signal) {
    leads = true;
    for (let tries = 0; !signal.aborted; tries += 1) {
      const before = clock();
      try {
        await read(signal);
      } catch (error) {
        if (error.status === 401 || error.status === 403) break;
      }
      if (signal.aborted) break;
      if (clock() - before > heartbeatLimit) tries = 0;
      setState('lost');
      await wait(retryDelay(tries, document.visibilityState === 'visible'), signal);
    }
    leads = false;
  }

  function start() {
    if (wanted || paused) return;
    wanted = new AbortController();
    const { signal } = wanted;
    if (navigator.locks) {
      channel.postMessage({ asks: true });
      navigator.locks.request('shopbell.stream', { signal }, () => lead(signal)).catch(() => {});
    } else lead(signal);
  }

  function stop(state) {
    wanted?.abort();
    wanted = null;
    leads = false;
    setState(state, false);
  }

  channel.addEventListener('message', ({ data }) => {
    if (data.asks) return leads && channel.postMessage({ state: current.state });
    if (!wanted || leads) return undefined;
    if (data.kind) return receive(data.kind, data.items, data.id);
    if (data.returned) return onReturn();
    return setState(data.state, false);
  });

  document.addEventListener('visibilitychange', () => {
    clearTimeout(hiddenTimer);
    if (document.visibilityState === 'hidden') {
      hiddenTimer = setTimeout(() => stop('hidden'), hiddenLimit);
      return;
    }
    const away = !wanted && !paused;
    start();
    if (away) onReturn();
    wake();
  });
  addEventListener('online', () => wake());

  return {
    start,
    state: () => current,
    isPaused: () => paused,
    /** Called from a button or key: goes on, or stands still. */
    toggle() {
      paused = !paused;
      if (paused) return stop('paused');
      start();
      setState('connecting', false);
      return onReturn();
    },
    tryNow: () => wake(),
    end: () => stop('paused'),
  };
}
