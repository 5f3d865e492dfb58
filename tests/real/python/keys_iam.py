"""The keys of IAM v1 through twilio-python, Restricted ones with their policies too."""

from service import ACCOUNT, SAMPLE, client, client_of, equal, is_moment, refused, step

READ = "/twilio/messaging/messages/read"
LIST = "/twilio/messaging/messages/list"

twilio = client()
iam = twilio.iam.v1


def listed():
    return {key.sid: key for key in iam.get_api_keys.list(account_sid=ACCOUNT)}


before = listed()
for key in SAMPLE["keys"].values():
    assert key["sid"] in before, "a key of the sample is not listed"
step("list")

standard = iam.new_api_key.create(account_sid=ACCOUNT, friendly_name="a standard key")
assert standard.sid.startswith("SK") and len(standard.secret) == 32, "a key has a SID and a secret of 32 characters"
equal((standard.friendly_name, standard.policy), ("a standard key", None))
is_moment(standard.date_created)
is_moment(standard.date_updated)
equal(set(listed()[standard.sid].flags), {"rest_api", "signing"})
step("create a standard key")

policy = {"allow": [READ, LIST]}
restricted = iam.new_api_key.create(
    account_sid=ACCOUNT, friendly_name="a restricted key", key_type="restricted", policy=policy
)
equal(set(restricted.policy["allow"]), {READ, LIST})
equal(set(listed()[restricted.sid].flags), {"restricted", "rest_api", "signing"})
step("create a restricted key")

fetched = iam.api_key(restricted.sid).fetch()
equal((fetched.friendly_name, set(fetched.policy["allow"])), ("a restricted key", {READ, LIST}))
assert iam.api_key(standard.sid).fetch().policy is None
step("fetch")

limited = client_of(restricted)
equal(limited.messages.list(limit=1), [])
refused(
    lambda: limited.messages.create(to="+15005550009", from_="+15005550006", body="hi"),
    401,
    70051,
    "required permission twilio/messaging/messages/create is missing",
)
refused(
    lambda: limited.verify.v2.services.list(limit=1),
    401,
    70051,
    "required permission twilio/verify/service/list is missing",
)
step("a restricted key does what its policy allows, and no more")

changed = iam.api_key(restricted.sid).update(policy={"allow": [READ]})
equal(set(changed.policy["allow"]), {READ})
equal(changed.friendly_name, "a restricted key")
refused(lambda: limited.messages.list(limit=1), 401, 70051, "twilio/messaging/messages/list")
step("change a policy")

renamed = iam.api_key(restricted.sid).update(friendly_name="renamed")
equal((renamed.friendly_name, set(renamed.policy["allow"])), ("renamed", {READ}))
step("rename")

rotator = client_of("rotator").iam.v1
made = rotator.new_api_key.create(account_sid=ACCOUNT, friendly_name="made by a restricted key")
assert rotator.api_key(made.sid).delete()
step("a restricted key that may manage keys does")

for sid in (standard.sid, restricted.sid):
    assert iam.api_key(sid).delete()
equal(set(listed()), set(before))
refused(lambda: iam.api_key(standard.sid).fetch(), 404, 20404, f"The requested resource /Keys/{standard.sid} was not found")
refused(lambda: client_of(standard).messages.list(limit=1), 401, 20003, "Authenticate")
step("delete")
