"""Signs and validates webhooks with twilio-python: a JSON object a line, and an answer a line."""

import json
import sys

from twilio.request_validator import HMAC_SHA256, RequestValidator


class Form(dict):
    """All values of a field, as the multi-dictionaries of the frameworks give them."""

    def getlist(self, name):
        return self[name]


print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    validator = RequestValidator(asked["token"])
    form = Form()
    for name, value in asked["fields"]:
        form.setdefault(name, []).append(value)
    params = form if asked["body"] is None else asked["body"]
    answer = {
        "sha1": validator.compute_signature(asked["signed"], form),
        "sha256": validator.compute_signature(asked["signed"], form, HMAC_SHA256),
        "valid": validator.validate(asked["url"], params, asked["signature"]),
    }
    print(json.dumps(answer), flush=True)
