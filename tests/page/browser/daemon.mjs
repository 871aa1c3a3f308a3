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

export async function startDaemon({ sinks = '', token = '' } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'shopbell-page-'));
  const [store, admin] = [await freePort(), await freePort()];
  const config = join(folder, 'shopbell.toml');
  await writeFile(config, `
[server]
listen = ["127.0.0.1:${store}"]
[admin]
listen = "127.0.0.1:${admin}"
${token && `token = "${token}"`}
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
