"""After `twcred token rotate`: the new token of the env file works in twilio-python, the old one does not."""

from service import ACCOUNT, SAMPLE, client, equal, refused, step

old, new, staged = SAMPLE["old"], SAMPLE["new"], SAMPLE["staged"]

equal(new, staged)
there = client(ACCOUNT, new)
equal(there.api.v2010.accounts(ACCOUNT).fetch().auth_token, new)
equal(there.messages.list(limit=1), [])
step("the token that was staged is in force")

refused(lambda: client(ACCOUNT, old).api.v2010.accounts(ACCOUNT).fetch(), 401, 20003, "Authenticate")
step("the old one is refused")

refused(
    lambda: there.accounts.v1.auth_token_promotion().update(),
    404,
    20404,
    "The requested resource /AuthTokens/Promote was not found",
)
step("no secondary is left")

standard = SAMPLE["keys"]["standard"]
equal(client(standard["sid"], standard["secret"]).messages.list(limit=1), [])
step("the keys are as they were")
