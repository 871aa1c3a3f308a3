// The built daemon with targets that fail, for tests of the page.

import { execFile, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './browser.mjs';

const run = promisify(execFile);
export const shopbell = process.env.SHOPBELL;

/** A target whose next answers are `answer`: a status, or null for a connection that is cut. */
export async function startTarget(answer = 503) {
  const target = { answer, taken: [] };
  const server = createServer(async (call, reply) => {
    let body = '';
    for await (const part of call) body += part;
    if (target.answer === null) return call.socket.destroy();
    if (target.answer < 300) target.taken.push(JSON.parse(body).id);
    reply.writeHead(target.answer, { 'Content-Type': 'text/plain' });
    return reply.end(target.answer < 300 ? '' : 'unknown currency CLP');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  target.port = server.address().port;
  target.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return target;
}

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** The page's files as the built daemon gives them: {files, hash}; undefined where there is no daemon. */
export async function servedPage() {
  if (!shopbell) return undefined;
  const daemon = await startDaemon();
  try {
    const index = await fetch(`${daemon.origin}/`);
    const hash = index.headers.get('etag').replaceAll('"', '');
    const files = new Map([['index.html', Buffer.from(await index.arrayBuffer())]]);
    for (const path of ['app.js', 'page.css', 'icon.svg']) {
      const answer = await fetch(`${daemon.origin}/page/${hash}/${path}`);
      files.set(path, Buffer.from(await answer.arrayBuffer()));
    }
    return { files, hash };
  } finally {
    await daemon.close();
  }
}

export async function startDaemon({ sinks = '', token = '', viewToken = '' } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'shopbell-page-'));
  const [store, admin] = [await freePort(), await freePort()];
  const config = join(folder, 'shopbell.toml');
  await writeFile(config, `
[server]
listen = ["127.0.0.1:${store}"]
[admin]
listen = "127.0.0.1:${admin}"
${token && `token = "${token}"`}
${viewToken && `view_token = "${viewToken}"`}
[inbox]
path = "${folder}/inbox.db"
[log]
output = "${folder}/log"
[[endpoint]]
name = "jumpseller-main"
path = "/hooks/jumpseller"
provider = "jumpseller"
hooks_token = "a-throwaway-token"
[[endpoint]]
name = "usaepay"
path = "/hooks/usaepay"
provider = "usaepay"
signature_key = "a-throwaway-key"
[[endpoint]]
name = "ejunkie"
path = "/hooks/ejunkie"
provider = "ejunkie"
handshake = "0123456789abcdef0123456789abcdef"
[[sink]]
name = "orders-file"
type = "file"
path = "${folder}/events.jsonl"
[[route]]
events = ["**"]
sinks = ["orders-file"]
${sinks}
`);
  const origin = `http://127.0.0.1:${admin}`;
  const daemon = { origin, folder, process: null };
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  daemon.api = async (path) => (await fetch(origin + path, { headers })).json();
  daemon.command = async (...args) => (await run(shopbell, ['--config', config, ...args], { encoding: 'buffer' })).stdout;
  daemon.send = async (...args) => (await daemon.command('send', ...args)).toString().trim().split(' ').pop();
  daemon.start = async () => {
    daemon.process = spawn(shopbell, ['--config', config, 'serve'], { stdio: 'ignore' });
    await eventually(() => fetch(`${origin}/healthz`, { headers }).then((answer) => answer.ok, () => false), 'the daemon serves', 60_000);
  };
  daemon.kill = (signal) => new Promise((resolve) => {
    daemon.process.once('exit', resolve);
    daemon.process.kill(signal);
  });
  daemon.close = async () => {
    if (daemon.process.exitCode === null && daemon.process.signalCode === null) await daemon.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  await daemon.start();
  return daemon;
}
