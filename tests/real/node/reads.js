"use strict";
// What the probes, the account commands and the audit trail read, through twilio-node.
const { ACCOUNT, SAMPLE, assert, client, clientOf, isMoment, run, sids, step } = require("./service.js");

run(async () => {
  const twilio = client();
  const child = SAMPLE.child.account;

  const accounts = await twilio.api.v2010.accounts.list();
  assert.deepEqual(sids(accounts), [ACCOUNT, child].sort());
  assert.equal(accounts.find((account) => account.sid === child).ownerAccountSid, ACCOUNT);
  isMoment((await twilio.api.v2010.accounts(ACCOUNT).fetch()).dateCreated);
  assert.ok(!(await clientOf("main").api.v2010.accounts(ACCOUNT).fetch()).authToken, "a key is not shown the token");
  step("accounts");

  for (const key of ["main", "standard"]) {
    assert.equal((await clientOf(key).verify.v2.services.list({ limit: 1 })).length, 1);
    assert.equal((await clientOf(key).incomingPhoneNumbers.list({ limit: 1 })).length, 1);
  }
  step("the probes: Verify services, phone numbers");

  const message = { to: "+15005550009", from: "+15005550006", body: "hello" };
  const sent = await clientOf("standard").messages.create(message);
  assert.deepEqual(sids(await twilio.messages.list()), [sent.sid]);
  step("messages");

  const made = await twilio.iam.v1.newApiKey.create({ accountSid: ACCOUNT, friendlyName: "watched" });
  await twilio.iam.v1.apiKey(made.sid).remove();
  const events = await twilio.monitor.v1.events.list({ resourceSid: made.sid });
  const types = events.map((event) => event.eventType).sort();
  assert.deepEqual(types, ["account-keys.created", "account-keys.deleted"]);
  events.forEach((event) => isMoment(event.eventDate));
  assert.equal((await twilio.monitor.v1.events(events[0].sid).fetch()).sid, events[0].sid);
  step("Monitor events of credential changes");
});
