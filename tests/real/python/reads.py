"""What the probes, the account commands and the audit trail read, through twilio-python."""

from service import ACCOUNT, SAMPLE, client, client_of, equal, is_moment, step

twilio = client()
child = SAMPLE["child"]["account"]

accounts = {account.sid: account for account in twilio.api.v2010.accounts.list()}
equal(set(accounts), {ACCOUNT, child})
equal(accounts[child].owner_account_sid, ACCOUNT)
own = twilio.api.v2010.accounts(ACCOUNT).fetch()
equal((own.sid, own.owner_account_sid, own.status), (ACCOUNT, ACCOUNT, "active"))
is_moment(own.date_created)
assert not client_of("main").api.v2010.accounts(ACCOUNT).fetch().auth_token, "a key is not shown the token"
step("accounts")

for key in ("main", "standard"):
    there = client_of(key)
    assert len(there.verify.v2.services.list(limit=1)) == 1
    assert len(there.incoming_phone_numbers.list(limit=1)) == 1
step("the probes: Verify services, phone numbers")

sent = client_of("standard").messages.create(to="+15005550009", from_="+15005550006", body="hello")
assert sent.sid.startswith("SM")
equal([message.sid for message in twilio.messages.list()], [sent.sid])
is_moment(sent.date_created)
step("messages")

made = twilio.iam.v1.new_api_key.create(account_sid=ACCOUNT, friendly_name="watched")
twilio.iam.v1.api_key(made.sid).update(friendly_name="watched still")
twilio.iam.v1.api_key(made.sid).delete()
events = twilio.monitor.v1.events.list(resource_sid=made.sid)
equal(
    sorted(event.event_type for event in events),
    ["account-keys.created", "account-keys.deleted", "account-keys.updated"],
)
for event in events:
    equal((event.account_sid, event.resource_sid, event.source), (ACCOUNT, made.sid, "api"))
    is_moment(event.event_date)
created = twilio.monitor.v1.events.list(event_type="account-keys.created", resource_sid=made.sid)
equal(len(created), 1)
equal(twilio.monitor.v1.events(created[0].sid).fetch().sid, created[0].sid)
step("Monitor events of credential changes")
