#!/usr/bin/env node
// Serves src/admin/page as the daemon does, for developing and for the tests. /api/ comes from fixtures or from a daemon.
//
//   node tests/page/dev.mjs [--fixtures [busy|calm|first|token|viewonly|full|flood|pair]] [--daemon http://127.0.0.1:9180] [--port 9181]
//
// It reloads the page when a file changes. /dev/ lists the states of the fixtures.

import { createServer, request } from 'node:http';
import { readFile, readdir } from 'node:fs/promises';
import { watch } from 'node:fs';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { extname, join } from 'node:path';
import { createWorld } from './fixtures.mjs';

export const pageFolder = fileURLToPath(new URL('../../src/admin/page/', import.meta.url));
const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.svg': 'image/svg+xml' };
const scenarios = ['busy', 'calm', 'first', 'token', 'viewonly', 'full', 'flood', 'pair'];

// As the daemon's src/admin/page.cpp.
export const pageHeaders = {
  'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Resource-Policy': 'same-origin',
};

/** The files of src/admin/page as a server gives them: {files, hash}. */
async function readPage() {
  const paths = (await readdir(pageFolder, { recursive: true })).filter((path) => types[extname(path)]).sort();
  const files = new Map();
  const digest = createHash('sha256');
  for (const path of paths) {
    const bytes = await readFile(join(pageFolder, path));
    digest.update(`${path} ${createHash('sha256').update(bytes).digest('hex')}\n`);
    files.set(path, bytes);
  }
  const hash = digest.digest('hex').slice(0, 12);
  const index = files.get('index.html').toString().replaceAll('@SHOPBELL_PAGE_HASH@', hash);
  files.set('index.html', Buffer.from(index));
  return { files, hash };
}

function sendFile(call, answer, bytes, path, extra) {
  const packed = /\bgzip\b/.test(call.headers['accept-encoding'] ?? '');
  answer.writeHead(200, { ...pageHeaders, 'Content-Type': types[extname(path)], Vary: 'Accept-Encoding', ...(packed ? { 'Content-Encoding': 'gzip' } : {}), ...extra });
  answer.end(packed ? gzipSync(bytes, { level: 9 }) : bytes);
}

function openStream(call, answer, world) {
  answer.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  answer.write(':\n\n');
  world.streams.add(answer);
  const last = call.headers['last-event-id'];
  const missed = last ? world.arrived.filter((row) => row.id > last) : [];
  if (missed.length > 0) answer.write(`id: ${missed.at(-1).id}\nevent: accepted\ndata: ${JSON.stringify(missed.map(({ index, amount, currency, number, status, ...row }) => row))}\n\n`);
  const beat = setInterval(() => answer.write(':\n\n'), 15_000);
  call.on('close', () => {
    clearInterval(beat);
    world.streams.delete(answer);
  });
}

function passOn(call, answer, daemon) {
  const target = new URL(call.url, daemon);
  const headers = { ...call.headers, host: target.host };
  if (headers.origin) headers.origin = target.origin;
  const onward = request(target, { method: call.method, headers }, (from) => {
    answer.writeHead(from.statusCode, from.headers);
    from.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  answer.on('close', () => onward.destroy());
  call.pipe(onward);
}

/**
 * {origin, world, close(), refuse(yes)}: `refuse` acts like a stopped daemon. `served`: files that a daemon gave, in place of
 * those of src/admin/page.
 */
export async function startServer({ world = createWorld(), daemon, port = 0, watching = false, served } = {}) {
  let page = served ?? await readPage();
  let refusing = false;
  const state = { world };
  const reloads = new Set();

  const server = createServer(async (call, answer) => {
    const { pathname } = new URL(call.url, 'http://page');
    if (refusing) return call.socket.destroy();
    if (pathname === '/dev/stream') {
      answer.writeHead(200, { 'Content-Type': 'text/event-stream' });
      reloads.add(answer);
      return call.on('close', () => reloads.delete(answer));
    }
    if (pathname === '/dev/reload.js') {
      answer.writeHead(200, { 'Content-Type': types['.js'] });
      return answer.end("new EventSource('/dev/stream').onmessage = ({ data }) => { if (data === 'css') for (const sheet of document.querySelectorAll('link[rel=stylesheet]')) sheet.href = sheet.href.split('?')[0] + '?' + Date.now(); else location.reload(); };");
    }
    if (pathname.startsWith('/dev/')) {
      const chosen = pathname.slice(5);
      if (scenarios.includes(chosen)) {
        state.world = createWorld({ scenario: chosen, count: 100_000, clock: () => Date.now() });
        answer.writeHead(303, { Location: '/' });
        return answer.end();
      }
      answer.writeHead(200, { 'Content-Type': types['.html'] });
      return answer.end(`<!doctype html><title>Fixtures</title><ul>${scenarios.map((name) => `<li><a href="/dev/${name}">${name}</a>`).join('')}</ul>`);
    }
    if (pathname.startsWith('/api/') || pathname === '/metrics' || pathname === '/readyz') {
      if (daemon) return passOn(call, answer, daemon);
      if (pathname === '/api/stream') {
        const { token } = state.world;
        if (!token || call.headers.authorization === `Bearer ${token}`) return openStream(call, answer, state.world);
      }
      let text = '';
      for await (const part of call) text += part;
      if (state.world.delay) await new Promise((resolve) => setTimeout(resolve, state.world.delay));
      const made = state.world.handle(call.method, call.url, call.headers, text);
      answer.writeHead(made.status, { 'Content-Type': made.type, 'Cache-Control': 'no-store' });
      return answer.end(made.body);
    }
    if (pathname === '/') {
      if (watching) page = await readPage();
      if (call.headers['if-none-match'] === `"${page.hash}"`) {
        answer.writeHead(304, pageHeaders);
        return answer.end();
      }
      const bytes = watching ? Buffer.from(page.files.get('index.html').toString().replace('</head>', '<script type="module" src="/dev/reload.js"></script></head>')) : page.files.get('index.html');
      return sendFile(call, answer, bytes, 'index.html', { 'Cache-Control': 'no-cache', ETag: `"${page.hash}"` });
    }
    const path = pathname === '/favicon.ico' ? 'icon.svg' : pathname.startsWith(`/page/${page.hash}/`) ? pathname.slice(7 + page.hash.length) : '';
    const bytes = page.files.get(path);
    if (bytes && path !== 'index.html') return sendFile(call, answer, bytes, path, { 'Cache-Control': watching ? 'no-cache' : 'public, max-age=31536000, immutable' });
    answer.writeHead(404, { ...pageHeaders, 'Content-Type': 'application/json' });
    return answer.end('{"error":"not found"}');
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  if (watching) {
    watch(pageFolder, { recursive: true }, async (_, name) => {
      page = await readPage();
      for (const stream of reloads) stream.write(`data: ${name?.endsWith('.css') ? 'css' : 'page'}\n\n`);
    });
  }
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    get world() { return state.world; },
    refuse(yes) {
      refusing = yes;
      if (yes) server.closeAllConnections();
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name, other) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] ?? other : undefined);
  const scenario = option('--fixtures', 'busy');
  const daemon = scenario ? undefined : option('--daemon') ?? 'http://127.0.0.1:9180';
  const world = createWorld({ scenario: scenarios.includes(scenario) ? scenario : 'busy', count: 100_000, clock: () => Date.now() });
  const { origin } = await startServer({ world, daemon, port: Number(option('--port') ?? 9181), watching: true });
  console.log(`${origin}/  ${daemon ? `over ${daemon}` : `fixtures; their states: ${origin}/dev/`}`);
}
