"use strict";
// Signs and validates webhooks with twilio-node: a JSON object a line, and an answer a line.

const readline = require("node:readline");
const twilio = require("twilio");
const { getExpectedTwilioSignature } = require("twilio/lib/webhooks/webhooks");

console.log("ready");
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { token, url, signed, fields, body, signature } = JSON.parse(line);
  const form = Object.create(null);
  for (const [name, value] of fields) (form[name] ??= []).push(value);
  const valid =
    body === null
      ? twilio.validateRequest(token, signature, url, form)
      : twilio.validateRequestWithBody(token, signature, url, body);
  console.log(JSON.stringify({ sha1: getExpectedTwilioSignature(token, signed, form), sha256: null, valid }));
});
