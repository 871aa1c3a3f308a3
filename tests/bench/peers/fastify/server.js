// fastify in one process, as it is usually run: verifies Jumpseller's signature and stores the body in a file.
"use strict";

const { createHmac, timingSafeEqual } = require("node:crypto");
const fs = require("node:fs");
const { promisify } = require("node:util");
const fastify = require("fastify");

const write = promisify(fs.write);
const fdatasync = promisify(fs.fdatasync);
const file = fs.openSync("@STORED@", "a", 0o640);
const lineEnd = Buffer.from("\n");

function isGenuine(body, claimed) {
  const expected = createHmac("sha256", "@TOKEN@").update(body).digest();
  const given = Buffer.from(claimed ?? "", "base64");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function writeWhole(text) {
  const { bytesWritten } = await write(file, text);
  if (bytesWritten !== text.length) throw new Error("the disk is full");
}

// Runs `job` at most once at a time. Whoever asks while it runs gets the end of the next run, which all of them share.
function shared(job) {
  let running = Promise.resolve();
  let next = null;
  const start = () => {
    next = null;
    return job();
  };
  return () => {
    if (!next) next = running = running.then(start, start);
    return next;
  };
}

const sync = shared(() => fdatasync(file));

let gathered = [];
const writeGathered = shared(async () => {
  const text = Buffer.concat(gathered);
  gathered = [];
  await writeWhole(text);
  await fdatasync(file);
});

const ways = {
  append: (body) => writeWhole(Buffer.concat([body, lineEnd])),

  // One write for each request, one fdatasync for all that wait for it.
  appendAndSync: async (body) => {
    await writeWhole(Buffer.concat([body, lineEnd]));
    await sync();
  },

  // One write and one fdatasync for all requests that wait.
  gather: (body) => {
    gathered.push(body, lineEnd);
    return writeGathered();
  },
};
const store = ways["@STORE@"];

const app = fastify({ logger: false });

app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => done(null, body));

app.post("/hooks/jumpseller", async (request, reply) => {
  if (!isGenuine(request.body, request.headers["jumpseller-hmac-sha256"])) return reply.code(401).send();
  await store(request.body);
  return { status: "accepted" };
});

app.listen({ host: "127.0.0.1", port: @PORT@ });
