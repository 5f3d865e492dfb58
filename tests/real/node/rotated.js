"use strict";
// After `twcred token rotate`: the new token of the env file works in twilio-node, the old one does not.
const { ACCOUNT, SAMPLE, assert, client, refused, run, step } = require("./service.js");

run(async () => {
  const account = (token) => client(ACCOUNT, token).api.v2010.accounts(ACCOUNT).fetch();

  assert.equal(SAMPLE.new, SAMPLE.staged);
  assert.equal((await account(SAMPLE.new)).authToken, SAMPLE.new);
  step("the token that was staged is in force");

  await refused(() => account(SAMPLE.old), 401, 20003, "Authenticate");
  step("the old one is refused");

  const gone = "The requested resource /AuthTokens/Promote was not found";
  await refused(() => client(ACCOUNT, SAMPLE.new).accounts.v1.authTokenPromotion().update(), 404, 20404, gone);
  step("no secondary is left");

  const { sid, secret } = SAMPLE.keys.standard;
  assert.deepEqual(await client(sid, secret).messages.list({ limit: 1 }), []);
  step("the keys are as they were");
});
