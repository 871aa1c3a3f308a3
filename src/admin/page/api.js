// Calls of /api/. A failure is an ApiError; status 0: the daemon cannot be reached.

import { withQuery } from './format.js';

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

async function errorOf(answer) {
  const text = await answer.text().catch(() => '');
  try {
    return new ApiError(answer.status, JSON.parse(text).error);
  } catch {
    return new ApiError(answer.status, `${answer.status} ${answer.statusText}`.trim());
  }
}

export function createApi({ onUnauthorized, onReached }) {
  let token = sessionStorage.getItem(tokenKey) ?? '';

  async function call(method, path, { query, body, signal, headers = {} }) {
    const fields = { ...headers };
    if (token) fields.Authorization = `Bearer ${token}`;
    if (method !== 'GET') fields['X-Requested-With'] = 'shopbell';
    if (body !== undefined) fields['Content-Type'] = 'application/json';
    let answer;
    try {
      answer = await fetch(withQuery(path, query), {
        method, headers: fields, signal, cache: 'no-store', credentials: 'omit', redirect: 'error',
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      onReached(false);
      throw new ApiError(0, 'The daemon cannot be reached');
    }
    onReached(true);
    if (answer.status === 401) onUnauthorized();
    if (!answer.ok) throw await errorOf(answer);
    return answer;
  }

  const json = async (answer) => (await answer).json();
  return {
    get: (path, query, signal) => json(call('GET', path, { query, signal })),
    text: async (path, query, signal) => (await call('GET', path, { query, signal })).text(),
    bytes: async (path, query, signal) => {
      const answer = await call('GET', path, { query, signal });
      return { bytes: new Uint8Array(await answer.arrayBuffer()), type: answer.headers.get('Content-Type') ?? '' };
    },
    post: (path, query, body, signal) => json(call('POST', path, { query, body, signal })),
    stream: (query, lastId, signal) => call('GET', '/api/stream', { query, signal, headers: lastId ? { 'Last-Event-ID': lastId } : {} }),
    /** In memory, and for as long as the tab lives where `keep` says so. Never a cookie, never in an address. */
    setToken: (text, keep) => {
      token = text;
      if (keep && text) sessionStorage.setItem(tokenKey, text);
      else sessionStorage.removeItem(tokenKey);
    },
  };
}
