// fastify in one process, as it is usually run: verifies Jumpseller's signature and appends the body to a file.
"use strict";

const { createHmac, timingSafeEqual } = require("node:crypto");
const fs = require("node:fs");
const fastify = require("fastify");

const file = fs.openSync("@STORED@", "a", 0o640);
const sync = @SYNC@;

function isGenuine(body, claimed) {
  const expected = createHmac("sha256", "@TOKEN@").update(body).digest();
  const given = Buffer.from(claimed ?? "", "base64");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

// Bodies that come while a group is being written make up the next one: one write and, where asked for, one fdatasync
// answer all of them.
let waiting = [];
let writing = false;

function store(body) {
  return new Promise((resolve, reject) => {
    waiting.push({ body, resolve, reject });
    if (!writing) writeGroup();
  });
}

function writeGroup() {
  const group = waiting;
  waiting = [];
  writing = true;
  const done = (failure) => {
    for (const one of group) failure ? one.reject(failure) : one.resolve();
    writing = false;
    if (waiting.length > 0) writeGroup();
  };
  const text = Buffer.concat(group.flatMap((one) => [one.body, lineEnd]));
  fs.write(file, text, (failure, written) => {
    if (failure || written !== text.length) return done(failure ?? new Error("the disk is full"));
    if (!sync) return done();
    fs.fdatasync(file, done);
  });
}

const lineEnd = Buffer.from("\n");
const app = fastify({ logger: false });

app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => done(null, body));

app.post("/hooks/jumpseller", async (request, reply) => {
  if (!isGenuine(request.body, request.headers["jumpseller-hmac-sha256"])) return reply.code(401).send();
  await store(request.body);
  return { status: "accepted" };
});

app.listen({ host: "127.0.0.1", port: @PORT@ });
