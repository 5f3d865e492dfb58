"use strict";
// The keys of IAM v1 through twilio-node, Restricted ones with their policies too.
const { ACCOUNT, SAMPLE, assert, client, clientOf, isMoment, refused, run, sids, step } = require("./service.js");

const READ = "/twilio/messaging/messages/read";
const LIST = "/twilio/messaging/messages/list";

run(async () => {
  const iam = client().iam.v1;
  const listed = () => iam.getApiKeys.list({ accountSid: ACCOUNT });
  const flags = async (sid) => (await listed()).find((key) => key.sid === sid).flags.sort();
  const before = sids(await listed());
  for (const key of Object.values(SAMPLE.keys)) assert.ok(before.includes(key.sid), "a key of the sample is not listed");
  step("list");

  const standard = await iam.newApiKey.create({ accountSid: ACCOUNT, friendlyName: "a standard key" });
  assert.equal(standard.secret.length, 32);
  assert.deepEqual([standard.friendlyName, standard.policy], ["a standard key", null]);
  isMoment(standard.dateCreated);
  isMoment(standard.dateUpdated);
  assert.deepEqual(await flags(standard.sid), ["rest_api", "signing"]);
  step("create a standard key");

  const restricted = await iam.newApiKey.create({
    accountSid: ACCOUNT,
    friendlyName: "a restricted key",
    keyType: "restricted",
    policy: { allow: [READ, LIST] },
  });
  assert.deepEqual(restricted.policy.allow.sort(), [LIST, READ]);
  assert.deepEqual(await flags(restricted.sid), ["rest_api", "restricted", "signing"]);
  step("create a restricted key");

  const fetched = await iam.apiKey(restricted.sid).fetch();
  assert.deepEqual(fetched.policy.allow.sort(), [LIST, READ]);
  assert.equal((await iam.apiKey(standard.sid).fetch()).policy, null);
  step("fetch");

  const limited = clientOf(restricted);
  assert.deepEqual(await limited.messages.list({ limit: 1 }), []);
  await refused(
    () => limited.messages.create({ to: "+15005550009", from: "+15005550006", body: "hi" }),
    401,
    70051,
    "required permission twilio/messaging/messages/create is missing",
  );
  step("a restricted key does what its policy allows, and no more");

  const changed = await iam.apiKey(restricted.sid).update({ policy: { allow: [READ] } });
  assert.deepEqual([changed.friendlyName, changed.policy.allow], ["a restricted key", [READ]]);
  const renamed = await iam.apiKey(restricted.sid).update({ friendlyName: "renamed" });
  assert.deepEqual([renamed.friendlyName, renamed.policy.allow], ["renamed", [READ]]);
  await refused(() => limited.messages.list({ limit: 1 }), 401, 70051, "twilio/messaging/messages/list");
  step("change a policy, rename");

  const rotator = clientOf("rotator").iam.v1;
  const made = await rotator.newApiKey.create({ accountSid: ACCOUNT, friendlyName: "made by a restricted key" });
  assert.ok(await rotator.apiKey(made.sid).remove());
  step("a restricted key that may manage keys does");

  for (const key of [standard, restricted]) assert.ok(await iam.apiKey(key.sid).remove());
  assert.deepEqual(sids(await listed()), before);
  const gone = `The requested resource /Keys/${standard.sid} was not found`;
  await refused(() => iam.apiKey(standard.sid).fetch(), 404, 20404, gone);
  await refused(() => clientOf(standard).messages.list({ limit: 1 }), 401, 20003, "Authenticate");
  step("delete");
});
