// Calls of /api/. A failure is an ApiError; status 0: the daemon cannot be reached.

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const tokenKey = 'shopbell.token';

export function pathOf(...segments) {
  return '/api/' + segments.map(encodeURIComponent).join('/');
}

function withQuery(path, query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== '' && value !== undefined && value !== null);
  const text = new URLSearchParams(given).toString();
  return text ? `${path}?${text}` : path;
}

async function errorOf(answer) {
  const text = await answer.text().catch(() => '');
  try {
    return new ApiError(answer.status, JSON.parse(text).error);
  } catch {
    return new ApiError(answer.status, `${answer.status} ${answer.statusText}`.trim());
  }
}

export function createApi({ fetch = globalThis.fetch.bind(globalThis), store = sessionStorage, onUnauthorized = () => {}, onReached = () => {} } = {}) {
  let token = store.getItem(tokenKey) ?? '';

  /** `extra`: parameters that a daemon may not know yet; where it refuses them (400) it is asked without. */
  async function call(method, path, { query, extra, body, signal, headers = {} } = {}) {
    const fields = { ...headers };
    if (token) fields.Authorization = `Bearer ${token}`;
    if (method !== 'GET') fields['X-Requested-With'] = 'shopbell';
    if (body !== undefined) fields['Content-Type'] = 'application/json';
    let answer;
    try {
      answer = await fetch(withQuery(path, { ...query, ...extra }), {
        method, headers: fields, signal, cache: 'no-store', credentials: 'omit', redirect: 'error',
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      onReached(false);
      throw new ApiError(0, 'The daemon cannot be reached');
    }
    onReached(true);
    if (answer.status === 400 && extra) return call(method, path, { query, body, signal, headers });
    if (answer.status === 401) onUnauthorized();
    if (!answer.ok) throw await errorOf(answer);
    return answer;
  }

  const json = async (answer) => (await answer).json();
  return {
    get: (path, query, signal, extra) => json(call('GET', path, { query, signal, extra })),
    text: async (path, signal, extra) => (await call('GET', path, { signal, extra })).text(),
    bytes: async (path, signal, extra) => {
      const answer = await call('GET', path, { signal, extra });
      return { bytes: new Uint8Array(await answer.arrayBuffer()), type: answer.headers.get('Content-Type') ?? '' };
    },
    post: (path, query, body, signal, extra) => json(call('POST', path, { query, body, signal, extra })),
    stream: (extra, lastId, signal) => call('GET', '/api/stream', { extra, signal, headers: lastId ? { 'Last-Event-ID': lastId } : {} }),
    /** In memory, and for as long as the tab lives where `keep` says so. Never a cookie, never in an address. */
    setToken: (text, keep) => {
      token = text;
      if (keep && text) store.setItem(tokenKey, text);
      else store.removeItem(tokenKey);
    },
  };
}
