"""The sandbox's refusals, read by twilio-python as Twilio's."""

from service import ACCOUNT, SAMPLE, client, client_of, refused, step

twilio = client()
iam = twilio.iam.v1

wrong = client(password="0" * 32)
refused(lambda: wrong.keys.list(), 401, 20003, "Authenticate")
refused(lambda: wrong.api.v2010.accounts(ACCOUNT).fetch(), 401, 20003, "Authenticate")
refused(lambda: wrong.iam.v1.get_api_keys.list(account_sid=ACCOUNT), 401, 20003, "Authenticate")
step("20003, a wrong secret")

standard = client_of("standard")
refused(lambda: standard.keys.list(), 401, 20003, "Authenticate")
refused(lambda: standard.api.v2010.accounts.list(), 401, 20003, "Authenticate")
refused(lambda: standard.iam.v1.get_api_keys.list(account_sid=ACCOUNT), 401, 20003, "Authenticate")
refused(lambda: standard.accounts.v1.secondary_auth_token().create(), 401, 20003, "Authenticate")
step("20003, a standard key where it has no right")

unknown = "SK" + "0" * 32
refused(lambda: twilio.keys(unknown).fetch(), 404, 20404, "was not found")
refused(lambda: iam.api_key(unknown).fetch(), 404, 20404, f"The requested resource /Keys/{unknown} was not found")
refused(lambda: iam.api_key(unknown).delete(), 404, 20404, "was not found")
step("20404, a key that is not there")

too_long = "x" * 65
refused(lambda: twilio.new_keys.create(friendly_name=too_long), 400, 70001, "constraint violations")
refused(
    lambda: iam.new_api_key.create(account_sid=ACCOUNT, friendly_name=too_long), 400, 70001, "constraint violations"
)
step("70001, a name too long")

rotator = client_of("rotator")
refused(lambda: rotator.messages.list(limit=1), 401, 70051, "required permission twilio/messaging/messages/list is missing")
refused(lambda: rotator.api.v2010.accounts.list(limit=1), 401, 70051, "required permission twilio/iam/accounts/list")
step("70051, a restricted key without the permission")

refused(
    lambda: iam.new_api_key.create(account_sid=ACCOUNT, key_type="restricted", policy={"allow": ["/twilio/x/y"]}),
    400,
    70002,
    "assertion '/twilio/x/y' is invalid",
)
step("70002, a permission that does not exist")

if SAMPLE["strict"]:
    # The two requests below are not valid by Twilio's own files, so a validator in the middle would stop them.
    step("left out what is not valid: a SID of the wrong kind, a list without an account")
else:
    refused(lambda: twilio.keys("AC" + "0" * 32).fetch(), 400, 70002, "Invalid Sid provided in the request")
    step("70002, a SID of the wrong kind")
    refused(lambda: iam.get_api_keys.list(), 400, 20001, "")
    step("20001, a list of keys without the account")
