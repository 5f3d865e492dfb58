"use strict";
// The secondary Auth Token through twilio-node: create, use, promote, delete.
const { ACCOUNT, SAMPLE, assert, client, isMoment, refused, run, step } = require("./service.js");

run(async () => {
  const twilio = client();
  const tokens = twilio.accounts.v1;
  const account = (there) => there.api.v2010.accounts(ACCOUNT).fetch();

  const gone = (what) => `The requested resource /AuthTokens/${what} was not found`;
  await refused(() => tokens.authTokenPromotion().update(), 404, 20404, gone("Promote"));
  await refused(() => tokens.secondaryAuthToken().remove(), 404, 20404, gone("Secondary"));
  step("nothing to promote or delete");

  const first = await tokens.secondaryAuthToken().create({ suppressEmailNotification: true });
  assert.equal(first.accountSid, ACCOUNT);
  assert.equal(first.secondaryAuthToken.length, 32);
  isMoment(first.dateCreated);
  const exists = "secondaryAuthToken already exists on account";
  await refused(() => tokens.secondaryAuthToken().create(), 400, 70002, exists);
  const withFirst = client(ACCOUNT, first.secondaryAuthToken);
  assert.equal((await account(withFirst)).authToken, SAMPLE.token);
  step("create, and only one; both tokens work");

  assert.ok(await tokens.secondaryAuthToken().remove({ suppressEmailNotification: true }));
  await refused(() => account(withFirst), 401, 20003, "Authenticate");
  step("delete");

  const second = await tokens.secondaryAuthToken().create();
  const promoted = await tokens.authTokenPromotion().update({ suppressEmailNotification: true });
  assert.deepEqual([promoted.accountSid, promoted.authToken], [ACCOUNT, second.secondaryAuthToken]);
  isMoment(promoted.dateUpdated);
  await refused(() => account(twilio), 401, 20003, "Authenticate");
  assert.equal((await account(client(ACCOUNT, second.secondaryAuthToken))).authToken, second.secondaryAuthToken);
  step("promote, and the old primary is refused");
});
