"""The secondary Auth Token through twilio-python: create, use, promote, delete."""

from service import ACCOUNT, SAMPLE, client, equal, is_moment, refused, step

twilio = client()
tokens = twilio.accounts.v1

refused(
    lambda: tokens.auth_token_promotion().update(),
    404,
    20404,
    "The requested resource /AuthTokens/Promote was not found",
)
refused(
    lambda: tokens.secondary_auth_token().delete(),
    404,
    20404,
    "The requested resource /AuthTokens/Secondary was not found",
)
step("nothing to promote or delete")

second = tokens.secondary_auth_token().create(suppress_email_notification=True)
equal(second.account_sid, ACCOUNT)
assert len(second.secondary_auth_token) == 32 and second.secondary_auth_token != SAMPLE["token"]
is_moment(second.date_created)
is_moment(second.date_updated)
refused(lambda: tokens.secondary_auth_token().create(), 400, 70002, "secondaryAuthToken already exists on account")
step("create, and only one")

with_second = client(ACCOUNT, second.secondary_auth_token)
equal(with_second.api.v2010.accounts(ACCOUNT).fetch().sid, ACCOUNT)
equal(twilio.api.v2010.accounts(ACCOUNT).fetch().auth_token, SAMPLE["token"])
step("both tokens work, and the account shows the primary")

assert tokens.secondary_auth_token().delete()
refused(lambda: with_second.api.v2010.accounts(ACCOUNT).fetch(), 401, 20003, "Authenticate")
step("delete")

second = tokens.secondary_auth_token().create()
with_second = client(ACCOUNT, second.secondary_auth_token)
promoted = tokens.auth_token_promotion().update(suppress_email_notification=True)
equal((promoted.account_sid, promoted.auth_token), (ACCOUNT, second.secondary_auth_token))
is_moment(promoted.date_updated)
refused(lambda: twilio.api.v2010.accounts(ACCOUNT).fetch(), 401, 20003, "Authenticate")
equal(with_second.api.v2010.accounts(ACCOUNT).fetch().auth_token, second.secondary_auth_token)
refused(lambda: with_second.accounts.v1.auth_token_promotion().update(), 404, 20404, "/AuthTokens/Promote")
step("promote, and the old primary is refused")

standard = SAMPLE["keys"]["standard"]
equal(client(standard["sid"], standard["secret"]).messages.list(limit=1), [])
step("the keys are as they were")
