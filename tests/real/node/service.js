"use strict";
// The official client, sent to a service on loopback instead of Twilio.
//
// What a script is to talk to stands on its standard input, as JSON: the address, and the credentials of the sandbox's
// sample account. The requests keep Twilio's host names in their Host header, so that the answers are those that
// api.twilio.com or iam.twilio.com would give, absolute links included.

const assert = require("node:assert/strict");
const fs = require("node:fs");
const twilio = require("twilio");

const SAMPLE = JSON.parse(fs.readFileSync(0, "utf8"));
const ACCOUNT = SAMPLE.account;

/** Twilio's own HTTP client; only the address it connects to is another. */
class Loopback extends twilio.RequestClient {
  constructor() {
    super({ timeout: 30000, keepAlive: false });
    this.hosts = new Set();
  }

  request(opts) {
    const asked = new URL(opts.uri);
    assert.ok(asked.protocol === "https:" && asked.hostname.endsWith(".twilio.com"), `not Twilio's: ${opts.uri}`);
    this.hosts.add(asked.hostname);
    const headers = { ...opts.headers, Host: asked.host };
    return super.request({ ...opts, headers, uri: SAMPLE.url + asked.pathname + asked.search });
  }
}

/** A client for the sample account: by default with its Auth Token, else with a key. */
function client(user, password, account) {
  return twilio(user ?? ACCOUNT, password ?? SAMPLE.token, {
    accountSid: account ?? ACCOUNT,
    httpClient: new Loopback(),
  });
}

/** A client that signs with one of the sample's keys, or with a key a script has made. */
function clientOf(key, account) {
  const pair = typeof key === "string" ? SAMPLE.keys[key] : key;
  return client(pair.sid, pair.secret, account);
}

/** Runs a call that must fail, and checks that the library reads the failure as it reads Twilio's. */
async function refused(call, status, code, says) {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    if (!(error instanceof twilio.RestException)) throw error;
    assert.deepEqual([error.status, error.code], [status, code], error.message);
    assert.ok(error.message.includes(says), `expected ${says} in ${error.message}`);
    assert.equal(error.moreInfo, `https://www.twilio.com/docs/errors/${code}`);
    return;
  }
  assert.fail(`expected ${status}/${code}, got an answer: ${JSON.stringify(answer)}`);
}

/** The library leaves an invalid Date, or the text it was, where it cannot read one. */
function isMoment(value) {
  assert.ok(value instanceof Date && !Number.isNaN(value.getTime()), `not a date to the library: ${value}`);
  return value;
}

function sids(items) {
  return items.map((item) => item.sid).sort();
}

function step(what) {
  console.log(`ok: ${what}`);
}

/** Runs a script's body; a failure is its exit status. */
function run(body) {
  body().catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
}

module.exports = { SAMPLE, ACCOUNT, assert, client, clientOf, refused, isMoment, sids, step, run };
