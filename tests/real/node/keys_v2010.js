"use strict";
// The keys of API v2010 through twilio-node, and SigningKeys, which shows the same keys.
const { ACCOUNT, SAMPLE, assert, client, clientOf, isMoment, refused, run, sids, step } = require("./service.js");

run(async () => {
  const twilio = client();
  const before = sids(await twilio.keys.list());
  for (const key of Object.values(SAMPLE.keys)) assert.ok(before.includes(key.sid), "a key of the sample is not listed");
  step("list");

  const made = await twilio.newKeys.create({ friendlyName: "made by the official client" });
  assert.match(made.sid, /^SK[0-9a-f]{32}$/);
  assert.equal(made.secret.length, 32);
  assert.equal(made.friendlyName, "made by the official client");
  isMoment(made.dateCreated);
  isMoment(made.dateUpdated);
  assert.deepEqual(sids(await twilio.keys.list()), [...before, made.sid].sort());
  step("create");

  const fetched = await twilio.keys(made.sid).fetch();
  assert.deepEqual([fetched.sid, fetched.friendlyName], [made.sid, made.friendlyName]);
  assert.equal(fetched.secret, undefined, "a secret is shown once");
  step("fetch");

  const renamed = await twilio.keys(made.sid).update({ friendlyName: "renamed" });
  assert.equal(renamed.friendlyName, "renamed");
  assert.ok(isMoment(renamed.dateUpdated) >= made.dateUpdated);
  assert.equal((await twilio.keys(made.sid).fetch()).friendlyName, "renamed");
  step("rename");

  assert.deepEqual(await clientOf(made).messages.list({ limit: 1 }), []);
  step("the new key works");

  const signing = await twilio.newSigningKeys.create({ friendlyName: "signing" });
  assert.deepEqual(sids(await twilio.signingKeys.list()), sids(await twilio.keys.list()));
  assert.equal((await twilio.keys(signing.sid).fetch()).friendlyName, "signing");
  assert.ok(await twilio.signingKeys(signing.sid).remove());
  step("signing keys are the same keys");

  assert.ok(await twilio.keys(made.sid).remove());
  assert.deepEqual(sids(await twilio.keys.list()), before);
  await refused(() => twilio.keys(made.sid).fetch(), 404, 20404, `/2010-04-01/Accounts/${ACCOUNT}/Keys/${made.sid}.json`);
  await refused(() => twilio.keys(made.sid).remove(), 404, 20404, "was not found");
  await refused(() => clientOf(made).messages.list({ limit: 1 }), 401, 20003, "Authenticate");
  step("delete");

  const child = SAMPLE.child;
  const there = client(undefined, undefined, child.account);
  const childs = await there.newKeys.create({ friendlyName: "made by the parent" });
  assert.ok(sids(await client(child.account, child.token, child.account).keys.list()).includes(childs.sid));
  assert.ok(await there.keys(childs.sid).remove());
  step("a parent makes a key for its subaccount");
});
