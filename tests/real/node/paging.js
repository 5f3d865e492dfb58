"use strict";
// Pages of keys through twilio-node, to the end and in every size; the sample has a thousand keys more than usual.
const { ACCOUNT, SAMPLE, assert, client, run, sids, step } = require("./service.js");

run(async () => {
  const twilio = client();
  const v1 = twilio.iam.v1.getApiKeys;
  const complete = (keys) => assert.deepEqual([keys.length, new Set(sids(keys)).size], [SAMPLE.key_count, SAMPLE.key_count]);

  for (const pageSize of [50, 333, 1000]) {
    const old = await twilio.keys.list({ pageSize });
    complete(old);
    const now = await v1.list({ accountSid: ACCOUNT, pageSize });
    complete(now);
    assert.deepEqual(sids(old), sids(now));
    step(`v2010 and v1, ${pageSize} to the page: ${now.length} keys each`);
  }

  for (const first of [await twilio.keys.page({ pageSize: 400 }), await v1.page({ accountSid: ACCOUNT, pageSize: 400 })]) {
    const second = await first.nextPage();
    assert.equal(second.instances.length, 400);
    assert.deepEqual(sids((await second.previousPage()).instances), sids(first.instances));
    const last = await second.nextPage();
    assert.equal(last.nextPage(), undefined);
    complete([first, second, last].flatMap((page) => page.instances));
  }
  step("forwards and back");

  assert.deepEqual([...twilio.httpClient.hosts].sort(), ["api.twilio.com", "iam.twilio.com"]);
  step("the links lead nowhere but to Twilio's hosts");
});
