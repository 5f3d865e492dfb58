"use strict";
// The sandbox's refusals, read by twilio-node as Twilio's.
const { ACCOUNT, SAMPLE, client, clientOf, refused, run, step } = require("./service.js");

run(async () => {
  const twilio = client();
  const iam = twilio.iam.v1;

  const wrong = client(undefined, "0".repeat(32));
  await refused(() => wrong.keys.list(), 401, 20003, "Authenticate");
  await refused(() => wrong.api.v2010.accounts(ACCOUNT).fetch(), 401, 20003, "Authenticate");
  await refused(() => wrong.iam.v1.getApiKeys.list({ accountSid: ACCOUNT }), 401, 20003, "Authenticate");
  step("20003, a wrong secret");

  const standard = clientOf("standard");
  await refused(() => standard.keys.list(), 401, 20003, "Authenticate");
  await refused(() => standard.iam.v1.getApiKeys.list({ accountSid: ACCOUNT }), 401, 20003, "Authenticate");
  await refused(() => standard.accounts.v1.secondaryAuthToken().create(), 401, 20003, "Authenticate");
  step("20003, a standard key where it has no right");

  const unknown = `SK${"0".repeat(32)}`;
  await refused(() => twilio.keys(unknown).fetch(), 404, 20404, "was not found");
  await refused(() => iam.apiKey(unknown).remove(), 404, 20404, `The requested resource /Keys/${unknown} was not found`);
  step("20404, a key that is not there");

  const tooLong = { accountSid: ACCOUNT, friendlyName: "x".repeat(65) };
  await refused(() => twilio.newKeys.create({ friendlyName: tooLong.friendlyName }), 400, 70001, "constraint violations");
  await refused(() => iam.newApiKey.create(tooLong), 400, 70001, "constraint violations");
  step("70001, a name too long");

  const rotator = clientOf("rotator");
  const missing = "required permission twilio/messaging/messages/list is missing";
  await refused(() => rotator.messages.list({ limit: 1 }), 401, 70051, missing);
  step("70051, a restricted key without the permission");

  const invented = { accountSid: ACCOUNT, keyType: "restricted", policy: { allow: ["/twilio/x/y"] } };
  await refused(() => iam.newApiKey.create(invented), 400, 70002, "assertion '/twilio/x/y' is invalid");
  step("70002, a permission that does not exist");

  if (SAMPLE.strict) {
    // Not valid by Twilio's own files, so a validator in the middle would stop it.
    step("left out what is not valid: a SID of the wrong kind");
  } else {
    const wrongKind = `AC${"0".repeat(32)}`;
    await refused(() => twilio.keys(wrongKind).fetch(), 400, 70002, "Invalid Sid provided in the request");
    step("70002, a SID of the wrong kind");
  }
});
