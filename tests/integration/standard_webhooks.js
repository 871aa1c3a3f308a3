// node standard_webhooks.js sign LIBRARY SECRET ID SECONDS < BODY: prints the signature.
// node standard_webhooks.js verify LIBRARY SECRET ID SECONDS SIGNATURE < BODY: fails where it is not genuine.
// LIBRARY: a package that $NODE_PATH holds, "standardwebhooks" or "svix".
"use strict";

const fs = require("fs");
const [action, library, secret, id, seconds, signature] = process.argv.slice(2);
const { Webhook } = require(library);
const body = fs.readFileSync(0, "utf8");
const webhook = new Webhook(secret);

if (action === "sign") {
    process.stdout.write(webhook.sign(id, new Date(Number(seconds) * 1000), body));
} else {
    webhook.verify(body, {
        "webhook-id": id,
        "webhook-timestamp": seconds,
        "webhook-signature": signature,
    });
}
