"""The keys of API v2010 through twilio-python, and SigningKeys, which shows the same keys."""

from service import ACCOUNT, SAMPLE, client, client_of, equal, is_moment, refused, step

twilio = client()
before = {key.sid for key in twilio.keys.list()}
for key in SAMPLE["keys"].values():
    assert key["sid"] in before, "a key of the sample is not listed"
step("list")

made = twilio.new_keys.create(friendly_name="made by the official client")
assert made.sid.startswith("SK") and len(made.secret) == 32, "a key has a SID and a secret of 32 characters"
equal(made.friendly_name, "made by the official client")
is_moment(made.date_created)
is_moment(made.date_updated)
equal({key.sid for key in twilio.keys.list()}, before | {made.sid})
step("create")

nameless = twilio.new_keys.create()
assert nameless.friendly_name is None, "without a name there is none"
step("create without a name")

fetched = twilio.keys(made.sid).fetch()
equal((fetched.sid, fetched.friendly_name), (made.sid, made.friendly_name))
assert not hasattr(fetched, "secret"), "a secret is shown once"
step("fetch")

renamed = twilio.keys(made.sid).update(friendly_name="renamed")
equal(renamed.friendly_name, "renamed")
assert is_moment(renamed.date_updated) >= made.date_updated
equal(twilio.keys(made.sid).fetch().friendly_name, "renamed")
step("rename")

equal(client_of(made).messages.list(limit=1), [])
step("the new key works")

equal({key.sid for key in twilio.signing_keys.list()}, {key.sid for key in twilio.keys.list()})
signing = twilio.new_signing_keys.create(friendly_name="signing")
equal(twilio.keys(signing.sid).fetch().friendly_name, "signing")
equal(twilio.signing_keys(signing.sid).update(friendly_name="signing too").friendly_name, "signing too")
assert twilio.signing_keys(signing.sid).delete()
step("signing keys are the same keys")

for sid in (made.sid, nameless.sid):
    assert twilio.keys(sid).delete()
equal({key.sid for key in twilio.keys.list()}, before)
refused(lambda: twilio.keys(made.sid).fetch(), 404, 20404, "was not found")
refused(lambda: twilio.keys(made.sid).delete(), 404, 20404, f"/2010-04-01/Accounts/{ACCOUNT}/Keys/{made.sid}.json")
refused(lambda: client_of(made).messages.list(limit=1), 401, 20003, "Authenticate")
step("delete")

child = SAMPLE["child"]
parent_there = client(account=child["account"])
made = parent_there.new_keys.create(friendly_name="made by the parent")
assert made.sid in {key.sid for key in client(child["account"], child["token"], child["account"]).keys.list()}
equal(client_of(made, child["account"]).messages.list(limit=1), [])
assert parent_there.keys(made.sid).delete()
step("a parent makes a key for its subaccount")
